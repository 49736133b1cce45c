"""Parquet files of any size: all their columns are kept, and the answers stand after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from instructerc.errors import BadRow
from instructerc.formats import ReadOptions
from instructerc.formats.parquet.file import ParquetFile, import_parquet
from instructerc.formats.parquet.reader import build_turn, find_columns, take_conversation
from instructerc.scale.answers import Answers
from instructerc.scale.files.base import (
    BLOCK_ROWS,
    Lookup,
    OutputKind,
    Signature,
    Survey,
    WrittenFile,
    make_reading,
    member_names,
)
from instructerc.scale.files.columns import answer_arrays, answer_fields
from instructerc.scale.files.json_rows import batch_rows, distinct, json_line
from instructerc.scale.inputs import Input
from instructerc.scale.rows import InputTurn, Refusal, Refuse, whole_number
from instructerc.scale.storage import open_binary


class ParquetRows:
    """A Parquet file, a row per turn; see `RowFile`. A column `turn` of whole numbers orders a conversation.

    Args:
        one: the file.
        number: its number among the inputs.
        options: how it is read.
    """

    def __init__(self, one: Input, number: int, options: ReadOptions) -> None:
        self._input = one
        self._number = number
        # No answer depends on a gold label, so that one of any type is a column of the user's own.
        self._options = options if options.emotion_column else replace(options, emotion_column="")

    def _columns(self, file: ParquetFile) -> dict[str, str]:
        columns = find_columns(file, self._options)
        # Of another type it is a column of the user's own.
        if file.names.count("turn") == 1 and "turn" not in columns.values() and file.is_number("turn"):
            columns["turn"] = "turn"
        return columns

    def survey(self, see: Callable[[str], None]) -> Survey:
        """Returns its columns and rows; only ids are read."""
        with open_binary(self._input.source) as stream:
            file = ParquetFile(stream, self._input.source)
            columns = self._columns(file)
            n_bytes = file.unpacked_bytes(columns.values())
            if "conversation" not in columns:
                return Survey(file.n_rows, n_bytes, columns)
            last: Any = None
            for _, row in file.rows({"conversation": columns["conversation"]}):
                name = row["conversation"]
                if name is not None and name != last:
                    see(str(name))
                last = name
            return Survey(file.n_rows, n_bytes, columns, mergeable=True)

    def rows(self, refuse: Refuse, merge: bool) -> Iterator[InputTurn]:
        """Yields its turns; see `RowFile`."""
        reading = make_reading(self._input, self._options)
        with open_binary(self._input.source) as stream:
            file = ParquetFile(stream, self._input.source)
            columns = self._columns(file)
            scope = -1 if merge and "conversation" in columns else self._number
            for number, row in file.rows(columns):
                place = (self._number, number, 0)
                try:
                    conversation = take_conversation(row, number, reading)
                    turn = whole_number(row.pop("turn", None))
                    utterance = build_turn(row, number, reading)
                except BadRow as error:
                    refuse(Refusal(place, error.reason))
                    continue
                yield InputTurn(place, scope, conversation, turn, utterance)

    def write(self, target: Path, kind: OutputKind, signed: Signature, answers: Lookup) -> WrittenFile:
        """Writes its answered rows with all their columns; see `RowFile`."""
        with open_binary(self._input.source) as stream:
            file = ParquetFile(stream, self._input.source)
            write_rows = _write_table if kind == "parquet" else _write_lines
            return WrittenFile(file.n_rows, write_rows(target, file, _blocks(file, answers), signed))


def _blocks(file: ParquetFile, answers: Lookup) -> Iterator[tuple[Any, Answers]]:
    """Yields the answered rows of a file, with all their columns, and their answers."""
    first = 1
    for batch in file.batches(BLOCK_ROWS):
        found = answers.arrays(first, first + len(batch) - 1)
        if len(found):
            yield batch if len(found) == len(batch) else _kept(batch, found["row"].astype(np.int64) - first), found
        first += len(batch)


def _kept(batch: Any, places: Any) -> Any:
    """Returns some rows of a batch; pyarrow has no `take` for every type.

    Args:
        batch: the rows.
        places: of those that are kept, in order. Shape: [U].
    """
    import pyarrow

    runs = np.split(places, np.flatnonzero(np.diff(places) != 1) + 1)
    return pyarrow.concat_batches([batch.slice(int(run[0]), len(run)) for run in runs])


def _write_table(target: Path, file: ParquetFile, blocks: Iterator[tuple[Any, Answers]], signed: Signature) -> int:
    import pyarrow

    names = signed.names(file.names)
    whole = pyarrow.schema([*file.schema, *answer_fields(signed, names)], metadata=file.schema.metadata)
    n_out = 0
    with import_parquet("writing Parquet").ParquetWriter(target, whole, compression="zstd") as writer:
        for batch, found in blocks:
            columns: Sequence[Any] = [*batch.columns, *answer_arrays(found, signed)]
            writer.write_batch(pyarrow.record_batch(columns, schema=whole))
            n_out += len(found)
    return n_out


def _write_lines(target: Path, file: ParquetFile, blocks: Iterator[tuple[Any, Answers]], signed: Signature) -> int:
    own = distinct(file.names)
    members = member_names(own)
    n_out = 0
    with target.open("wb") as stream:
        for batch, found in blocks:
            with file.explained():
                rows = list(batch_rows(batch, own))
            for row, answer in zip(rows, found, strict=True):
                stream.write(json_line(row | signed.members(answer, members)) + b"\n")
            n_out += len(found)
    return n_out
