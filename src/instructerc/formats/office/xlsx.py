"""Excel workbooks: the sheet that has a column with words, a row per utterance."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError, MissingExtra
from instructerc.formats.format import Binary, Format
from instructerc.formats.office.merged import merged_cells
from instructerc.formats.office.package import MARK, Package, holds_part
from instructerc.formats.office.sheet_dialogues import SheetTalks
from instructerc.formats.office.sheets import Cell, Sheet, names_of_columns
from instructerc.formats.shared.reading import Reading

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def holds(stream: BinaryIO) -> bool:
    """Returns whether a zip file is an Excel workbook."""
    return holds_part(stream, "xl/")


def read(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of the first sheet that has a column of words, in the order in which they begin.

    Rows of one conversation need not stand together. Cells that are dates or times of day become seconds, from the
    first turn where they are of the day; rows without words are left out and counted, and hidden sheets are not read.

    Raises:
        MissingExtra: openpyxl is not installed.
        InputError: a damaged workbook, one without rows, or without a column of words.
        BadRow: a row that cannot be read; its number is that of the sheet.
    """
    with _open(stream, reading.source) as sheets:
        talks = SheetTalks(sheets, reading)
    yield from talks


def column_names(stream: BinaryIO, source: str) -> list[str]:
    """Returns the names of the columns of the sheet that would be read.

    Raises:
        MissingExtra: openpyxl is not installed.
        InputError: a damaged workbook, or one without rows.
    """
    with _open(stream, source) as sheets:
        return names_of_columns(sheets, source)


@contextmanager
def _open(stream: BinaryIO, source: str) -> Iterator[list[Sheet]]:
    """Opens a workbook, and makes what is wrong with it one clear error."""
    package = Package(stream, source)
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        raise MissingExtra("reading Excel workbooks", "office") from error
    if "xl/workbook.bin" in package.names:
        raise InputError(f"{source}: is a binary workbook (.xlsb); save it as .xlsx or CSV")
    book = None
    try:
        with warnings.catch_warnings():
            # Of styles, filters and the like, which say nothing about the words.
            warnings.simplefilter("ignore")
            stream.seek(0)
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            yield [_sheet(one, package) for one in book.worksheets]
    except (InputError, BadRow, MemoryError):
        raise
    except Exception as error:
        # What openpyxl raises of damaged files has no bounds.
        reason = " ".join(f"{type(error).__name__} {error}".split())[:80]
        raise InputError(f"{source}: is a workbook that cannot be read ({reason}); save the sheet as CSV") from None
    finally:
        if book is not None:
            book.close()


def _sheet(sheet: Any, package: Package) -> Sheet:
    def rows() -> Iterator[tuple[int, Sequence[Cell]]]:
        # Some programs write a dimension that the rows do not have.
        sheet.reset_dimensions()
        return enumerate(sheet.iter_rows(), 1)

    merged = partial(merged_cells, package, sheet.title)
    return Sheet(sheet.title, rows, merged, sheet.sheet_state == "visible", _decode)


def _decode(text: str) -> str:
    """Returns a text in which what XML cannot hold stands as `_x000D_`."""
    return _ESCAPED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code in (9, 10, 13, 0x5F) or (0x20 <= code < 0xD800) else "" if code < 0x20 else "\ufffd"


FORMATS = (
    Format(
        name="xlsx",
        title="Excel workbooks",
        about="Excel workbooks (`.xlsx`) with one row per utterance; the sheet with a column of words, columns as in "
        "a table (extra `office`)",
        times="yes",
        file=Binary(MARK, read, column_names, holds),
        extensions=(".xlsx", ".xlsm"),
    ),
)
