"""The words of a Word document: its paragraphs and tables in their order, as a reader of it sees them."""

from __future__ import annotations

from instructerc.formats.office.document import DocumentWords, Paragraph, WordTable
from instructerc.formats.office.package import Package

_DOCUMENT = "word/document.xml"
# What is moved away, what stands in for a shape in old programs, and the reading of a Chinese or Japanese word.
_PASSED_OVER = frozenset({"moveFrom", "del", "rt", "txbxContent", ":Fallback"})
_SIGNS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}
_MOST_SPANNED = 64


def read_words(package: Package) -> DocumentWords:
    """Returns what a document holds, as it is with all of its changes accepted; hidden words are left out.

    Raises:
        InputError: it lacks its main part, or that is damaged.
    """
    reader = _Reader()
    package.parse(package.main_part(_DOCUMENT), reader.start, reader.end, reader.characters, "wordprocessingml")
    return reader.words


class _Reader:
    def __init__(self) -> None:
        self.words = DocumentWords()
        self._passed = 0
        self._properties = 0
        self._row_properties = 0
        self._run_properties = 0
        self._in_text = self._is_hidden = False
        # Of each open table: its rows, and the cells of the row that is open.
        self._n_tables = 0
        self._table = WordTable()
        self._row: list[str | None] = []
        self._row_is_deleted = False
        self._cell: list[str] | None = None
        self._spanned, self._goes_on = 1, False
        self._text: list[str] | None = None

    def start(self, tag: str, fields: dict[str, str]) -> None:
        if tag == "del" and self._row_properties:
            self._row_is_deleted = True
        self.words.n_boxes += tag == "txbxContent" and not self._passed
        if self._passed or tag in _PASSED_OVER:
            self._passed += 1
            return
        if tag == "p":
            self._text = []
        elif tag == "pPr":
            self._properties += 1
        elif tag == "trPr":
            self._row_properties += 1
        elif tag == "rPr":
            self._run_properties += 1
        elif tag == "r":
            self._is_hidden = False
        elif tag == "vanish" and self._run_properties and not self._properties:
            self._is_hidden = fields.get("val", "1") not in ("0", "false", "off")
        elif tag == "t":
            self._in_text = not self._is_hidden
        elif tag in _SIGNS and self._text is not None and not self._properties:
            self._text.append(_SIGNS[tag])
        elif tag == "altChunk":
            self.words.is_embedded = True
        else:
            self._start_table(tag, fields)

    def _start_table(self, tag: str, fields: dict[str, str]) -> None:
        if tag == "tbl":
            self._n_tables += 1
            if self._n_tables == 1:
                self._table = WordTable()
        elif self._n_tables != 1:
            # A table in a cell is what that cell says.
            return
        elif tag == "tr":
            self._row, self._row_is_deleted = [], False
        elif tag == "tc":
            self._cell, self._spanned, self._goes_on = [], 1, False
        elif tag == "gridSpan" and fields.get("val", "").isdecimal():
            self._spanned = min(int(fields["val"][:9]), _MOST_SPANNED)
        elif tag == "vMerge":
            self._goes_on = fields.get("val", "continue") == "continue"

    def end(self, tag: str) -> None:
        if self._passed:
            self._passed -= 1
        elif tag == "t":
            self._in_text = False
        elif tag == "pPr":
            self._properties -= 1
        elif tag == "trPr":
            self._row_properties -= 1
        elif tag == "rPr":
            self._run_properties -= 1
        elif tag == "p" and self._text is not None:
            text, self._text = "".join(self._text), None
            if self._n_tables == 0:
                self.words.blocks.append(Paragraph(text))
            elif self._cell is not None:
                self._cell.append(text)
        else:
            self._end_table(tag)

    def _end_table(self, tag: str) -> None:
        if tag == "tbl":
            self._n_tables -= 1
            if self._n_tables == 0 and self._table.rows:
                self.words.blocks.append(self._table)
        elif self._n_tables != 1:
            return
        elif tag == "tc" and self._cell is not None:
            self._row.append(None if self._goes_on else "\n".join(self._cell).strip())
            self._row += [""] * (self._spanned - 1)
            self._cell = None
        elif tag == "tr" and not self._row_is_deleted:
            self._table.rows.append(self._row)

    def characters(self, text: str) -> None:
        if self._in_text and not self._passed and self._text is not None:
            self._text.append(text)
