"""Speech recognised by Whisper, with speakers by a diarisation such as WhisperX's: `{"segments": [{"start": …}]}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_listed_turns
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with a list of segments with times."""
    document = file.peek.document
    segments = document.get("segments") if isinstance(document, dict) else None
    return float(isinstance(segments, list) and any("start" in one for one in segments[:5] if isinstance(one, dict)))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Returns the recording as one conversation, a turn per segment; times in seconds.

    Without a diarisation, segments have no speaker. Segments without words are left out and counted.

    Raises:
        InputError: no JSON, or no list of segments.
        BadRow: a segment without text or with times that are none; its place in the list is given as the line.
    """
    fault = "has no list 'segments'; give Whisper's JSON output"
    return read_listed_turns(file, reading, "segments", fault, lambda number, item: _utterance(item, number, reading))


def _utterance(item: Any, number: int, reading: Reading) -> Utterance | None:
    text, speaker = (item.get(name) if isinstance(item, dict) else None for name in ("text", "speaker"))
    if not isinstance(text, str) or not isinstance(speaker, str | None):
        raise reading.bad(number, f"segment {number}: expected 'text', got {show(item)}")
    if not text.strip():
        reading.repair(f"segment {number}", "{n} segment(s) without words: left out")
        return None
    return build_utterance(
        reading, number, speaker=speaker, text=text.strip(), start=item.get("start"), end=item.get("end")
    )


FORMATS = (
    Format(
        name="whisper",
        title="Whisper's JSON",
        about="Whisper's JSON, with speakers from WhisperX",
        speakers="if given",
        times="yes",
        file=Text(Sureness.MEMBER, explains, read),
    ),
)
