"""Genesys Cloud's transcripts of calls and chats: phrases of those inside and outside of the contact centre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with transcripts of phrases by the purpose of a participant."""
    return float(any("participantPurpose" in phrase for phrase in (_phrases(file.peek.document) or ())[:5]))


def _phrases(document: Any) -> list[dict[str, Any]] | None:
    """Returns the phrases of all transcripts of a document; None where it has none."""
    transcripts = document.get("transcripts") if isinstance(document, dict) else None
    found = None
    for transcript in transcripts if isinstance(transcripts, list) else ():
        phrases = transcript.get("phrases") if isinstance(transcript, dict) else None
        if isinstance(phrases, list):
            found = (found or []) + [phrase for phrase in phrases if isinstance(phrase, dict)]
    return found


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation in order of time, a turn per phrase; starts in seconds.

    Speakers are called what they are there for: `internal`, `external`, `ivr`.

    Raises:
        InputError: no JSON, or no phrases.
        BadRow: a phrase without words; its place in time is given as the line.
    """
    yield from read_spoken(file, reading, _turns, "has no 'transcripts' with 'phrases'; give the JSON of Genesys Cloud")


def _turns(document: Any) -> list[Any] | None:
    phrases = _phrases(document)
    if phrases is None:
        return None
    starts = [_number(phrase.get("startTimeMs")) for phrase in phrases]
    known = [start for start in starts if start is not None]
    begin = _number(document.get("startTime"))
    first = begin if begin is not None and begin <= min(known, default=0.0) else min(known, default=0.0)
    turns = [_turn(phrase, start, first) for phrase, start in zip(phrases, starts, strict=True)]
    # A channel stands behind the other.
    return turns if len(known) < len(turns) else sorted(turns, key=lambda turn: float(turn["start"]))


def _turn(phrase: Mapping[str, Any], start: float | None, first: float) -> dict[str, Any]:
    offset, length = (_number(_milliseconds(phrase.get(key))) for key in ("offset", "duration"))
    begin = offset if start is None else start - first
    text = phrase.get("decoratedText")
    return {
        "text": text if isinstance(text, str) and text.strip() else phrase.get("text"),
        "speaker": phrase.get("participantPurpose"),
        "start": None if begin is None else begin / 1000,
        "end": None if begin is None or length is None else (begin + length) / 1000,
    }


def _milliseconds(value: Any) -> Any:
    return value.get("milliseconds") if isinstance(value, dict) else value


def _number(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e14 else None
    )


FORMATS = (
    Format(
        name="genesys",
        title="Genesys Cloud's transcripts",
        about="Genesys Cloud's transcripts of calls and chats as JSON: a turn per phrase",
        speakers="`internal`, `external` and so on",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
