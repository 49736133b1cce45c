"""OpenDocument spreadsheets, as LibreOffice and Google Sheets save them: read as Excel workbooks are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Binary, Format
from instructerc.formats.office.cell_values import cell_of
from instructerc.formats.office.merged import Range
from instructerc.formats.office.open_document import CONTENT, ParagraphText, check_password, holds_kind, read_count
from instructerc.formats.office.package import MARK, Package
from instructerc.formats.office.sheet_dialogues import SheetTalks
from instructerc.formats.office.sheet_styles import SheetStyles
from instructerc.formats.office.sheets import (
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    PlainCell,
    Sheet,
    names_of_columns,
)
from instructerc.formats.shared.reading import Reading

_KIND = b"application/vnd.oasis.opendocument.spreadsheet"
# Tables of changes and of other files, what floats above the cells, comments, and the reading of a Chinese word.
_PASSED_OVER = frozenset({"tracked-changes", "dde-links", "shapes", "forms", "annotation", "note", "ruby-text"})
# Elements in a cell that hold its paragraphs; all others float above it.
_HOLDERS = frozenset({"list", "list-item", "list-header", "section"})
_CELLS = ("table-cell", "covered-table-cell")
_EMPTY = PlainCell(None)
_MOST_MERGED = 100_000
# A row of words that stands there so often was filled down by mistake, or to make a small file a large one.
_MOST_SAME_ROWS = 1000
_MOST_CELLS = 5_000_000


def holds(stream: BinaryIO) -> bool:
    """Returns whether a zip file is an OpenDocument spreadsheet."""
    return holds_kind(stream, _KIND)


def read(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of a spreadsheet, as those of an Excel workbook are read.

    Raises:
        InputError: a damaged spreadsheet, one with a password, without rows, or without a column of words.
        BadRow: a row that cannot be read; its number is that of the sheet.
    """
    yield from SheetTalks(_sheets(stream, reading.source), reading)


def column_names(stream: BinaryIO, source: str) -> list[str]:
    """Returns the names of the columns of the sheet that would be read.

    Raises:
        InputError: a damaged spreadsheet, or one without rows.
    """
    return names_of_columns(_sheets(stream, source), source)


def _sheets(stream: BinaryIO, source: str) -> list[Sheet]:
    package = Package(stream, source)
    check_password(package)
    reader = _Reader(source)
    package.parse(CONTENT, reader.start, reader.end, reader.characters, "opendocument")
    return [Sheet(one.name, one.each_row, partial(list, one.merged), one.is_shown) for one in reader.tables]


# Column from 0, how many cells are the same, and the cell.
_Run = tuple[int, int, PlainCell]


@dataclass(slots=True)
class _Table:
    """A sheet: only cells that hold something are kept, each with how often it comes again.

    Attributes:
        name: of it.
        is_shown: whether a person sees it.
        rows: number of each from 1, how many are the same, and their cells.
        merged: cells that are merged over several rows.
        n_rows: rows that were begun.
        columns: the style of the cells of each column that has one.
    """

    name: str
    is_shown: bool
    rows: list[tuple[int, int, list[_Run]]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    n_rows: int = 0
    columns: list[str] = field(default_factory=list)

    def each_row(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        for number, n_same, runs in self.rows:
            cells: list[PlainCell] = []
            for column, n_cells, cell in runs:
                cells += [_EMPTY] * (column - len(cells))
                cells += [cell] * n_cells
            yield from ((number + place, cells) for place in range(n_same))


class _Reader:
    """Takes the elements of a spreadsheet's content.

    Attributes:
        tables: its sheets.

    Args:
        source: name for error messages.
    """

    def __init__(self, source: str) -> None:
        self.tables: list[_Table] = []
        self._source = source
        self._styles = SheetStyles()
        self._passed = 0
        self._n_cells = 0
        self._row: list[_Run] = []
        self._row_fields: dict[str, str] = {}
        self._column = 0
        self._cell: dict[str, str] | None = None
        self._lines: list[str] = []
        self._text = ParagraphText()

    def start(self, tag: str, fields: dict[str, str]) -> None:
        if self._passed or tag in _PASSED_OVER:
            self._passed += 1
        elif self._cell is not None:
            if tag in ("p", "h"):
                self._text.begin()
            elif not self._text.take_sign(tag, fields) and not self._text.is_open and tag not in _HOLDERS:
                self._passed += 1
        elif tag == "table":
            self.tables.append(_Table(fields.get("name", ""), self._styles.is_shown(fields.get("style-name"))))
        elif not self.tables:
            self._styles.take(tag, fields)
        elif tag == "table-column":
            self._take_column(self.tables[-1], fields)
        elif tag == "table-row":
            self._row, self._row_fields, self._column = [], fields, 0
        elif tag in _CELLS:
            self._cell, self._lines = fields, []

    def end(self, tag: str) -> None:
        if self._passed:
            self._passed -= 1
        elif tag in ("p", "h"):
            text = self._text.end()
            if text is not None:
                self._lines.append(text)
        elif tag in _CELLS and self._cell is not None:
            self._end_cell(self.tables[-1], self._cell, tag == "covered-table-cell")
            self._cell = None
        elif tag == "table-row" and self.tables:
            self._end_row(self.tables[-1])

    def characters(self, text: str) -> None:
        if not self._passed:
            self._text.add(text)

    @staticmethod
    def _take_column(table: _Table, fields: dict[str, str]) -> None:
        n_columns = read_count(fields, "number-columns-repeated", MOST_COLUMNS - len(table.columns))
        table.columns += [fields.get("default-cell-style-name", "")] * n_columns

    def _end_cell(self, table: _Table, fields: dict[str, str], is_covered: bool) -> None:
        column = self._column
        n_cells = read_count(fields, "number-columns-repeated", MOST_COLUMNS)
        self._column += n_cells
        if column >= MOST_COLUMNS:
            return
        n_rows = read_count(fields, "number-rows-spanned", MOST_ROWS)
        if n_rows > 1 and len(table.merged) < _MOST_MERGED:
            table.merged.append((column, table.n_rows + 1, table.n_rows + n_rows))
        # What stands below a merged cell is seen by nobody.
        if is_covered or not (self._lines or "value-type" in fields):
            return
        style = fields.get("style-name") or self._row_fields.get("default-cell-style-name")
        if style is None and column < len(table.columns):
            style = table.columns[column]
        cell = cell_of(fields, "\n".join(self._lines), self._styles.time_format(style))
        if cell.value not in (None, ""):
            self._row.append((column, min(n_cells, MOST_COLUMNS - column), cell))

    def _end_row(self, table: _Table) -> None:
        number = table.n_rows + 1
        n_same = read_count(self._row_fields, "number-rows-repeated", MOST_ROWS)
        table.n_rows += n_same
        if not self._row:
            return
        if n_same > _MOST_SAME_ROWS:
            raise InputError(
                f"{self._source}: the sheet {table.name[:40]!r} has its row {number} {n_same} times; delete the copies"
            )
        self._n_cells += n_same * sum(n_cells for _, n_cells, _ in self._row)
        if self._n_cells > _MOST_CELLS:
            raise InputError(f"{self._source}: has too many cells; save the sheet with words as CSV")
        table.rows.append((number, n_same, self._row))


FORMATS = (
    Format(
        name="ods",
        title="OpenDocument spreadsheets",
        about="OpenDocument spreadsheets (`.ods`, LibreOffice, Google Sheets), read as Excel workbooks are",
        times="yes",
        file=Binary(MARK, read, column_names, holds),
        extensions=(".ods", ".ots"),
    ),
)
