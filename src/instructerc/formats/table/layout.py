"""How a table is laid out, found before it is read: its delimiter, its header, and what its columns hold."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise

from instructerc.errors import InputError
from instructerc.formats.shared.columns import KNOWN_NAMES, MAYBE_START, count_roles, fold_name
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import come_again, parse_time
from instructerc.formats.shared.times.moments import epoch_moment, parse_moment

_DELIMITERS = (",", ";", "\t", "|")
_NO_OPTIONS = ReadOptions()
# Of titles, the day of an export and so on.
_MOST_ABOVE = 20
_LONGEST_HEADER = 2000
_LONGEST_NAME = 40
_LINES_LOOKED_AT = 200
# With it, spreadsheets say what stands between the cells.
_SEPARATOR = re.compile(r'\s*"?sep=([^\s"]|\t)"?[\s;,]*', re.IGNORECASE)
_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_NUMBERS_OF_TURNS = frozenset(
    {
        *("turn", "turnid", "turnnumber", "turnindex", "turnno", "utteranceid", "uttid", "uttidx", "utteranceindex"),
        *("utterancenumber", "position", "seq", "sequence", "sequencenumber", "order"),
    }
)
_TWO_NUMBERS = re.compile(r"\d{1,2}:\d{2}")
_SPAN = re.compile(
    r"((?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d+)?|\d+[.,]\d+)\s*(?:-{1,2}>|[-–—]|to|bis|→)\s*"
    r"((?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d+)?|\d+[.,]\d+)"
)
_LIKE_TIME = re.compile(r"\d+[:;.]\d+[:;]\d+|\d+(?:[.,]\d+)?\s?(?:ms|m|min|h)\b")
# Times rise, but for a new conversation or day; how long something took does not.
_RISING_SHARE = 0.8


def says_separator(line: str) -> str | None:
    """Returns what a first line such as `sep=;` says; None of another line."""
    found = _SEPARATOR.fullmatch(line.rstrip("\r\n"))
    return found[1] if found is not None else None


def header_lines(file: OpenText, options: ReadOptions = _NO_OPTIONS) -> list[str]:
    """Returns the lines of the file's beginning that are not blank, from the header on."""
    lines = file.peek.lines
    if lines and says_separator(lines[0]) is not None:
        return lines[1:]
    return lines[_n_above(lines, options) :]


def titled_header(file: OpenText, options: ReadOptions, delimiter: str) -> list[str] | None:
    """Returns the cells of a header that has other rows above it, such as a title; None of a header in the first row.

    It is one if most of the columns that it names are known, and the rows above have fewer cells.
    """
    lines = file.peek.lines
    place = 0 if not lines or says_separator(lines[0]) is not None else _n_above(lines, options)
    return split_header(lines[place], delimiter) if place else None


def _n_above(lines: Sequence[str], options: ReadOptions) -> int:
    """Returns how many lines stand above the header."""
    if not lines or len(lines) < 3 or _heads(lines[0], options) is not None:
        return 0
    for place, line in enumerate(lines[1 : 1 + _MOST_ABOVE], 1):
        delimiter = _heads(line, options)
        if delimiter is None:
            continue
        width = _n_filled(line, delimiter)
        is_wider = all(_n_filled(above, delimiter) < width for above in lines[:place])
        return place if is_wider and len(lines) > place + 1 and _n_filled(lines[place + 1], delimiter) > 1 else 0
    return 0


def _heads(line: str, options: ReadOptions) -> str | None:
    """Returns the delimiter of a line that names the words and another column; None of another line."""
    folded = fold_name(line[:_LONGEST_HEADER])
    names = KNOWN_NAMES["text"] | {fold_name(options.text_column or "")} - {""}
    if not any(name in folded for name in names):
        return None
    for delimiter in _DELIMITERS:
        header = split_header(line, delimiter)
        is_short = all(len(name) <= _LONGEST_NAME for name in header)
        if is_short and count_roles(header, options) > 1 and not names.isdisjoint(map(fold_name, header)):
            return delimiter
    return None


def _n_filled(line: str, delimiter: str) -> int:
    return sum(bool(cell.strip()) for cell in split_header(line, delimiter))


def find_delimiter(file: OpenText, options: ReadOptions) -> str:
    """Returns the one that the first line says, the tab of a .tsv, or the one under which the header has most roles."""
    said = says_separator(file.peek.lines[0]) if file.peek.lines else None
    if said is not None:
        return said
    if file.extension in {".tsv", ".tab"}:
        return "\t"
    line = next(iter(header_lines(file, options)), "")

    def merit(delimiter: str) -> tuple[int, int]:
        header = split_header(line, delimiter)
        return count_roles(header, options), len(header)

    return max(_DELIMITERS, key=merit)


def has_blanks(file: OpenText, options: ReadOptions, delimiter: str) -> bool:
    """Returns whether cells have a blank before their quotes, which is then no part of them: `"Mia", "so, so"`."""
    lines = header_lines(file, options)[:_LINES_LOOKED_AT]
    if not any(f'{delimiter} "' in line for line in lines):
        return False
    plain, without = (_cells(lines, delimiter, skipinitialspace=skips) for skips in (False, True))
    if not without or len({len(row) for row in without}) > 1:
        return False
    # Quotes that are a part of what is said do not hold the delimiter, and not all rows have them.
    width = len(without[0])
    return any(len(row) != width for row in plain) or all(any(cell[:2] == ' "' for cell in row) for row in plain[1:])


def _cells(lines: Sequence[str], delimiter: str, **how: bool) -> list[list[str]]:
    try:
        return list(csv.reader(_with_ends(lines), delimiter=delimiter, strict=True, **how))  # type: ignore[arg-type]
    except csv.Error:
        return []


def split_header(line: str, delimiter: str) -> list[str]:
    """Returns the cells of a line, whatever its quoting."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [""]) or [""]
    except csv.Error:
        return line.split(delimiter)


def peek_cells(file: OpenText, options: ReadOptions, delimiter: str, blanks: bool = False) -> list[list[str]]:
    """Returns the cells of the rows below the header in the file's beginning, up to one that is wrong.

    With `blanks`, those before quotes are no part of a cell.
    """
    rows: list[list[str]] = []
    lines = _with_ends(header_lines(file, options)[1:])
    with suppress(csv.Error):
        rows.extend(csv.reader(lines, delimiter=delimiter, skipinitialspace=blanks))
    return rows


def _with_ends(lines: Sequence[str]) -> Iterator[str]:
    return (f"{line}\n" for line in lines)


def stands_mixed(rows: Sequence[Sequence[str]], place: int | None) -> bool:
    """Returns whether the conversations of a column come again after others."""
    return place is not None and come_again(row[place].strip() for row in rows if len(row) > place)


def falls(header: Sequence[str], rows: Sequence[Sequence[str]], conversation: int | None) -> str | None:
    """Returns the name of a column that numbers the turns, but not in the order of the rows; None where none does so.

    Args:
        header: names of the columns.
        rows: the first ones.
        conversation: place of the column of conversations, within each of which numbers rise.
    """
    for place, name in enumerate(header):
        if fold_name(name) not in _NUMBERS_OF_TURNS:
            continue
        last: dict[str, int] = {}
        for row in rows:
            cell = row[place].strip() if len(row) > place else ""
            talk = row[conversation] if conversation is not None and len(row) > conversation else ""
            if not (cell.isascii() and cell.isdecimal() and len(cell) < 10):
                break
            if int(cell) < last.get(talk, 0):
                return name
            last[talk] = int(cell)
    return None


def are_numbers(rows: Sequence[Sequence[str]], place: int | None) -> bool:
    """Returns whether all cells of a column that are not empty are numbers."""
    cells = [] if place is None else [row[place].strip() for row in rows if len(row) > place and row[place].strip()]
    return bool(cells) and all(map(_NUMBER.fullmatch, cells))


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
    found = [place for place, column in cells.items() if are_times(column, day_first)]
    days = [place for place, column in cells.items() if all(map(_DAY.fullmatch, column))]
    clocks = [place for place, column in cells.items() if all(map(_CLOCK.fullmatch, column))]
    if len(days) == 1 and len(clocks) == 1 and set(found) <= set(clocks):
        return days[0], clocks[0]
    return (found[0],) if len(found) == 1 else ()


def find_spans(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """Returns the column with a name such as `time` of which all cells are such as `0:01 - 0:03`."""
    for place, name in enumerate(header):
        if fold_name(name) in MAYBE_START:
            cells = [row[place] for row in rows if len(row) > place and row[place].strip()]
            if cells and all(split_span(cell) is not None for cell in cells):
                return place
    return None


def split_span(cell: str) -> tuple[str, str] | None:
    """Returns start and end of a cell with both; None of another one."""
    found = _SPAN.fullmatch(cell.strip())
    return (found[1], found[2]) if found is not None else None


def unread_times(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the names of columns such as `time` that hold times in a way that is not known, such as 00:01:12:05."""
    found = []
    for place, name in enumerate(header):
        cells = [row[place].strip() for row in rows if len(row) > place and row[place].strip()]
        if cells and fold_name(name) in MAYBE_START and all(map(_LIKE_TIME.match, cells)):
            found.append(name)
    return found


def are_times(cells: Sequence[str], day_first: bool) -> bool:
    """Returns whether all cells are dates or seconds, or clocks that rise."""
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
