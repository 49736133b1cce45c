"""Transcripts of Otter as JSON: `transcripts` with offsets in samples, and speakers by their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

# Offsets count samples of the recording.
_SAMPLES = 16_000


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose transcripts have offsets, or for one with such a speech."""
    transcripts = _speech(file.peek.document).get("transcripts")
    first = transcripts[0] if isinstance(transcripts, list) and transcripts else None
    return float(isinstance(first, dict) and {"transcript", "start_offset"} <= first.keys())


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn per transcript; times in seconds.

    Raises:
        InputError: no JSON, or no transcripts.
        BadRow: a transcript without text; its place in the list is given as the line.
    """
    return read_spoken(file, reading, _turns, "has no list 'transcripts'; give Otter's JSON", scale=_SAMPLES)


def _speech(document: Any) -> Mapping[str, Any]:
    speech = document.get("speech") if isinstance(document, dict) else None
    found = speech if isinstance(speech, dict) else document
    return found if isinstance(found, dict) else {}


def _turns(document: Any) -> list[Any] | None:
    speech = _speech(document)
    transcripts = speech.get("transcripts")
    if not isinstance(transcripts, list):
        return None
    listed = speech.get("speakers", document.get("speakers") if isinstance(document, dict) else None)
    names = {
        str(one.get("id", one.get("speaker_id"))): name
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and isinstance(name := one.get("speaker_name", one.get("name")), str) and name.strip()
    }
    return [_turn(one, names) if isinstance(one, dict) else one for one in transcripts]


def _turn(transcript: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    given, label = transcript.get("speaker_name"), transcript.get("speaker_model_label")
    speaker = names.get(str(transcript.get("speaker_id")))
    if speaker is None:
        speaker = next((one for one in (given, label) if isinstance(one, str) and one.strip()), None)
    if speaker is None and isinstance(transcript.get("speaker_id"), int | str):
        speaker = str(transcript["speaker_id"])
    return {
        "text": transcript.get("transcript"),
        "speaker": speaker,
        "start": transcript.get("start_offset"),
        "end": transcript.get("end_offset"),
    }


FORMATS = (
    Format(
        name="otter",
        title="Otter's transcripts as JSON",
        about="Otter's JSON with `transcripts`; its offsets become seconds",
        speakers="if given",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
