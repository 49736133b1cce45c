"""A corpus's own files: one of them read whole, and tables whose columns have the names that the owner gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.decoding import check_characters, open_text
from instructerc.corpora.json_document import read_json_document
from instructerc.corpora.options import ReadOptions, ReadReport
from instructerc.corpora.reading import Reading, run_reader
from instructerc.corpora.records import Records, RowCopy, check_width, read_rows
from instructerc.corpora.table import read_header
from instructerc.errors import BadRow, InputError

Row = Mapping[str, str]


def load_file(
    path: Path, advice: str, read: Callable[[Reading], Iterator[Conversation]], report: ReadReport | None
) -> list[Conversation]:
    """Returns what a reader finds in a file.

    Args:
        path: the file.
        advice: what to do where it is missing.
        read: the reader.
        report: gets notes on repairs; they are logged where None.

    Raises:
        InputError: no such file, or nothing in it.
    """
    check_file(path, advice)
    options = ReadOptions()
    with open_text(path, options) as text:
        reading = Reading(text, options, report)
        return list(run_reader(read(reading), reading))


def load_document(path: Path, advice: str) -> Any:
    """Returns what a JSON file holds.

    Raises:
        InputError: no such file, or no JSON.
    """
    check_file(path, advice)
    options = ReadOptions()
    with open_text(path, options) as text:
        return read_json_document(Reading(text, options))


def load_lines(path: Path, advice: str) -> list[str]:
    """Returns the lines of a file, without their ends.

    Raises:
        InputError: no such file, or an empty one.
        BadRow: NUL characters or bytes of another encoding.
    """
    check_file(path, advice)
    lines = []
    with open_text(path, ReadOptions()) as text:
        for line in text.lines:
            check_characters(line, text.source, text.lines.number)
            lines.append(line.rstrip("\r\n"))
    return lines


def find_file(directory: Path, *names: str) -> Path:
    """Returns the first of the names under which there is a file, else the first."""
    paths = [directory / name for name in names]
    return next((path for path in paths if path.is_file()), paths[0])


def check_file(path: Path, advice: str) -> None:
    """Raises `InputError`, with what to do, where there is no such file."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; {advice}")


def read_named_columns(
    reading: Reading,
    corpus: str,
    needed: Sequence[str],
    optional: Sequence[str],
    read_row: Callable[[int, Row], tuple[str, Utterance]],
    copy: RowCopy | None = None,
) -> Iterator[Conversation]:
    """Yields the conversations of a CSV file in file order.

    Args:
        reading: the opened file.
        corpus: what the file is said not to be where columns are missing, such as `a MELD file`.
        needed: columns that must be there.
        optional: columns that may be.
        read_row: gives the conversation's id and the utterance of a row; BadRow where it cannot.
        copy: gets the text of every row as it is read.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row that cannot be read.
    """
    records = Records(reading, ",", copy)
    header = [name.strip() for name in read_header(records, reading)]
    _check_header(reading, corpus, needed, header)
    columns = {name: header.index(name) for name in (*needed, *optional) if name in header}

    def read_cells(line: int, cells: Sequence[str]) -> tuple[str, Utterance]:
        return read_row(line, {name: cells[index] for name, index in columns.items()})

    return read_rows(records, header, reading, read_cells)


def read_unquoted_rows(
    reading: Reading, corpus: str, delimiter: str, needed: Sequence[str]
) -> Iterator[tuple[int, Row]]:
    """Yields line and cells of a table whose every line is a row: quotes in it are characters of the text.

    Cells beyond those of the header are left out, and so are blank lines.

    Args:
        reading: the opened file.
        corpus: what the file is said not to be where columns are missing.
        delimiter: stands between cells, and in none of them.
        needed: columns that must be there.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row with fewer cells than the header.
    """
    lines = reading.text.lines
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
            check_characters(text, reading.text.source, line)
            check_width(cells[: len(header)], header, reading, line)
        except BadRow as error:
            reading.skip(error)
        else:
            yield line, {name: cells[header.index(name)] for name in needed}


def _check_header(reading: Reading, corpus: str, needed: Sequence[str], header: Sequence[str]) -> None:
    missing = [name for name in needed if name not in header]
    if missing:
        raise InputError(
            f"{reading.text.source}: is not {corpus}: no column {', '.join(missing)}; the header has: "
            + ", ".join(header)[:400]
        )
