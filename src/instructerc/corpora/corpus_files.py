"""A corpus's own files: one of them read whole, and tables whose columns have the names that the owner gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.decoding import open_text
from instructerc.corpora.options import ReadOptions, ReadReport
from instructerc.corpora.reading import Grouper, Reading, run_reader
from instructerc.corpora.records import Records, check_width
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
    if not path.is_file():
        raise InputError(f"{path}: no such file; {advice}")
    options = ReadOptions()
    with open_text(path, options) as text:
        reading = Reading(text, options, report)
        return list(run_reader(read(reading), reading))


def read_named_columns(
    reading: Reading,
    corpus: str,
    needed: Sequence[str],
    optional: Sequence[str],
    read_row: Callable[[int, Row], tuple[str, Utterance]],
) -> Iterator[Conversation]:
    """Yields the conversations of a CSV file in file order.

    Args:
        reading: the opened file.
        corpus: what the file is said not to be where columns are missing, such as `a MELD file`.
        needed: columns that must be there.
        optional: columns that may be.
        read_row: gives the conversation's id and the utterance of a row; BadRow where it cannot.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row that cannot be read.
    """
    records = Records(reading, ",")
    header = [name.strip() for name in read_header(records, reading)]
    missing = [name for name in needed if name not in header]
    if missing:
        raise InputError(
            f"{reading.text.source}: is not {corpus}: no column {', '.join(missing)}; the header has: "
            + ", ".join(header)[:400]
        )
    columns = {name: header.index(name) for name in (*needed, *optional) if name in header}
    grouper = Grouper(reading)
    for line, cells in reading.rows(records):
        try:
            check_width(cells, header, reading, line)
            conversation, utterance = read_row(line, {name: cells[index] for name, index in columns.items()})
            yield from grouper.add(line, conversation, utterance)
        except BadRow as error:
            reading.skip(error)
    yield from grouper.flush()
