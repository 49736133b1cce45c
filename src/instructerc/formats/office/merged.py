"""Cells of a sheet that are merged: the value of the first of them counts for each row that it spans."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from instructerc.formats.office.package import Package

_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\b[^<>]{0,200}?\bref=[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"
)
_MOST = 100_000
_LONGEST = 400

# Column from 0, first row and last row from 1.
Range = tuple[int, int, int]


def merged_cells(package: Package, sheet: str) -> list[Range]:
    """Returns the columns that are merged over several rows in a sheet; at most `_MOST` of them.

    Raises:
        InputError: the workbook is damaged.
    """
    part = _part_of(package, sheet)
    found: list[Range] = []
    if part is None or part not in package.names:
        return found
    rest = b""
    for piece in package.pieces(part):
        data = rest + piece
        last = 0
        for match in _MERGED.finditer(data):
            last = match.end()
            first, begin, _, end = match.groups()
            if int(end) > int(begin) and len(found) < _MOST:
                found.append((_column(first), int(begin), int(end)))
        rest = data[max(last, len(data) - _LONGEST) :]
    return found


def _part_of(package: Package, sheet: str) -> str | None:
    ids: dict[str, str] = {}

    def start(tag: str, fields: dict[str, str]) -> None:
        if tag == "sheet":
            ids.setdefault(fields.get("name", ""), fields.get("id", ""))

    book = package.main_part("xl/workbook.xml")
    if book not in package.names:
        return None
    package.parse(book, start)
    relation = package.relations(book).get(ids.get(sheet, ""))
    return None if relation is None else relation.target


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


class Merged:
    """Gives the value of each cell; rows are asked for in their order.

    Args:
        ranges: what is merged.
    """

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._ends = {(column, begin): end for column, begin, end in ranges}
        self._open: dict[int, tuple[int, Any]] = {}

    def value(self, row: int, column: int, value: Any) -> Any:
        """Returns the value of a cell, which is that of the first cell where it is merged with one above."""
        end = self._ends.get((column, row))
        if end is not None:
            self._open[column] = end, value
        last, above = self._open.get(column, (0, None))
        return above if row <= last else value
