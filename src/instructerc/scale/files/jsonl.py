"""JSONL files of any size, a turn or a conversation per line: their keys are kept, and the answers stand after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from instructerc.conversation import Utterance
from instructerc.errors import BadRow
from instructerc.formats import ReadOptions
from instructerc.formats.jsonl.reader import JsonLine, parse_line, unnamed
from instructerc.formats.shared.answers import free_name
from instructerc.formats.shared.lines import LineSource, open_text
from instructerc.formats.shared.reading import show
from instructerc.scale.files.base import (
    MEMBERS,
    Lookup,
    OutputKind,
    Signature,
    Survey,
    WrittenFile,
    blocks_of,
    check_complete,
    make_reading,
    member_names,
)
from instructerc.scale.files.columns import write_rows
from instructerc.scale.files.json_rows import json_line
from instructerc.scale.inputs import Input
from instructerc.scale.rows import InputTurn, Refusal, Refuse, whole_number
from instructerc.scale.storage import open_binary

_FIELDS = [
    *[("conversation", "string"), ("turn", "int64"), ("speaker", "string"), ("text", "string")],
    *[("emotion", "string"), ("start", "float64"), ("end", "float64"), ("note", "string")],
    *[("speaker_note", "string"), ("other", "string")],
]
_ROLES = ("conversation", "speaker", "text", "emotion", "start", "end", "note", "speaker_note")
# Keys that an answer's own could take the place of.
_LIKE_OURS = re.compile(rf"(?:{'|'.join(MEMBERS)})(?:_\d+)?")
# Whole numbers beyond it fit no column.
_LARGEST = 2**63
# The answers of a line's turns, by their place in it.
Found = dict[int, Any]
# A line's number, what it holds or why it is refused, and its characters.
NumberedLine = tuple[int, JsonLine | BadRow, int]


class JsonlRows:
    """A JSONL file; see `RowFile`. A key `turn` with a whole number orders a conversation.

    Args:
        one: the file.
        number: its number among the inputs.
        options: how it is read.
    """

    def __init__(self, one: Input, number: int, options: ReadOptions) -> None:
        self._input = one
        self._number = number
        self._options = options
        self._reading = make_reading(one, options)
        self._taken: set[str] = set()

    def _lines(self) -> Iterator[NumberedLine]:
        if not self._input.size:
            return
        with open_binary(self._input.source) as stream, open_text(stream, self._options) as file:
            for number, text in _raw_lines(file.lines):
                if isinstance(text, BadRow):
                    yield number, text, 0
                elif text.strip():
                    try:
                        yield number, parse_line(text, number, self._reading), len(text)
                    except BadRow as error:
                        yield number, error, 0

    def survey(self, see: Callable[[str], None]) -> Survey:
        """Returns its rows; notes the keys that answers must not take, which may stand in some of them only."""
        n_rows = 0
        last: str | None = None
        for number, line, _ in self._lines():
            n_rows += _n_turns(line)
            if not isinstance(line, JsonLine):
                continue
            self._taken.update(filter(_LIKE_OURS.fullmatch, _keys_of(line)))
            # Rows without an id are a conversation of this file alone, called as no other one can be.
            name = line.name if line.name is not None else f"\0{self._number}\0{self._name(number, line)}"
            if name != last:
                see(name)
                last = name
        return Survey(n_rows, self._input.size, mergeable=True)

    def rows(self, refuse: Refuse, merge: bool) -> Iterator[InputTurn]:
        """Yields its turns; see `RowFile`."""
        for number, line, _ in self._lines():
            if isinstance(line, BadRow):
                refuse(Refusal((self._number, number, 0), line.reason))
                continue
            name = self._name(number, line)
            scope = -1 if merge and line.name is not None else self._number
            for part, turn in enumerate(line.turns):
                place = (self._number, number, part)
                if isinstance(turn, BadRow):
                    refuse(Refusal(place, turn.reason))
                elif turn is None:
                    refuse(Refusal(place, self._why_not(line, part)))
                else:
                    yield InputTurn(place, scope, name, _turn_of(line, part), turn)

    def _why_not(self, line: JsonLine, part: int) -> str:
        """Returns why somebody says nothing in a turn."""
        text = _object_of(line, part)[self._reading.keys["text"]]
        return "the text is null" if text is None else f"the text is {show(text)}, in which nobody says anything"

    def _name(self, number: int, line: JsonLine) -> str:
        if line.name is not None:
            return line.name
        return unnamed(number, self._reading) if line.whole else self._reading.stem

    def write(self, target: Path, kind: OutputKind, signed: Signature, answers: Lookup) -> WrittenFile:
        """Writes its answered turns with their keys; as Parquet, keys that are no field of ours are JSON in `other`."""
        pairs = _Pairs(self._lines(), answers)
        if kind == "parquet":
            rows = (row for number, line, found in pairs for row in self._table_rows(number, line, found))
            write_rows(target, _FIELDS, rows, signed)
        else:
            members = member_names(self._taken)
            with target.open("wb") as stream:
                for _, line, found in pairs:
                    stream.write(json_line(_with_answers(line, found, signed, members)) + b"\n")
        return WrittenFile(pairs.n_in, pairs.n_out)

    def _table_rows(self, number: int, line: JsonLine, found: Found) -> Iterator[tuple[list[Any], Any]]:
        name = self._name(number, line)
        used = {self._options.column(role) or role for role in _ROLES} | {"turn"}
        of_all = {key: line.row[key] for key in line.row if line.whole and key not in ("id", "utterances")}
        for part, answer in found.items():
            turn = line.turns[part]
            assert isinstance(turn, Utterance)
            other = {key: value for key, value in _object_of(line, part).items() if key not in used}
            # The keys of the whole conversation stand in each of its rows.
            other |= {free_name(key, other): value for key, value in of_all.items()}
            place = _turn_of(line, part)
            order = part + 1 if place is None and line.whole else place
            words = [turn.speaker, turn.text, turn.emotion, turn.start, turn.end, turn.note, turn.speaker_note]
            yield [name, order, *words, json_line(other).decode() if other else None], answer


class _Pairs:
    """Lines with the answers of their turns; counts turns, and refuses a file that is not as it was read."""

    def __init__(self, lines: Iterator[NumberedLine], answers: Lookup) -> None:
        self._lines = lines
        self._answers = answers
        self.n_in = 0
        self.n_out = 0

    def __iter__(self) -> Iterator[tuple[int, JsonLine, Found]]:
        for block in blocks_of(map(_measured, self._lines)):
            found = self._answers.block(block[0][0], block[-1][0])
            seen = [(number, part) for number, line in block for part in range(_n_turns(line))]
            check_complete(found, seen, self._answers)
            self.n_in += len(seen)
            for number, line in block:
                if isinstance(line, BadRow):
                    continue
                parts = {part: found[number, part] for part in range(len(line.turns))}
                answered = {part: answer for part, answer in parts.items() if answer is not None}
                self.n_out += len(answered)
                if answered:
                    yield number, line, answered


def _n_turns(line: JsonLine | BadRow) -> int:
    return 1 if isinstance(line, BadRow) else len(line.turns)


def _measured(numbered: NumberedLine) -> tuple[tuple[int, JsonLine | BadRow], int, int]:
    number, line, n_characters = numbered
    # One without a turn takes room too.
    return (number, line), max(1, _n_turns(line)), n_characters


def _with_answers(line: JsonLine, found: Found, signed: Signature, names: Mapping[str, str]) -> dict[str, Any]:
    """Returns a line's object with its answers; turns that were refused are left out."""
    turns = [_object_of(line, part) | signed.members(answer, names) for part, answer in found.items()]
    return line.row | {"utterances": turns} if line.whole else turns[0]


def _object_of(line: JsonLine, part: int) -> dict[str, Any]:
    """Returns the object of a turn."""
    found: dict[str, Any] = line.row["utterances"][part] if line.whole else line.row
    return found


def _keys_of(line: JsonLine) -> Iterable[str]:
    """Returns the keys of a line's turns."""
    if not line.whole:
        return line.row
    return (key for item in line.row["utterances"] if isinstance(item, dict) for key in item)


def _turn_of(line: JsonLine, part: int) -> int | None:
    turn = whole_number(_object_of(line, part).get("turn"))
    return turn if turn is not None and abs(turn) < _LARGEST else None


def _raw_lines(lines: LineSource) -> Iterator[tuple[int, str | BadRow]]:
    while True:
        try:
            text = next(lines)
        except StopIteration:
            return
        except BadRow as error:
            yield lines.number, error
        else:
            yield lines.number, text
