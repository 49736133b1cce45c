"""Which kind of reader an input has."""

from __future__ import annotations

from pathlib import Path

from instructerc.formats import ReadOptions
from instructerc.scale.files.base import RowFile
from instructerc.scale.files.jsonl import JsonlRows
from instructerc.scale.files.other import OtherRows
from instructerc.scale.files.parquet import ParquetRows
from instructerc.scale.inputs import Input


def open_rows(one: Input, number: int, options: ReadOptions, work: Path) -> RowFile:
    """Returns the reader of an input.

    Args:
        one: the input.
        number: its number among the inputs.
        options: how it is read.
        work: folder for what does not fit into memory.
    """
    if not one.by_rows:
        return OtherRows(one, number, options, work)
    return (ParquetRows if one.format == "parquet" else JsonlRows)(one, number, options)
