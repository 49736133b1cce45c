"""Transcripts of Recall.ai's meeting bots: the words of a participant, and then those of the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import join_pieces, read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list of objects with a participant and words, or with a speaker and words, as it was before."""
    document = file.peek.document
    first = document[0] if isinstance(document, list) and document else None
    words = first.get("words") if isinstance(first, dict) else None
    word = words[0] if isinstance(words, list) and words else None
    return float(isinstance(word, dict) and bool({"start_timestamp", "end_timestamp"} & word.keys()))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the meeting as one conversation, a turn per object; times in seconds.

    Raises:
        InputError: no JSON, or no list.
        BadRow: an object without words, or times that are none; its place in the list is given as the line.
    """
    yield from read_spoken(file, reading, _turns, "is not a list of participants with 'words'; give that of Recall.ai")


def _turns(document: Any) -> list[Any] | None:
    return [_turn(item) for item in document] if isinstance(document, list) else None


def _turn(item: Any) -> Any:
    words = item.get("words") if isinstance(item, dict) else None
    if not isinstance(words, list) or not all(isinstance(word, dict) for word in words):
        return item
    texts = [word.get("text") for word in words]
    if not all(isinstance(text, str) for text in texts):
        return item
    person = item.get("participant")
    name = person.get("name") or person.get("id") if isinstance(person, dict) else item.get("speaker")
    return {
        "text": join_pieces([text.strip() for text in texts if text.strip()]),
        "speaker": name,
        "start": _seconds(words[0].get("start_timestamp")) if words else None,
        "end": _seconds(words[-1].get("end_timestamp")) if words else None,
    }


def _seconds(stamp: Any) -> Any:
    return stamp.get("relative") if isinstance(stamp, dict) else stamp


FORMATS = (
    Format(
        name="recall-ai",
        title="Recall.ai's transcripts",
        about="Recall.ai's transcripts of meetings as JSON: a turn for the words of a participant",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
