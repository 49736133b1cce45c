"""Parquet files of any size: all their columns are kept, and the answers stand after them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions
from instructerc.formats.parquet.file import ParquetFile, import_parquet
from instructerc.formats.parquet.reader import build_turn, find_columns, take_conversation
from instructerc.scale.answers import Answers
from instructerc.scale.files.base import BLOCK_ROWS, Lookup, OutputKind, Signature, Survey, WrittenFile, make_reading
from instructerc.scale.files.columns import answer_arrays, answer_fields
from instructerc.scale.inputs import Input
from instructerc.scale.rows import InputTurn, Refusal, Refuse
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
        self._options = options

    def _columns(self, file: ParquetFile) -> dict[str, str]:
        columns = find_columns(file, self._options)
        if "turn" in file.names and "turn" not in columns.values():
            # Of another type it is a column of the user's own.
            with suppress(InputError):
                file.check_type("turn", "turn")
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
                    turn = row.pop("turn", None)
                    utterance = build_turn(row, number, reading)
                except BadRow as error:
                    refuse(Refusal(place, error.reason))
                    continue
                yield InputTurn(place, scope, conversation, turn, utterance)

    def write(self, target: Path, kind: OutputKind, signed: Signature, answers: Lookup) -> WrittenFile:
        """Writes its answered rows with all their columns; see `RowFile`."""
        with open_binary(self._input.source) as stream:
            file = ParquetFile(stream, self._input.source)
            names = signed.names(file.names)
            write_rows = _write_table if kind == "parquet" else _write_lines
            return WrittenFile(file.n_rows, write_rows(target, file, _blocks(file, answers), signed, names))


def _blocks(file: ParquetFile, answers: Lookup) -> Iterator[tuple[Any, Answers]]:
    """Yields the answered rows of a file, with all their columns, and their answers."""
    first = 1
    for batch in file.batches(BLOCK_ROWS):
        found = answers.arrays(first, first + len(batch) - 1)
        keep = found["row"].astype(np.int64) - first
        yield batch if len(found) == len(batch) else batch.take(_as_indices(keep)), found
        first += len(batch)


def _as_indices(keep: Any) -> Any:
    import pyarrow

    return pyarrow.array(keep)


def _write_table(
    target: Path, file: ParquetFile, blocks: Iterator[tuple[Any, Answers]], signed: Signature, names: Mapping[str, str]
) -> int:
    import pyarrow

    whole = pyarrow.schema([*file.schema, *answer_fields(signed, names)], metadata=file.schema.metadata)
    n_out = 0
    with import_parquet("writing Parquet").ParquetWriter(target, whole, compression="zstd") as writer:
        for batch, found in blocks:
            columns: Sequence[Any] = [*batch.columns, *answer_arrays(found, signed)]
            writer.write_batch(pyarrow.record_batch(columns, schema=whole))
            n_out += len(found)
    return n_out


def _write_lines(
    target: Path, file: ParquetFile, blocks: Iterator[tuple[Any, Answers]], signed: Signature, names: Mapping[str, str]
) -> int:
    n_out = 0
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        for batch, found in blocks:
            with file.explained():
                rows = batch.to_pylist()
            for row, answer in zip(rows, found, strict=True):
                # What JSON has no type for, such as a date, becomes text.
                line = json.dumps(row | signed.members(answer, row), ensure_ascii=False, default=str)
                stream.write(f"{line}\n")
            n_out += len(found)
    return n_out
