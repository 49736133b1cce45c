"""A corpus's own files, each read whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText, check_characters, open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading, run_reader

_HEAD_BYTES = 4096


def load_file(
    path: Path, advice: str, read: Callable[[OpenText, Reading], Iterator[Conversation]], report: ReadReport | None
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
        reading = Reading(text.source, text.stem, options, report)
        return list(run_reader(read(text, reading), reading))


def load_document(path: Path, advice: str) -> Any:
    """Returns what a JSON file holds.

    Raises:
        InputError: no such file, or no JSON.
    """
    check_file(path, advice)
    options = ReadOptions()
    with open_text(path, options) as text:
        return read_json_document(text)


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


def find_pickle(directory: Path, name: str, mark: str | None) -> Path:
    """Returns the pickle of a name in any case, else the only one that begins with a mark; else the name itself.

    Args:
        directory: of the pickle.
        name: as its owner calls it, such as `emorynlp.pkl`.
        mark: a pattern that its first bytes have; None where they tell nothing.
    """
    path = directory / name
    if path.is_file() or not directory.is_dir():
        return path
    pickles = sorted(other for other in directory.iterdir() if other.suffix.lower() == ".pkl" and other.is_file())
    named = [other for other in pickles if other.name.lower() == name.lower()]
    if not named and mark is not None:
        named = [other for other in pickles if re.search(mark, read_head(other))]
    return named[0] if len(named) == 1 else path


def read_head(path: Path) -> str:
    """Returns the first 4 kB of a file as text; `""` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def check_file(path: Path, advice: str) -> None:
    """Raises `InputError`, with what to do, where there is no such file."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; {advice}")
