"""Speech recognised by Whisper: `segments` with times, with speakers by WhisperX; or `chunks` of transformers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import join_words, read_items, read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

# Other programs write segments too.
_SPEAKERS = (
    "speaker",
    "speaker_name",
    "speakerName",
    "speaker_label",
    "speakerLabel",
    "speaker_id",
    "speakerId",
    "spk",
)
_AROUND = ("output", "result", "results", "data", "response", "transcription")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with a list of segments, or of chunks, that have times."""
    document = _unwrapped(file.peek.document)
    if isinstance(document, list):
        # The segments alone; Whisper's words begin with a blank.
        first = [one for one in document[:5] if isinstance(one, dict) and isinstance(one.get("text"), str)]
        own = [one for one in first if {"start", "end"} <= one.keys() and one["text"][:1] == " "]
        return float(2 * len(own) > len(document[:5]))
    if not isinstance(document, dict):
        return 0.0
    segments, chunks = document.get("segments"), document.get("chunks")
    has_starts = isinstance(segments, list) and any("start" in one for one in segments[:5] if isinstance(one, dict))
    has_pairs = isinstance(chunks, list) and any("timestamp" in one for one in chunks[:5] if isinstance(one, dict))
    return float(has_starts or has_pairs or segments == [])


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn per segment; times in seconds.

    Without a diarisation, segments have no speaker; one whose words are of several people is a turn of each. Segments
    without words are left out and counted.

    Raises:
        InputError: no JSON, or no list of segments.
        BadRow: a segment without text or with times that are none; its place in the list is given as the line.
    """
    document = _unwrapped(read_json_document(file))
    items, people = document, dict[str, str]()
    if isinstance(document, dict):
        items = document.get("segments", document.get("chunks"))
        # Chunks of speakers stand beside those that nobody says.
        spoken = document.get("speakers")
        if isinstance(spoken, list) and spoken and isinstance(spoken[0], dict) and "text" in spoken[0]:
            items = spoken
        people = _people(spoken)
    if not isinstance(items, list):
        raise InputError(f"{reading.source}: has no list 'segments'; give Whisper's JSON output")
    found = read_items(reading, items, lambda number, item: _turns(_named(item, people), number, reading))
    turns = [turn for turns in found for turn in turns]
    if turns:
        yield Conversation(reading.stem, turns)


def _unwrapped(document: Any) -> Any:
    """Returns the answer of a service without what stands around it: `{"status": …, "output": {"segments": …}}`."""
    for _ in range(2):
        inner = (
            [document[key] for key in _AROUND if isinstance(document.get(key), dict)]
            if isinstance(document, dict)
            else []
        )
        found = [one for one in inner if "segments" in one or "chunks" in one or any(key in one for key in _AROUND)]
        if isinstance(document, dict) and ("segments" in document or "chunks" in document or len(found) != 1):
            return document
        document = found[0] if found else document
    return document


def _people(speakers: Any) -> dict[str, str]:
    """Returns names by id, where a list of speakers stands beside the segments."""
    listed = speakers if isinstance(speakers, list) else ()
    named = [(one.get("id"), one.get("name", one.get("label"))) for one in listed if isinstance(one, dict)]
    return {str(key): name for key, name in named if key is not None and isinstance(name, str) and name.strip()}


def _named(item: Any, people: Mapping[str, str]) -> Any:
    """Returns a segment with its speaker under `speaker`, by name where that is known."""
    if not isinstance(item, dict):
        return item
    given = next((item[key] for key in _SPEAKERS if item.get(key) is not None), None)
    if given is None or isinstance(given, bool) or not isinstance(given, str | int):
        return item
    return {**item, "speaker": people.get(str(given), str(given))}


def _turns(item: Any, number: int, reading: Reading) -> list[Utterance]:
    text, speaker = (item.get(name) if isinstance(item, dict) else None for name in ("text", "speaker"))
    if not isinstance(text, str) or not isinstance(speaker, str | None):
        raise reading.bad(number, f"segment {number}: expected 'text', got {show(item)}")
    if not text.strip():
        reading.repair(f"segment {number}", "{n} segment(s) without words: left out")
        return []
    words = item.get("words")
    spoken = (
        join_words(words, speaker if not _first_speaker(words) else _first_speaker(words))
        if isinstance(words, list)
        else []
    )
    if len(spoken) < 2 or not all(isinstance(one["speaker"], str) for one in spoken):
        pair = item.get("timestamp")
        start, end = pair if isinstance(pair, list) and len(pair) == 2 else (item.get("start"), item.get("end"))
        spoken = [{"text": text.strip(), "speaker": speaker, "start": start, "end": end}]
    else:
        reading.repair(f"segment {number}", "{n} segment(s) of several speakers: parted by the speakers of their words")
    return [build_utterance(reading, number, **one) for one in spoken]


def _first_speaker(words: Any) -> str | None:
    """Returns the first speaker that words name, who also says those before."""
    named = (word.get("speaker") for word in words if isinstance(word, dict)) if isinstance(words, list) else ()
    return next((name for name in named if isinstance(name, str)), None)


FORMATS = (
    Format(
        name="whisper",
        title="Whisper's JSON",
        about="Whisper's JSON, with speakers from WhisperX, word by word if they change within a segment; chunks from "
        "transformers",
        speakers="if given",
        times="yes",
        file=Text(Sureness.MEMBER, explains, read),
    ),
)
