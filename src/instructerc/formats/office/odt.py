"""OpenDocument texts, as LibreOffice and Google Docs save them: read as Word documents are."""

from __future__ import annotations

from typing import BinaryIO

from instructerc.formats.format import Format
from instructerc.formats.office.document import DocumentWords, Paragraph, WordTable, as_binary
from instructerc.formats.office.open_document import CONTENT, ParagraphText, check_password, holds_kind, read_count
from instructerc.formats.office.package import Package

_KIND = b"application/vnd.oasis.opendocument.text"
# Comments, notes, what was deleted, lists of contents, and the reading of a Chinese or Japanese word.
_PASSED_OVER = frozenset(
    {"annotation", "note", "tracked-changes", "table-of-content", "hidden-text", "hidden-paragraph", "ruby-text"}
)
_BOX = "text-box"
_MOST_REPEATED = 64


def holds(stream: BinaryIO) -> bool:
    """Returns whether a zip file is an OpenDocument text."""
    return holds_kind(stream, _KIND)


def _read_words(package: Package) -> DocumentWords:
    """Returns what a document holds, without what was deleted.

    Raises:
        InputError: it has a password, lacks its content, or that is damaged.
    """
    check_password(package)
    reader = _Reader()
    package.parse(CONTENT, reader.start, reader.end, reader.characters, "opendocument")
    return reader.words


class _Reader:
    def __init__(self) -> None:
        self.words = DocumentWords()
        self._passed = 0
        self._n_tables = 0
        self._table = WordTable()
        self._row: list[str | None] = []
        self._cell: list[str] | None = None
        self._repeated = 1
        # Cells to come that the one before them reaches over.
        self._n_covered = 0
        self._text = ParagraphText()

    def start(self, tag: str, fields: dict[str, str]) -> None:
        self.words.n_boxes += tag == _BOX and not self._passed
        if self._passed or tag in _PASSED_OVER or tag == _BOX:
            self._passed += 1
        elif tag in ("p", "h"):
            self._text.begin()
        elif self._text.take_sign(tag, fields):
            return
        elif tag == "table":
            self._n_tables += 1
            if self._n_tables == 1:
                self._table = WordTable()
        elif self._n_tables == 1:
            self._start_in_table(tag, fields)

    def _start_in_table(self, tag: str, fields: dict[str, str]) -> None:
        if tag == "table-row":
            self._row, self._n_covered = [], 0
        elif tag == "table-cell":
            self._cell = []
            self._repeated = read_count(fields, "number-columns-repeated", _MOST_REPEATED)
            self._n_covered = read_count(fields, "number-columns-spanned", _MOST_REPEATED) - 1
        elif tag == "covered-table-cell":
            for _ in range(read_count(fields, "number-columns-repeated", _MOST_REPEATED)):
                # What no cell to the left reaches over belongs to the one above.
                self._row.append("" if self._n_covered > 0 else None)
                self._n_covered -= 1

    def end(self, tag: str) -> None:
        if self._passed:
            self._passed -= 1
        elif tag in ("p", "h") and (text := self._text.end()) is not None:
            if self._n_tables == 0:
                self.words.blocks.append(Paragraph(text))
            elif self._cell is not None:
                self._cell.append(text)
        elif tag == "table":
            self._n_tables -= 1
            if self._n_tables == 0 and self._table.rows:
                self.words.blocks.append(self._table)
        elif self._n_tables == 1 and tag == "table-cell" and self._cell is not None:
            self._row += ["\n".join(self._cell).strip()] * self._repeated
            self._cell = None
        elif self._n_tables == 1 and tag == "table-row":
            self._table.rows.append(self._row)

    def characters(self, text: str) -> None:
        if not self._passed:
            self._text.add(text)


FORMATS = (
    Format(
        name="odt",
        title="OpenDocument texts",
        about="OpenDocument texts (`.odt`, LibreOffice, Google Docs), in the layouts of Word documents",
        times="if given",
        file=as_binary(holds, _read_words),
        extensions=(".odt", ".ott"),
    ),
)
