"""Transcripts of Speechmatics: words and signs of punctuation, each with the speaker of its best alternative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import join_pieces, read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_UNKNOWN = "UU"
_ENDS = (".", "?", "!", "。", "？", "！", "…")
# Where nobody was told apart, such a silence behind a sentence parts the turns.
_PAUSE = 1.0


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose results are words with times and alternatives."""
    results = _results(file.peek.document)
    first = results[0] if results else None
    keys = {"type", "start_time", "alternatives"}
    return float(isinstance(first, dict) and keys <= first.keys() and "items" not in first)


def _results(document: Any) -> list[Any] | None:
    results = document.get("results") if isinstance(document, dict) else None
    return results if isinstance(results, list) else None


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn for what a speaker or channel says without a break.

    Where nobody was told apart, a turn ends with a sentence that is followed by a pause.

    Raises:
        InputError: no JSON, or no results.
        BadRow: times that are none; the number of the turn is given as the line.
    """
    yield from read_spoken(file, reading, _turns, "has no list 'results'; give the JSON of Speechmatics (json-v2)")


def _turns(document: Any) -> list[Any] | None:
    results = _results(document)
    if results is None:
        return None
    turns: list[dict[str, Any]] = []
    for item in results:
        choices = item.get("alternatives") if isinstance(item, dict) else None
        best = choices[0] if isinstance(choices, list) and choices else None
        word = best.get("content") if isinstance(best, dict) else None
        if not isinstance(word, str) or not word.strip():
            continue
        given = best.get("speaker") if isinstance(best, dict) else None
        speaker = given if isinstance(given, str) and given != _UNKNOWN else item.get("channel")
        is_sign = item.get("type") == "punctuation" or item.get("attaches_to") == "previous"
        if turns and (is_sign or (turns[-1]["speaker"] == speaker and not _parts(turns[-1], item))):
            turns[-1]["text"] = turns[-1]["text"] + word if is_sign else join_pieces([turns[-1]["text"], word])
            turns[-1]["end"] = item.get("end_time")
        else:
            begin, end = item.get("start_time"), item.get("end_time")
            turns.append({"text": word, "speaker": speaker, "start": begin, "end": end})
    return turns


def _parts(turn: dict[str, Any], item: dict[str, Any]) -> bool:
    """Returns whether a word begins a new turn of somebody whom nobody told apart."""
    end, start = turn["end"], item.get("start_time")
    if turn["speaker"] is not None or not isinstance(end, int | float) or not isinstance(start, int | float):
        return False
    return start - end >= _PAUSE and str(turn["text"]).endswith(_ENDS)


FORMATS = (
    Format(
        name="speechmatics",
        title="Speechmatics' transcripts",
        about="Speechmatics' JSON (json-v2): its words joined by speaker or channel",
        speakers="if given",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
