"""Files of every other format that can be read: their turns in our own columns, other cells of tables, and answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.own_cells import OwnCells
from instructerc.formats.shared.answers import free_name
from instructerc.scale.files.base import (
    Lookup,
    OutputKind,
    Signature,
    Survey,
    WrittenFile,
    blocks_of,
    check_complete,
    measure,
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
# As many as a sheet of a workbook is read with.
_MOST_OWN = 1000
_logger = logging.getLogger("instructerc.scale")
# A row's number, and its values; none of a wrong row.
_NumberedRow = tuple[int, list[Any] | None]


class OtherRows:
    """A file that is read whole conversations at a time; see `RowFile`. Its ids are its own.

    Args:
        one: the file.
        number: its number among the inputs.
        options: how it is read.
        work: folder for what does not fit into memory.
    """

    def __init__(self, one: Input, number: int, options: ReadOptions, work: Path) -> None:
        self._input = one
        self._number = number
        self._options = replace(options, skip_bad=True)
        self._work = work
        # The columns that no role is read from, once the file was read to its end.
        self._own: list[str] | None = None

    def _items(self, own: OwnCells) -> Iterator[Conversation | BadRow]:
        """Yields conversations, and the wrong rows that stood before their end.

        Args:
            own: takes the cells that no role is read from.
        """
        report = ReadReport(own=own)
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
        with OwnCells(only_names=True) as own:
            for item in self._items(own):
                if isinstance(item, BadRow):
                    number += 1
                    refuse(Refusal((self._number, number, 0), item.reason, item.line))
                    continue
                for utterance in item.utterances:
                    number += 1
                    yield InputTurn((self._number, number, 0), self._number, item.id, None, utterance)
            self._own = self._most(own)

    def _most(self, own: OwnCells) -> list[str]:
        """Returns the columns of the user's own that are written."""
        names = list(own.names)
        if len(names) > _MOST_OWN:
            _logger.warning("%s: only the first %d of its other columns are kept", self._input.source, _MOST_OWN)
        return names[:_MOST_OWN]

    def _own_columns(self) -> list[str]:
        """Returns the names of the columns that no role is read from; a run that goes on may not have read the file."""
        if self._own is None:
            with OwnCells(only_names=True) as own:
                for _ in self._items(own):
                    pass
                self._own = self._most(own)
        return self._own

    def write(self, target: Path, kind: OutputKind, signed: Signature, answers: Lookup) -> WrittenFile:
        """Writes its answered turns, and beside each the other cells of its row; see `RowFile`."""
        own = self._own_columns()
        # What is the user's own keeps its name.
        fields = [(free_name(name, own), kind_of) for name, kind_of in _FIELDS] + [(name, "string") for name in own]
        with OwnCells(self._work) as cells:
            rows = _Answered(_numbered(self._items(cells), cells, own), answers)
            if kind == "parquet":
                write_rows(target, fields, rows, signed)
            else:
                _write_lines(target, [name for name, _ in fields], rows, signed)
        return WrittenFile(rows.n_in, rows.n_out)


def _write_lines(target: Path, names: Sequence[str], rows: _Answered, signed: Signature) -> None:
    members = member_names(names)
    with target.open("wb") as stream:
        for values, answer in rows:
            row = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            stream.write(json_line(row | signed.members(answer, members)) + b"\n")


class _Answered:
    """The turns of a file with their answers; counts rows, and refuses a file that is not as it was read."""

    def __init__(self, rows: Iterator[_NumberedRow], answers: Lookup) -> None:
        self._rows = rows
        self._answers = answers
        self.n_in = 0
        self.n_out = 0

    def __iter__(self) -> Iterator[tuple[list[Any], Any]]:
        for block in blocks_of((row, 1, measure(row[1] or ())) for row in self._rows):
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


def _numbered(items: Iterator[Conversation | BadRow], cells: OwnCells, own: Sequence[str]) -> Iterator[_NumberedRow]:
    """Yields number and values of each row; no values of a wrong one.

    Args:
        items: of the file.
        cells: has the cells of their rows that no role is read from.
        own: the columns of these that are written.
    """
    number = 0
    for item in items:
        if isinstance(item, BadRow):
            number += 1
            yield number, None
            continue
        others = cells.take(len(item))
        for turn, (utterance, other) in enumerate(zip(item.utterances, others, strict=True), 1):
            number += 1
            yield number, [item.id, turn, *_fields(asdict(utterance)), *map(other.get, own)]


def _fields(utterance: dict[str, Any]) -> list[Any]:
    return [utterance[name] for name, _ in _FIELDS[2:]]
