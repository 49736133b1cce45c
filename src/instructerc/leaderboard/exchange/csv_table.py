"""CSV with a column for each field of an entry: the form in which the leaderboard is kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from instructerc.errors import InputError
from instructerc.leaderboard.board import Board
from instructerc.leaderboard.entry import COLUMNS, REQUIRED, Entry, read_entry, write_record


def write_csv(board: Board) -> str:
    """Returns all entries of a board, replaced ones too."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(write_record, board.history))
    return stream.getvalue()


def is_csv(text: str) -> bool:
    """Returns whether a text begins as such a table; its columns may stand in any order."""
    header = text.partition("\n")[0].strip()
    return header.startswith("id,") or set(REQUIRED) <= set(header.split(","))


def read_csv(text: str, source: str) -> list[Entry]:
    """Returns the entries of a text.

    Raises:
        InputError: no such table, or a row that is not an entry, with its line.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    entries = []
    try:
        header: Sequence[str] = rows.fieldnames or ()
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            raise InputError(f"{source}:1: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
        for row in rows:
            place = f"{source}:{rows.line_num}"
            if None in row or None in row.values():
                raise InputError(f"{place}: expected {len(header)} cells, as the first line has")
            entries.append(read_entry(row, place))
    except csv.Error as error:
        raise InputError(f"{source}:{rows.line_num}: not CSV: {error}") from error
    return entries
