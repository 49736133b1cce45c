"""Records of a delimited text: quoted cells over several lines, recovery after a wrong quote, and rows to turns."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import MAX_LINE, LineSource, OpenText, check_characters
from instructerc.formats.shared.reading import Grouper, Reading

# A record of more lines is a quote that was never closed.
MAX_RECORD_LINES = 10_000
# Lines read again after such quotes; then records must be shorter, or a file of nothing else would take quadratic time.
MAX_LINES_AGAIN = 100_000
SHORT_RECORD_LINES = 20

_NEVER_CLOSED = "a quote is opened in this row and never closed"


class RowCopy(Protocol):
    """Takes a table's own text, all of it and in its order, while it is read."""

    def keep(self, raw: str) -> None:
        """Takes lines that are not a row of the table, or a wrong one."""
        ...

    def begin(self, raw: str, header: Sequence[str], delimiter: str) -> None:
        """Takes the header."""
        ...

    def hold(self) -> None:
        """Is told that the rows of several conversations stand mixed: no answer is known before the last row."""
        ...

    def row(self, raw: str, cells: Sequence[str], turn: Utterance | None, conversation: str) -> None:
        """Takes a row, the turn that it is, or None if it is left out, and the id of its conversation."""
        ...

    def finish(self) -> None:
        """Is told that there are no more rows."""
        ...


class Records:
    """Iterator of `(line, cells)`; continues after a `BadRow`, at the line that follows the wrong row's first.

    Blank lines and rows of empty cells are passed over. With tabs, a quote that does not work as CSV quoting is taken
    as a character of the text, since most tab-separated files are written without quoting; the report says how often.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        delimiter: stands between cells.
        copy: gets the text of the records; of those that were not taken by `take` as it is.
        blanks: whether blanks before a cell, as before its quotes, are no part of it.

    Raises:
        BadRow: wrong quoting, NUL characters, bytes of another encoding, or a line that is too long.
    """

    def __init__(
        self, file: OpenText, reading: Reading, delimiter: str, copy: RowCopy | None = None, blanks: bool = False
    ) -> None:
        # The limit belongs to the whole process: it is only ever raised, for the sake of other users of csv.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
        self._reading = reading
        self.delimiter = delimiter
        self.copy = copy
        self._read: list[tuple[int, str]] = []
        self._feed = _Feed(file.lines)
        self._csv = csv.reader(self._feed, delimiter=delimiter, strict=True, skipinitialspace=blanks)

    def __iter__(self) -> Records:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        while True:
            if self.copy is not None and self._read:
                self.copy.keep(self.take())
            line, cells = self._next_record()
            # The text of the record is asked first, since most records have nothing wrong in any cell.
            text = self._read[0][1] if len(self._read) == 1 else "".join([text for _, text in self._read])
            if not text.isascii() or "\0" in text:
                for cell in cells:
                    check_characters(cell, self._reading.source, line, "the cell")
            # Most rows begin with a letter or digit, which is seen sooner.
            if text[0].isalnum() or "".join(cells).strip():
                return line, cells
            if len(cells) > 1:
                self._reading.repair(line, "{n} row(s) of empty cells: skipped")

    def take(self) -> str:
        """Returns the text of the record that was given last, for the caller to see to."""
        lines, self._read = self._read, []
        return "".join(text for _, text in lines)

    def _next_record(self) -> tuple[int, list[str]]:
        self._feed.taken = self._read = []
        try:
            cells = next(self._csv)
        except csv.Error as error:
            return self._recover(str(error))
        except BadRow as error:
            if self._feed.taken:
                # The line that is too long cut a quoted cell: its own fault is kept for the next call.
                self._feed.pending.append(error)
                return self._recover("")
            raise
        if self.delimiter == "\t" and len(self._feed.taken) > 1 and any("\t" in cell for cell in cells):
            return self._recover("")
        self._read = self._feed.taken
        return self._read[0][0], cells

    def _recover(self, error: str) -> tuple[int, list[str]]:
        (line, text), *rest = self._feed.taken
        self._feed.take_back(rest)
        self._read = [(line, text)]
        if self.delimiter == "\t":
            self._reading.repair(line, "{n} row(s) with quotes that are not CSV quoting: quotes kept as text")
            return line, text.rstrip("\r\n").split("\t")
        inside = "expected after" in error
        raise self._reading.bad(line, 'a quote inside a quoted cell must be doubled ("")' if inside else _NEVER_CLOSED)


def check_width(cells: Sequence[str], header: Sequence[str], reading: Reading, line: int) -> None:
    """Raises `BadRow` unless the row has a cell for each column; empty cells beyond them do no harm."""
    if len(cells) == len(header) or (len(cells) > len(header) and not any(cells[len(header) :])):
        return
    advice = "put cells that hold the delimiter in quotes" if len(cells) > len(header) else "the row may be cut off"
    raise reading.bad(line, f"{len(cells)} cells where the header has {len(header)}; {advice}")


def read_rows(
    records: Records,
    header: Sequence[str],
    reading: Reading,
    read_row: Callable[[int, Sequence[str]], tuple[str, Utterance | None]],
    used: Collection[int],
    mixed: bool = False,
    clean: Callable[[str], str] | None = None,
) -> Iterator[Conversation]:
    """Yields the conversations of the rows below a header, in file order.

    Args:
        records: the file, from there on.
        header: names of the columns.
        reading: the pass that they belong to.
        read_row: gives the conversation's id and the utterance of a row, None of one that is left out; BadRow where it
            cannot.
        used: places of the columns of which nothing is left to keep; see `OwnCells`.
        mixed: whether the rows of several conversations stand among each other.
        clean: gives what a cell says that is kept.

    Raises:
        BadRow: a row that cannot be read, or one of a conversation that has ended.
    """
    grouper = Grouper(reading, mixed)
    own = reading.own
    if own is not None:
        own.begin(header, used, clean)
    if mixed and records.copy is not None:
        records.copy.hold()
    for line, cells in reading.rows(records):
        try:
            check_width(cells, header, reading, line)
            conversation, utterance = read_row(line, cells)
            if utterance is not None:
                yield from grouper.add(line, conversation, utterance, None if own is None else own.keep(cells))
        except BadRow as error:
            reading.skip(error)
        else:
            if records.copy is not None:
                records.copy.row(records.take(), cells, utterance, conversation)
    yield from grouper.flush()
    if records.copy is not None:
        records.copy.finish()


class _Feed:
    """Lines for csv.reader, which remembers those of the present record and can take them back."""

    def __init__(self, lines: LineSource) -> None:
        self._lines = lines
        self._left = iter(lines)
        self.pending: deque[tuple[int, str] | BadRow] = deque()
        self.taken: list[tuple[int, str]] = []
        self._size = 0
        self._n_again = 0

    def __iter__(self) -> _Feed:
        return self

    def take_back(self, lines: list[tuple[int, str]]) -> None:
        """Puts lines before those that are still to come."""
        self.pending.extendleft(reversed(lines))
        self._n_again += len(lines)

    def __next__(self) -> str:
        item: tuple[int, str] | BadRow
        if self.pending:
            item = self.pending.popleft()
            if isinstance(item, BadRow):
                raise item
        else:
            try:
                line = next(self._left)
            except BadRow:
                # It ends at an error, and another one goes on behind it.
                self._left = iter(self._lines)
                raise
            item = (self._lines.number, line)
        self.taken.append(item)
        if len(self.taken) == 1:
            self._size = len(item[1])
            return item[1]
        self._size += len(item[1])
        limit = MAX_RECORD_LINES if self._n_again < MAX_LINES_AGAIN else SHORT_RECORD_LINES
        if len(self.taken) > limit or self._size > MAX_LINE:
            raise csv.Error(_NEVER_CLOSED)
        return item[1]
