"""Files of every other format that can be read: their turns in our own columns, with answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.scale.files.base import (
    Lookup,
    OutputKind,
    Signature,
    Survey,
    WrittenFile,
    blocks_of,
    check_complete,
    count_characters,
    member_names,
)
from instructerc.scale.files.columns import write_rows
from instructerc.scale.files.json_rows import json_line
from instructerc.scale.inputs import Input
from instructerc.scale.rows import InputTurn, Refusal, Refuse
from instructerc.scale.storage import is_url, open_binary

_FIELDS = [
    *[("conversation", "string"), ("turn", "int64"), ("speaker", "string"), ("text", "string")],
    *[("emotion", "string"), ("start", "float64"), ("end", "float64"), ("note", "string"), ("speaker_note", "string")],
]


class OtherRows:
    """A file that is read whole conversations at a time; see `RowFile`. Its ids are its own.

    Args:
        one: the file.
        number: its number among the inputs.
        options: how it is read.
    """

    def __init__(self, one: Input, number: int, options: ReadOptions) -> None:
        self._input = one
        self._number = number
        self._options = replace(options, skip_bad=True)

    def _items(self) -> Iterator[Conversation | BadRow]:
        """Yields conversations, and the wrong rows that stood before their end."""
        report = ReadReport()
        form = None if self._input.format == "folder" else self._input.format
        any_row = False

        def read(source: Any) -> Iterator[Conversation | BadRow]:
            nonlocal any_row
            for talk in read_conversations(source, input_format=form, options=self._options, report=report):
                any_row = True
                yield from report.skipped
                report.skipped.clear()
                yield talk

        try:
            if is_url(self._input.source):
                with open_binary(self._input.source) as stream:
                    yield from read(stream)
            else:
                yield from read(self._input.source)
        except InputError:
            # Not one row is right: each has its reason.
            if any_row or not report.skipped:
                raise
        yield from report.skipped

    def survey(self, see: Callable[[str], None]) -> Survey:
        """Returns its size: such a file is read in one go."""
        return Survey(None, self._input.size)

    def rows(self, refuse: Refuse, merge: bool) -> Iterator[InputTurn]:
        """Yields its turns; see `RowFile`. Rows are counted as they come, whatever their lines."""
        number = 0
        for item in self._items():
            if isinstance(item, BadRow):
                number += 1
                refuse(Refusal((self._number, number, 0), item.reason, item.line))
                continue
            for utterance in item.utterances:
                number += 1
                yield InputTurn((self._number, number, 0), self._number, item.id, None, utterance)

    def write(self, target: Path, kind: OutputKind, signed: Signature, answers: Lookup) -> WrittenFile:
        """Writes its answered turns; see `RowFile`."""
        rows = _Answered(self._items(), answers)
        if kind == "parquet":
            write_rows(target, _FIELDS, rows, signed)
        else:
            names = [name for name, _ in _FIELDS]
            members = member_names(names)
            with target.open("wb") as stream:
                for values, answer in rows:
                    row = {name: value for name, value in zip(names, values, strict=True) if value is not None}
                    stream.write(json_line(row | signed.members(answer, members)) + b"\n")
        return WrittenFile(rows.n_in, rows.n_out)


class _Answered:
    """The turns of a file with their answers; counts rows, and refuses a file that is not as it was read."""

    def __init__(self, items: Iterator[Conversation | BadRow], answers: Lookup) -> None:
        self._rows = _numbered(items)
        self._answers = answers
        self.n_in = 0
        self.n_out = 0

    def __iter__(self) -> Iterator[tuple[list[Any], Any]]:
        for block in blocks_of((row, 1, count_characters(row[1] or ())) for row in self._rows):
            found = self._answers.block(block[0][0], block[-1][0])
            check_complete(found, [(number, 0) for number, _ in block], self._answers)
            self.n_in += len(block)
            for number, values in block:
                answer = found[number, 0]
                if answer is not None:
                    if values is None:
                        raise self._answers.changed()
                    self.n_out += 1
                    yield values, answer


def _numbered(items: Iterator[Conversation | BadRow]) -> Iterator[tuple[int, list[Any] | None]]:
    number = 0
    for item in items:
        if isinstance(item, BadRow):
            number += 1
            yield number, None
            continue
        for turn, utterance in enumerate(item.utterances, 1):
            number += 1
            yield number, [item.id, turn, *_fields(asdict(utterance))]


def _fields(utterance: dict[str, Any]) -> list[Any]:
    return [utterance[name] for name, _ in _FIELDS[2:]]
