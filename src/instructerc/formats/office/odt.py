"""OpenDocument texts, as LibreOffice and Google Docs save them: read as Word documents are."""

from __future__ import annotations

import re
from typing import BinaryIO
from zipfile import ZipFile

from instructerc.errors import InputError
from instructerc.formats.format import Format
from instructerc.formats.office.document import DocumentWords, Paragraph, WordTable, as_binary
from instructerc.formats.office.package import ZIP_FAULTS, Package

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_KIND = b"application/vnd.oasis.opendocument.text"
# Comments, notes, what was deleted, lists of contents, and the reading of a Chinese or Japanese word.
_PASSED_OVER = frozenset(
    {"annotation", "note", "tracked-changes", "table-of-content", "hidden-text", "hidden-paragraph", "ruby-text"}
)
_BOX = "text-box"
_SIGNS = {"tab": "\t", "line-break": "\n"}
_WHITE = re.compile(r"[ \t\r\n]+")
_MOST_REPEATED = 64


def holds(stream: BinaryIO) -> bool:
    """Returns whether a zip file is an OpenDocument text."""
    try:
        with ZipFile(stream) as archive, archive.open("mimetype") as kind:
            return kind.read(len(_KIND)) == _KIND and _CONTENT in archive.namelist()
    except (*ZIP_FAULTS, KeyError):
        return False


def _read_words(package: Package) -> DocumentWords:
    """Returns what a document holds, without what was deleted.

    Raises:
        InputError: it has a password, lacks its content, or that is damaged.
    """
    locked: list[str] = []
    if _MANIFEST in package.names:
        package.parse(_MANIFEST, lambda tag, _: locked.append(tag) if tag == "encryption-data" else None)
    if locked:
        raise InputError(f"{package.source}: is a document with a password; save it without one")
    reader = _Reader()
    package.parse(_CONTENT, reader.start, reader.end, reader.characters, "opendocument")
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
        self._text: list[str] | None = None

    def start(self, tag: str, fields: dict[str, str]) -> None:
        self.words.n_boxes += tag == _BOX and not self._passed
        if self._passed or tag in _PASSED_OVER or tag == _BOX:
            self._passed += 1
        elif tag in ("p", "h"):
            self._text = []
        elif tag == "s" and self._text is not None:
            self._text.append(" " * _number(fields, "c"))
        elif tag in _SIGNS and self._text is not None:
            self._text.append(_SIGNS[tag])
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
            self._repeated = _number(fields, "number-columns-repeated")
            self._n_covered = _number(fields, "number-columns-spanned") - 1
        elif tag == "covered-table-cell":
            for _ in range(_number(fields, "number-columns-repeated")):
                # What no cell to the left reaches over belongs to the one above.
                self._row.append("" if self._n_covered > 0 else None)
                self._n_covered -= 1

    def end(self, tag: str) -> None:
        if self._passed:
            self._passed -= 1
        elif tag in ("p", "h") and self._text is not None:
            text, self._text = "".join(self._text), None
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
        if self._text is None or self._passed:
            return
        # White space of the file stands for one blank, and for none at a paragraph's beginning.
        words = _WHITE.sub(" ", text)
        is_first = not self._text or self._text[-1][-1:] in (" ", "\n")
        self._text.append(words.lstrip(" ") if is_first else words)


def _number(fields: dict[str, str], name: str) -> int:
    given = fields.get(name, "1")
    return min(int(given[:9]), _MOST_REPEATED) if given.isdecimal() else 1


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
