"""Speech recognised by whisper.cpp, `--output-json`: `transcription` with offsets in milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import is_sound
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_OWN = {"systeminfo", "params", "model", "result"}
_TURN = re.compile(r"\s*\[\s*SPEAKER_TURN\s*\]")
_LABEL = re.compile(r"\s*\(speaker ([^()]{1,8})\)\s*")
_REMARK = re.compile(r"\s*[\[(♪*]([^\])♪*]*)[\])♪*]\s*")
_SILENT = "{n} segment(s) of silence or sounds: left out"
_LETTERS = "{n} segment(s) that end within a letter: joined to the next"
_PIECES = "{n} segment(s) of a single word or less: joined to sentences"
_SENTENCE_END = re.compile(r"[.?!…。？！][\"'”’»)]*$")
_PAUSE = 1500


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with a transcription whose items have offsets."""
    document = file.peek.document
    items = _items(document)
    if items is None:
        return 0.0
    first = items[0] if items else None
    has_offsets = isinstance(first, dict) and isinstance(first.get("offsets"), dict)
    return float(has_offsets or (not items and not _OWN.isdisjoint(document)))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn per segment; times in seconds.

    Segments of a word or less, as `--max-len 1` makes them, are joined to sentences. Segments of silence and sounds are
    left out and counted.

    Raises:
        InputError: no JSON, or no transcription.
        BadRow: a segment without text; its place is given as the line.
    """
    fault = "has no list 'transcription'; give the JSON that whisper.cpp writes"
    return read_spoken(file, reading, lambda document: _turns(document, reading), fault, scale=1000)


def _items(document: Any) -> list[Any] | None:
    found = document.get("transcription") if isinstance(document, dict) else None
    return found if isinstance(found, list) else None


def _turns(document: Any, reading: Reading) -> list[Any] | None:
    items = _items(document)
    if items is None:
        return None
    turns: list[Any] = []
    for number, item in enumerate(items, 1):
        text = item.get("text") if isinstance(item, dict) else None
        if not isinstance(text, str):
            turns.append(item)
            continue
        remark = _REMARK.fullmatch(_TURN.sub("", text))
        if remark is not None and is_sound(remark[1]) and not _LABEL.fullmatch(text):
            reading.repair(f"segment {number}", _SILENT)
            continue
        turns.append(_turn(item, text))
    return _in_sentences(_with_whole_letters(turns, reading), reading)


def _turn(item: dict[str, Any], text: str) -> dict[str, Any]:
    offsets = item.get("offsets")
    times = offsets if isinstance(offsets, dict) else {}
    speaker, label = item.get("speaker"), _LABEL.match(text)
    if speaker is None and label is not None:
        speaker = label[1]
    text = text[label.end() :] if label is not None else text
    who = str(speaker) if isinstance(speaker, str | int) and str(speaker) != "?" else None
    return {"text": _TURN.sub("", text), "speaker": who, "start": times.get("from"), "end": times.get("to")}


def _with_whole_letters(turns: list[Any], reading: Reading) -> list[Any]:
    """Returns segments that end where letters do; a letter of several bytes may be cut between two of them."""
    found: list[Any] = []
    for turn in turns:
        last: Any = found[-1] if found else None
        if _is_said(last) and _is_said(turn) and "\udc80" <= last["text"][-1:] <= "\udcff":
            reading.repair("segments", _LETTERS)
            found[-1] = _together([last, turn])
        else:
            found.append(turn)
    for turn in found:
        if _is_said(turn) and not turn["text"].isascii():
            turn["text"] = _mended(turn["text"])
    return found


def _is_said(turn: Any) -> bool:
    return isinstance(turn, dict) and isinstance(turn.get("text"), str)


def _mended(text: str) -> str:
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text


def _in_sentences(turns: list[Any], reading: Reading) -> list[Any]:
    """Returns the segments, those of a file in which each is a word at most joined to sentences."""
    if len(turns) < 2 or not all(map(_is_said, turns)):
        return turns
    if any(len(turn["text"].split()) > 1 for turn in turns) or not any(turn["text"][:1] == " " for turn in turns):
        return turns
    groups: list[list[dict[str, Any]]] = []
    for turn in turns:
        last = groups[-1][-1] if groups else None
        if last is None or last["speaker"] != turn["speaker"] or _ends(last, turn):
            groups.append([])
        groups[-1].append(turn)
    for _ in turns:
        reading.repair("segments", _PIECES)
    return [_together(group) for group in groups]


def _ends(last: dict[str, Any], turn: dict[str, Any]) -> bool:
    if not turn["text"].startswith(" "):
        return False
    times = last["end"], turn["start"]
    is_late = all(type(time) is int for time in times) and times[1] - times[0] >= _PAUSE
    return is_late or _SENTENCE_END.search(last["text"].strip()) is not None


def _together(turns: list[dict[str, Any]]) -> dict[str, Any]:
    return {**turns[0], "text": "".join(turn["text"] for turn in turns), "end": turns[-1]["end"]}


FORMATS = (
    Format(
        name="whisper-cpp",
        title="whisper.cpp's JSON",
        about="whisper.cpp's JSON, with speakers of `--diarize`; its milliseconds become seconds",
        speakers="if given",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
