"""A copy of a JSONL file with the answers in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from instructerc.conversation import Utterance
from instructerc.formats.jsonl.reader import DECODER, read, stands_mixed
from instructerc.formats.shared.answers import Answers, WrittenAnswer, free_name, splice
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.reading import Reading

_NO_BLANK = re.compile(r"[^ \t\r\n]|$")


def annotate(file: OpenText, reading: Reading, answers: Answers, stream: TextIO) -> None:
    """Writes a copy of JSONL in which the object of each turn ends with its answer; all else stays as it stands.

    The keys are `emotion_predicted`, so that no row takes an answer for a gold label, `probability` and
    `probabilities`; one that an object has already is named `emotion_predicted_2` and so on.

    Raises:
        InputError: the answers are not this file's.
        BadRow: as in reading.
    """

    held: list[tuple[str, str, Sequence[Utterance | None]]] = []
    mixed = stands_mixed(file, reading)

    def copy(text: str, name: str, turns: Sequence[Utterance | None]) -> None:
        if mixed:
            held.append((text, name, turns))
        else:
            stream.write(_with_answers(text, turns, iter([answers.take(turn) for turn in turns if turn is not None])))

    for _ in read(file, reading, copy):
        pass
    given = iter(answers.take_mixed([(name, turn) for _, name, turns in held for turn in turns if turn is not None]))
    for text, _, turns in held:
        stream.write(_with_answers(text, turns, given))


def _with_answers(text: str, turns: Sequence[Utterance | None], answers: Iterator[WrittenAnswer]) -> str:
    """Returns a line with the answers of its turns, which are taken."""
    edits = [
        (place, place, _members(keys, next(answers)))
        for turn, (keys, place) in zip(turns, _objects(text) if turns else (), strict=True)
        if turn is not None
    ]
    return splice(text, edits)


def _members(keys: Sequence[str], answer: WrittenAnswer) -> str:
    members = {
        "emotion_predicted": answer.emotion,
        "probability": answer.probability,
        "probabilities": dict(answer.probabilities),
    }
    named = {free_name(key, keys): value for key, value in members.items()}
    return ", " + json.dumps(named, ensure_ascii=False)[1:-1]


def _objects(text: str) -> list[tuple[list[str], int]]:
    """Returns, for each utterance of a line that was read, its keys and where new members go."""
    members = _scan(text, _skip(text, 0))
    if "utterances" not in members:
        return [(list(members), max(end for _, end in members.values()))]
    place, close = members["utterances"]
    found = []
    while (place := _skip(text, place + 1)) < close:
        item, end = _decode(text, place)
        inner = _scan(text, place) if isinstance(item, dict) else {}
        found.append((list(inner), max((last for _, last in inner.values()), default=end)))
        # Now at the comma, or at the end of the list.
        place = _skip(text, end)
    return found


def _scan(text: str, place: int) -> dict[str, tuple[int, int]]:
    """Returns, by its key, where each value of the object that begins at a place begins and ends."""
    found: dict[str, tuple[int, int]] = {}
    while text[place] != "}" and text[_skip(text, place + 1)] != "}":
        key, place = _decode(text, place + 1)
        begin = _skip(text, _skip(text, place) + 1)
        _, end = _decode(text, begin)
        found[key] = begin, end
        place = _skip(text, end)
    return found


def _decode(text: str, place: int) -> tuple[Any, int]:
    return DECODER.raw_decode(text, _skip(text, place))


def _skip(text: str, place: int) -> int:
    """Returns the place of the first sign that is no blank."""
    found = _NO_BLANK.search(text, place)
    return len(text) if found is None else found.start()
