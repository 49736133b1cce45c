"""The file of entries: read whole, and only ever added to."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import fields
from importlib import resources
from pathlib import Path

from instructerc.errors import InputError
from instructerc.leaderboard.board import Board, check_references
from instructerc.leaderboard.catalogue import load_catalogue
from instructerc.leaderboard.entry import COLUMNS, Entry, write_record
from instructerc.leaderboard.exchange.csv_table import read_csv
from instructerc.leaderboard.exchange.registry import read_entries

SHIPPED = "data/results.csv"


def load_board(path: Path | None = None) -> Board:
    """Returns the shipped board, or that of a file in any format that can be read back.

    Raises:
        InputError: it cannot be read, or contradicts itself.
    """
    if path is None:
        raw = (resources.files("instructerc.leaderboard") / SHIPPED).read_text(encoding="utf-8")
        entries = read_csv(raw, SHIPPED)
    else:
        entries = read_entries(path)
    check_references(entries, load_catalogue(), str(path or SHIPPED))
    return Board(tuple(entries))


def append_entries(path: Path, new: Sequence[Entry]) -> None:
    """Adds entries to the end of a CSV file, which it makes where there is none; no byte before them changes.

    Raises:
        InputError: the file is none of ours or has no column for what an entry says, or an entry contradicts what is
            in it.
    """
    text = _text(path) if path.exists() else ""
    old = read_csv(text, str(path)) if text.strip() else []
    check_references([*old, *new], load_catalogue(), str(path))
    latest = max((entry.added for entry in old), default=None)
    for entry in new:
        if latest is not None and entry.added < latest:
            raise InputError(
                f"{path}: {entry.id}: added {entry.added} is before the last row's {latest}; rows stand in order"
            )
    addition = _rows(new, _header(text, new, str(path)), text)
    # What is only ever added to must be readable again.
    if read_csv(text + addition, str(path)) != [*old, *new]:
        raise InputError(f"{path}: the new rows would not be read back as they are; nothing was written")
    try:
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(addition)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _header(text: str, new: Sequence[Entry], source: str) -> Sequence[str]:
    """Returns the columns of a file in its own order, those of an entry for a new one."""
    if not text.strip():
        return COLUMNS
    header = next(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    absent = {field.name: field.default for field in fields(Entry) if field.name not in header}
    said = [name for name, default in absent.items() if any(getattr(entry, name) != default for entry in new)]
    if said:
        raise InputError(
            f"{source}: has no column for {', '.join(said)}, which the new rows say; "
            "`leaderboard export --board FILE --to csv` writes a file with all columns"
        )
    return header


def _rows(new: Sequence[Entry], header: Sequence[str], text: str) -> str:
    """Returns the lines to add behind a file's text."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, header, extrasaction="ignore", lineterminator="\n")
    if not text.strip():
        writer.writeheader()
    elif not text.endswith("\n"):
        stream.write("\n")
    writer.writerows(map(write_record, new))
    return stream.getvalue()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error
