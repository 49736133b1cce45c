"""How a table is laid out, found before it is read: its delimiter, its header, and what its columns hold."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise

from instructerc.errors import InputError
from instructerc.formats.shared.columns import MAYBE_START, count_roles, fold_name
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import come_again, parse_time
from instructerc.formats.shared.times.moments import epoch_moment, parse_moment

_DELIMITERS = (",", ";", "\t", "|")
# With it, spreadsheets say what stands between the cells.
_SEPARATOR = re.compile(r'\s*"?sep=([^\s"]|\t)"?[\s;,]*', re.IGNORECASE)
_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?")
_TWO_NUMBERS = re.compile(r"\d{1,2}:\d{2}")
# Times rise, but for a new conversation or day; how long something took does not.
_RISING_SHARE = 0.8


def says_separator(line: str) -> str | None:
    """Returns what a first line such as `sep=;` says; None of another line."""
    found = _SEPARATOR.fullmatch(line.rstrip("\r\n"))
    return found[1] if found is not None else None


def header_lines(file: OpenText) -> list[str]:
    """Returns the lines of the file's beginning that are not blank, from the header on."""
    lines = file.peek.lines
    return lines[1:] if lines and says_separator(lines[0]) is not None else lines


def find_delimiter(file: OpenText, options: ReadOptions) -> str:
    """Returns the one that the first line says, the tab of a .tsv, or the one under which the header has most roles."""
    said = says_separator(file.peek.lines[0]) if file.peek.lines else None
    if said is not None:
        return said
    if file.extension in {".tsv", ".tab"}:
        return "\t"
    line = next(iter(header_lines(file)), "")

    def merit(delimiter: str) -> tuple[int, int]:
        header = split_header(line, delimiter)
        return count_roles(header, options), len(header)

    return max(_DELIMITERS, key=merit)


def split_header(line: str, delimiter: str) -> list[str]:
    """Returns the cells of a line, whatever its quoting."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [""]) or [""]
    except csv.Error:
        return line.split(delimiter)


def peek_cells(file: OpenText, delimiter: str) -> list[list[str]]:
    """Returns the cells of the rows below the header in the file's beginning, up to one that is wrong."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(csv.reader(_with_ends(header_lines(file)[1:]), delimiter=delimiter))
    return rows


def _with_ends(lines: Sequence[str]) -> Iterator[str]:
    return (f"{line}\n" for line in lines)


def stands_mixed(rows: Sequence[Sequence[str]], place: int | None) -> bool:
    """Returns whether the conversations of a column come again after others."""
    return place is not None and come_again(row[place].strip() for row in rows if len(row) > place)


def holds_times(rows: Sequence[Sequence[str]], place: int | None, day_first: bool) -> bool:
    """Returns whether a column has a time, or no cells; those of one that has are told apart one by one."""
    cells = [] if place is None else [row[place] for row in rows if len(row) > place and row[place].strip()]
    return not cells or any(reads(partial(read_start, cell, day_first)) for cell in cells)


def find_start(header: Sequence[str], rows: Sequence[Sequence[str]], day_first: bool) -> tuple[int, ...]:
    """Returns the one column with a name such as `time` or `date` of which all cells are dates or seconds.

    Two columns, one of days and one of times of the day, are the start together; where it is not clear, none is.
    """
    cells = {
        place: [row[place].strip() for row in rows if len(row) > place and row[place].strip()]
        for place, name in enumerate(header)
        if fold_name(name) in MAYBE_START
    }
    cells = {place: column for place, column in cells.items() if column}
    found = [place for place, column in cells.items() if _are_times(column, day_first)]
    days = [place for place, column in cells.items() if all(map(_DAY.fullmatch, column))]
    clocks = [place for place, column in cells.items() if all(map(_CLOCK.fullmatch, column))]
    if len(days) == 1 and len(clocks) == 1 and set(found) <= set(clocks):
        return days[0], clocks[0]
    return (found[0],) if len(found) == 1 else ()


def _are_times(cells: Sequence[str], day_first: bool) -> bool:
    if not all(reads(partial(read_start, cell, day_first)) for cell in cells):
        return False
    return not any(map(_TWO_NUMBERS.fullmatch, cells)) or _rise([parse_time("time", cell) or 0.0 for cell in cells])


def _rise(times: Sequence[float]) -> bool:
    return sum(one <= other for one, other in pairwise(times)) >= _RISING_SHARE * (len(times) - 1)


def reads(read: Callable[[], object]) -> bool:
    """Returns whether something can be read."""
    try:
        return read() is not None
    except InputError:
        return False


def read_start(cell: str, day_first: bool) -> float | None:
    """Returns seconds, or seconds since 1970 of a date or of digits that count them.

    Raises:
        InputError: a cell that is none of these.
    """
    for moment in (epoch_moment(cell), parse_moment(cell, day_first)):
        if moment is not None:
            return moment
    return parse_time("start", cell)
