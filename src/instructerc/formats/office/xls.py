"""Workbooks of Excel 97 to 2003: read as newer ones are; other files of old Office programs are refused with advice."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, BinaryIO

from instructerc.conversation import Conversation
from instructerc.errors import InputError, MissingExtra
from instructerc.formats.format import Binary, Format
from instructerc.formats.office.compound import MARK, MOST_BYTES, WORKBOOKS, CompoundFile, advise
from instructerc.formats.office.merged import Range
from instructerc.formats.office.sheet_dialogues import SheetTalks
from instructerc.formats.office.sheets import Cell, PlainCell, Sheet, names_of_columns
from instructerc.formats.shared.reading import Reading

# Records that no cell needs: links, names, notes, and what floats above the cells. One of a few bytes may stand for
# millions of cells, and xlrd stops at those that other programs write in ways of their own.
_PASSED_OVER = frozenset({0x18, 0x218, 0x1C, 0x5D, 0xEC, 0xED, 0x1B6, 0x1B0, 0x1B1, 0x1B8, 0x800})
_UNKNOWN = b"\xff\xff"
_PASSWORD = 0x2F
_EMPTY = PlainCell(None)
# Kinds of cells, as xlrd has them; all others are empty, or what a formula could not work out.
_TEXT, _NUMBERS, _TRUTH = 1, (2, 3), 4


def read(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of a workbook, as those of a newer one are read.

    Raises:
        MissingExtra: xlrd is not installed.
        InputError: a damaged workbook, one with a password, without rows, or without a column of words; or a file of
            another old program.
        BadRow: a row that cannot be read; its number is that of the sheet.
    """
    yield from SheetTalks(_sheets(stream, reading.source), reading)


def column_names(stream: BinaryIO, source: str) -> list[str]:
    """Returns the names of the columns of the sheet that would be read.

    Raises:
        MissingExtra: xlrd is not installed.
        InputError: a damaged workbook, or one without rows.
    """
    return names_of_columns(_sheets(stream, source), source)


def _sheets(stream: BinaryIO, source: str) -> list[Sheet]:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InputError(f"{source}: is too large for an old Office file; save it as .xlsx or CSV")
    package = CompoundFile(data, source)
    name = next((name for name in WORKBOOKS if name in package.entries), None)
    if name is None:
        raise advise(data, source)
    records = _without_extras(package.stream(name), source)
    try:
        import openpyxl  # noqa: F401
        import xlrd
    except ModuleNotFoundError as error:
        raise MissingExtra("reading Excel workbooks", "office") from error
    try:
        with open(os.devnull, "w", encoding="utf-8") as log:
            book = xlrd.open_workbook(file_contents=records, formatting_info=True, ragged_rows=True, logfile=log)
    except MemoryError:
        raise
    except Exception as error:
        # What xlrd raises of damaged files has no bounds.
        reason = " ".join(f"{type(error).__name__} {error}".split())[:80]
        raise InputError(f"{source}: is a workbook that cannot be read ({reason}); save it as .xlsx or CSV") from None
    formats = _Formats(book)
    return [
        Sheet(sheet.name, partial(_rows, formats, sheet), partial(_merged, sheet), sheet.visibility == 0)
        for sheet in book.sheets()
    ]


def _without_extras(stream: bytes, source: str) -> bytes:
    """Returns the records of a workbook, those that no cell needs under a number that means nothing.

    Raises:
        InputError: it has a password.
    """
    records, place = bytearray(stream), 0
    while place + 4 <= len(records):
        kind, length = struct.unpack_from("<HH", records, place)
        if kind == _PASSWORD:
            raise InputError(f"{source}: is a workbook with a password; save it without one")
        if kind in _PASSED_OVER:
            records[place : place + 2] = _UNKNOWN
        place += 4 + length
    return bytes(records)


def _merged(sheet: Any) -> list[Range]:
    return [(column, first + 1, last) for first, last, column, _ in sheet.merged_cells if last > first + 1]


class _Formats:
    """Gives cells their values, by how their numbers are shown.

    Args:
        book: the workbook.
    """

    def __init__(self, book: Any) -> None:
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

        self._book = book
        self._epoch = MAC_EPOCH if book.datemode else WINDOWS_EPOCH
        self._known: dict[int, tuple[str, bool, bool]] = {}

    def cell(self, number: float, style: int) -> PlainCell:
        """Returns a cell with a number: a date, a time or a duration, where its style shows one."""
        from openpyxl.utils.datetime import from_excel

        shown, is_date, is_duration = self._known.get(style) or self._find(style)
        if not is_date:
            return PlainCell(number)
        try:
            return PlainCell(from_excel(number, self._epoch, timedelta=is_duration), shown)
        except (OverflowError, ValueError):
            # Excel shows such a cell as ####.
            return _EMPTY

    def _find(self, style: int) -> tuple[str, bool, bool]:
        from openpyxl.styles.numbers import is_date_format, is_timedelta_format

        styles, formats = self._book.xf_list, self._book.format_map
        found = formats.get(styles[style].format_key) if style < len(styles) else None
        shown = "" if found is None else str(found.format_str)
        self._known[style] = shown, is_date_format(shown), is_timedelta_format(shown)
        return self._known[style]


def _rows(formats: _Formats, sheet: Any) -> Iterator[tuple[int, Sequence[Cell]]]:
    for place in range(sheet.nrows):
        cells = []
        for column, (kind, value) in enumerate(zip(sheet.row_types(place), sheet.row_values(place), strict=True)):
            if kind in _NUMBERS:
                cells.append(formats.cell(value, sheet.cell_xf_index(place, column)))
            elif kind == _TEXT:
                cells.append(PlainCell(value))
            else:
                cells.append(PlainCell(bool(value)) if kind == _TRUTH else _EMPTY)
        yield place + 1, cells


FORMATS = (
    Format(
        name="xls",
        title="old Excel workbooks",
        about="workbooks of Excel 97 to 2003 (`.xls`), read as newer ones are (extra `office`)",
        times="yes",
        # Nobody else reads files with this mark, and this says what to do with the others.
        file=Binary(MARK, read, column_names),
        extensions=(".xls", ".xlt"),
    ),
)
