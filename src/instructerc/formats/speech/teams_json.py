"""Transcripts of Teams and Stream as JSON: `entries` with `speakerDisplayName`, `startOffset` and `text`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_DURATION = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d+)?)S)?")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with entries that have offsets and words."""
    entries = _entries(file.peek.document)
    first = entries[0] if entries else None
    return float(isinstance(first, dict) and {"startOffset", "text"} <= first.keys())


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the meeting as one conversation, a turn per entry; times in seconds of the recording.

    Raises:
        InputError: no JSON, or no entries.
        BadRow: an entry without text or with times that are none; its place in the list is given as the line.
    """
    return read_spoken(file, reading, _turns, "has no list 'entries'; give the JSON of a Teams transcript")


def _entries(document: Any) -> list[Any] | None:
    entries = document.get("entries") if isinstance(document, dict) else None
    return entries if isinstance(entries, list) else None


def _turns(document: Any) -> list[Any] | None:
    entries = _entries(document)
    if entries is None:
        return None
    return [
        {
            "text": one.get("text"),
            "speaker": one.get("speakerDisplayName") or one.get("speakerId"),
            "start": _seconds(one.get("startOffset")),
            "end": _seconds(one.get("endOffset")),
        }
        if isinstance(one, dict)
        else one
        for one in entries
    ]


def _seconds(value: Any) -> Any:
    """Returns seconds of `PT1M3.5S`; any other value as it is, such as `00:01:03.5`."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    return float(found[1] or 0) * 3600 + float(found[2] or 0) * 60 + float(found[3] or 0)


FORMATS = (
    Format(
        name="teams-json",
        title="Teams' transcripts as JSON",
        about="the JSON of a Teams or Stream transcript, with `entries`",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
