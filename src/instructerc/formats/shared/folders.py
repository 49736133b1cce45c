"""Sources that are folders: their files are read one after the other as if they were one source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from instructerc.errors import BadRow, InputError
from instructerc.formats.shared.lines import OpenText, Source, open_text
from instructerc.formats.shared.reading import Reading

T = TypeVar("T")


def find_folder(source: Source) -> Path | None:
    """Returns the folder that a source names; None for files, streams and standard input."""
    if not isinstance(source, str | Path) or str(source) == "-":
        return None
    try:
        return Path(source) if Path(source).is_dir() else None
    except (OSError, ValueError):  # what cannot be a path is reported when it is opened
        return None


def list_entries(folder: Path) -> list[Path]:
    """Returns all that stands in a folder, links too, by name.

    Raises:
        InputError: the folder cannot be listed.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed as a folder: {error.strerror or error}") from error


def list_folder(folder: Path, reading: Reading) -> list[Path]:
    """Returns what stands in a folder, by name; links are left out and counted, since they could lead anywhere.

    Raises:
        InputError: the folder cannot be listed.
    """
    found = []
    for entry in list_entries(folder):
        if entry.is_symlink():
            reading.repair(entry.name, "{n} link(s) in the folder: not followed")
        else:
            found.append(entry)
    return found


def find_parts(
    folder: Path, reading: Reading, is_part: Callable[[Path], bool], deepest: int
) -> Iterator[tuple[Path, list[Path]]]:
    """Yields each folder that has parts of a chat, by name, and these; below such a folder nothing is looked for.

    Args:
        folder: where to begin.
        reading: the pass that it belongs to.
        is_part: whether a file or folder is one.
        deepest: how many folders below one another are looked into.

    Raises:
        InputError: a folder that cannot be listed.
    """
    entries = list_folder(folder, reading)
    parts = [entry for entry in entries if is_part(entry)]
    if parts:
        yield folder, parts
        return
    for entry in entries:
        if deepest and entry.is_dir():
            yield from find_parts(entry, reading, is_part, deepest - 1)


def read_file(path: Path, reading: Reading, read: Callable[[OpenText, Reading], list[T]]) -> list[T]:
    """Returns what a file of the folder gives; its counts stay those of the folder.

    Raises:
        BadRow: a row of it, or the file as a whole, cannot be read; nothing is returned where that is skipped.
    """
    try:
        with open_text(path, reading.options) as file, reading.within(file.source, file.stem):
            return read(file, reading)
    except BadRow:
        raise
    except InputError as error:
        # One broken file among many is to a folder what a wrong row is to a file.
        reading.skip(BadRow(str(path), 1, str(error).removeprefix(f"{path}: ")))
        return []
