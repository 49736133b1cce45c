"""Parquet with a whole dialogue in each row, as Hugging Face's data sets have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import BadRow
from instructerc.formats.dialogues.cells import DialogueColumn, find_column, read_row
from instructerc.formats.dialogues.rows import is_dialogue_name, read_dialogues
from instructerc.formats.parquet.file import ParquetFile
from instructerc.formats.shared.lines import check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_HUGGING_FACE = b"huggingface"
_ROWS_LOOKED_AT = 30


def has_dialogues(file: ParquetFile, options: ReadOptions) -> bool:
    """Returns whether a column has dialogues as lists or objects."""
    return any(is_dialogue_name(name, options) and file.is_nested(name) for name in file.names)


def find_texts(file: ParquetFile, options: ReadOptions) -> DialogueColumn | None:
    """Returns the column whose texts are dialogues; None where none is for sure."""
    columns = {name: name for name in _columns(file) if not file.is_nested(name)}
    first = islice(file.rows(columns), _ROWS_LOOKED_AT) if columns else ()
    rows = [[value if isinstance(value, str) else "" for value in row.values()] for _, row in first]
    return find_column(list(columns), rows, options)


def read_rows(file: ParquetFile, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per row; numbers that the file has names for are emotions by these.

    Raises:
        InputError: as of any Parquet file.
        BadRow: a row without a dialogue; rows are counted from 1.
    """
    yield from read_dialogues(file.rows(_columns(file)), reading, _labels(file), objects=True)


def read_texts(file: ParquetFile, column: DialogueColumn, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per row, from the texts of a column.

    Raises:
        InputError: as of any Parquet file.
        BadRow: a row whose text is no dialogue; rows are counted from 1.
    """
    names: set[str] = set()
    for number, row in file.rows(_columns(file)):
        try:
            cells = {name: _show(value) for name, value in row.items()}
            for name, cell in cells.items():
                check_characters(cell, reading.source, number, f"the value under {name[:40]!r}")
            talk = read_row(cells, column, number, f"{reading.stem}/{number}", names, reading)
        except BadRow as error:
            reading.skip(error)
        else:
            if talk is not None:
                yield talk


def _show(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _columns(file: ParquetFile) -> dict[str, str]:
    return {name: name for name in file.names if file.names.count(name) == 1}


def _labels(file: ParquetFile) -> dict[str, list[str]]:
    """Returns the names of a column's numbers, where the footer says them."""
    try:
        features = json.loads(file.metadata.get(_HUGGING_FACE, b""))["info"]["features"]
        pairs = {name: feature.get("feature", feature) for name, feature in features.items()}
        return {
            name: [str(one) for one in feature["names"]]
            for name, feature in pairs.items()
            if isinstance(feature, dict) and isinstance(feature.get("names"), list)
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
