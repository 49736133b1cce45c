"""CSV and TSV with a whole dialogue in a cell of each row, such as DialogSum, SAMSum or calls with a transcript."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.dialogues.cells import DialogueColumn, find_column, read_row
from instructerc.formats.dialogues.rows import is_dialogue_text
from instructerc.formats.shared.columns import show_names
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.table.layout import find_delimiter, header_lines, titled_header
from instructerc.formats.table.reader import peek_header, read_header
from instructerc.formats.table.records import Records, check_width

_ROWS_LOOKED_AT = 30
_CHARACTERS_LOOKED_AT = 2 << 20
_LONGEST_NAME = 60
_SHARE = 0.8


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a table with a column whose cells are dialogues for sure, else 0."""
    if file.peek.begins_like_json or not file.peek.lines:
        return 0.0
    header = peek_header(file, options)
    if not all(len(name) <= _LONGEST_NAME and (not name or any(map(str.isalpha, name))) for name in header):
        return 0.0
    if len(header) == 1 and not (options.text_column or is_dialogue_text(header[0])):
        # The first line of a text, and no header.
        return 0.0
    return float(_find(file, header, options, asked=False) is not None)


def _find(file: OpenText, header: Sequence[str], options: ReadOptions, *, asked: bool) -> DialogueColumn | None:
    delimiter = find_delimiter(file, options)
    rows = _first_rows((f"{line}\n" for line in header_lines(file, options)), delimiter)
    if not file.peek.whole and len(rows) < _ROWS_LOOKED_AT:
        # The last one may be cut off, and may be all that the head has.
        rows = rows[:-1] if len(rows) > 2 else _first_rows(_lines_ahead(file), delimiter)
    # Below a line that says the delimiter, the header is not the first row ahead.
    rows = [row for row in rows if row != list(header)]
    if sum(len(row) == len(header) for row in rows) < _SHARE * len(rows):
        return None
    return find_column(header, rows, options, asked=asked)


def _first_rows(lines: Iterator[str], delimiter: str) -> list[list[str]]:
    """Returns the cells of the first rows below the header, up to one that is wrong."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(islice(csv.reader(lines, delimiter=delimiter), 1, 1 + _ROWS_LOOKED_AT))
    return rows


def _lines_ahead(file: OpenText) -> Iterator[str]:
    """Yields the lines of a table whose rows are long, which are left to be read."""
    size = 0
    for line in file.lines.ahead():
        size += len(line)
        if size > _CHARACTERS_LOOKED_AT:
            return
        yield line


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per row, named after its id or the number of the row.

    Raises:
        InputError: no column whose cells are dialogues.
        BadRow: a row of another width, or whose cell is no dialogue.
    """
    delimiter = find_delimiter(file, reading.options)
    column = _find(file, peek_header(file, reading.options), reading.options, asked=True)
    records = Records(file, reading, delimiter)
    header = [name.strip() for name in read_header(records, reading, titled_header(file, reading.options, delimiter))]
    if column is None:
        raise InputError(
            f"{reading.source}: no column has dialogues in its cells, such as lines 'Name: text'; name it with "
            f"--text-column, or leave out --input-format. The header has: {show_names(header)}"
        )
    names: set[str] = set()
    for number, (line, cells) in enumerate(reading.rows(records), 1):
        try:
            check_width(cells, header, reading, line)
            row = dict(zip(header, cells, strict=False))
            # Of two columns with one name the first is meant.
            row[column.name] = cells[column.place]
            talk = read_row(row, column, line, f"{reading.stem}/{number}", names, reading)
        except BadRow as error:
            reading.skip(error)
        else:
            if talk is not None:
                yield talk
