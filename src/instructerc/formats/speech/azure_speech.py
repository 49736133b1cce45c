"""Transcripts of Azure's speech service: phrases in the order of their times, of batches and of its fast service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import as_seconds, read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_LISTS = ("recognizedPhrases", "phrases")
# How the two services name a time, and how many of its units a second has.
_UNITS = (("offsetInTicks", "durationInTicks", 1e7), ("offsetMilliseconds", "durationMilliseconds", 1e3))
_FAILED = "{n} phrase(s) that the service could not recognise: left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with phrases that have an offset as only this service names it."""
    phrases = _phrases(file.peek.document)
    first = phrases[0] if phrases else None
    return float(isinstance(first, dict) and any(offset in first for offset, _, _ in _UNITS))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn per phrase; without speakers, who it is goes by the channel.

    Phrases that could not be recognised are left out and counted.

    Raises:
        InputError: no JSON, or no phrases.
        BadRow: a phrase without text; its place in time is given as the line.
    """
    fault = "has no list 'recognizedPhrases' or 'phrases'; give the JSON of a transcription"
    return read_spoken(file, reading, lambda document: _turns(document, reading), fault)


def _phrases(document: Any) -> list[Any] | None:
    if not isinstance(document, dict):
        return None
    return next((document[key] for key in _LISTS if isinstance(document.get(key), list)), None)


def _turns(document: Any, reading: Reading) -> list[Any] | None:
    phrases = _phrases(document)
    if phrases is None:
        return None
    channels = {phrase["channel"] for phrase in phrases if isinstance(phrase, dict) and _has_channel(phrase)}
    turns = []
    for number, phrase in enumerate(phrases, 1):
        if isinstance(phrase, dict) and phrase.get("recognitionStatus", "Success") != "Success":
            reading.repair(f"phrase {number}", _FAILED)
        else:
            turns.append(_turn(phrase, len(channels) > 1))
    # A batch lists one channel after the other.
    return sorted(turns, key=lambda turn: turn["start"] if _is_timed(turn) else 0.0)


def _has_channel(phrase: dict[str, Any]) -> bool:
    return isinstance(phrase.get("channel"), int)


def _is_timed(turn: Any) -> bool:
    return isinstance(turn, dict) and isinstance(turn.get("start"), float)


def _turn(phrase: Any, has_channels: bool) -> Any:
    if not isinstance(phrase, dict):
        return phrase
    best = phrase.get("nBest")
    first = best[0] if isinstance(best, list) and best and isinstance(best[0], dict) else {}
    turn: dict[str, Any] = {"text": phrase.get("text", first.get("display", first.get("lexical")))}
    speaker = phrase.get("speaker")
    if speaker is None and has_channels and _has_channel(phrase):
        speaker = f"channel {phrase['channel']}"
    turn["speaker"] = f"Speaker {speaker}" if isinstance(speaker, int) else speaker
    for offset, duration, units in _UNITS:
        if offset in phrase:
            begin, length = (as_seconds(phrase.get(key), units) for key in (offset, duration))
            turn["start"] = begin
            turn["end"] = begin + length if isinstance(begin, float) and isinstance(length, float) else None
    return turn


FORMATS = (
    Format(
        name="azure-speech",
        title="Azure's transcripts",
        about="Azure's speech service, JSON of batches and of fast transcription: a turn per phrase",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
