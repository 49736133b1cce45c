"""Tables whose columns have the names that a corpus's owner gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.reading import Reading
from instructerc.formats.table.reader import read_header
from instructerc.formats.table.records import Records, RowCopy, check_width, read_rows

Row = Mapping[str, str]


def read_named_columns(
    file: OpenText,
    reading: Reading,
    corpus: str,
    needed: Sequence[str],
    optional: Sequence[str],
    read_row: Callable[[int, Row], tuple[str, Utterance]],
    used: Sequence[str] = (),
    copy: RowCopy | None = None,
) -> Iterator[Conversation]:
    """Yields the conversations of a CSV file in file order.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        corpus: what the file is said not to be where columns are missing, such as `a MELD file`.
        needed: columns that must be there.
        optional: columns that may be.
        read_row: gives the conversation's id and the utterance of a row; BadRow where it cannot.
        used: those of the needed ones of which nothing is left to keep; see `OwnCells`.
        copy: gets the text of every row as it is read.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row that cannot be read.
    """
    records = Records(file, reading, ",", copy)
    header = [name.strip() for name in read_header(records, reading)]
    _check_header(reading, corpus, needed, header)
    columns = {name: header.index(name) for name in (*needed, *optional) if name in header}

    def read_cells(line: int, cells: Sequence[str]) -> tuple[str, Utterance]:
        return read_row(line, {name: cells[index] for name, index in columns.items()})

    return read_rows(records, header, reading, read_cells, {columns[name] for name in used})


def read_unquoted_rows(
    file: OpenText, reading: Reading, corpus: str, delimiter: str, needed: Sequence[str]
) -> Iterator[tuple[int, Row]]:
    """Yields line and cells of a table whose every line is a row: quotes in it are characters of the text.

    Cells beyond those of the header are left out, and so are blank lines.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        corpus: what the file is said not to be where columns are missing.
        delimiter: stands between cells, and in none of them.
        needed: columns that must be there.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row with fewer cells than the header.
    """
    lines = file.lines
    header: list[str] = []
    for text in reading.rows(lines):
        line = lines.number
        if not text.strip():
            continue
        cells = text.rstrip("\r\n").split(delimiter)
        if not header:
            header = [name.strip() for name in cells]
            _check_header(reading, corpus, needed, header)
            continue
        try:
            check_characters(text, reading.source, line)
            check_width(cells[: len(header)], header, reading, line)
        except BadRow as error:
            reading.skip(error)
        else:
            yield line, {name: cells[header.index(name)] for name in needed}


def _check_header(reading: Reading, corpus: str, needed: Sequence[str], header: Sequence[str]) -> None:
    missing = [name for name in needed if name not in header]
    if missing:
        raise InputError(
            f"{reading.source}: is not {corpus}: no column {', '.join(missing)}; the header has: "
            + ", ".join(header)[:400]
        )
