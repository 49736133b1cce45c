"""CSV, TSV and other delimited tables with a header and a row per utterance."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.own_cells import used_places
from instructerc.formats.shared.columns import KNOWN_NAMES, UNIT_NAMES, count_roles, fold_name, map_columns
from instructerc.formats.shared.empty import BLANK, MISSING, NOBODY, is_blank, is_missing, is_nobody
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show
from instructerc.formats.shared.shares import share_of_lines
from instructerc.formats.shared.times.moments import epoch_moment, finds_day_first
from instructerc.formats.support.hidden import LEFT_OUT, cell_hides, hiding_columns
from instructerc.formats.support.html_text import html_words, is_html
from instructerc.formats.table.formulas import is_guarded, unguard
from instructerc.formats.table.headless import find_columns, is_turn
from instructerc.formats.table.layout import (
    are_numbers,
    falls,
    find_delimiter,
    find_spans,
    find_start,
    has_blanks,
    header_lines,
    holds_times,
    peek_cells,
    read_start,
    reads,
    says_separator,
    split_header,
    split_span,
    stands_mixed,
    titled_header,
    unread_times,
)
from instructerc.formats.table.records import Records, RowCopy, read_rows

_ROWS_LOOKED_AT = 50
# Sentences have commas too, but with a blank after them.
_COLUMN_NAME = re.compile(r"[^\d\s:.!?][^:.!?]{0,40}")

_HEADLESS = 0.9
# What a note calls a column that was found by what it holds.
_SHOWN = {"text": "words"}
_RULE = re.compile(r":?-{2,}:?")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a header with two or more columns that are known, the text among them.

    A header that is not understood explains a file whose rows have as many cells as it has, though less of it: the
    columns are still to be named.
    """
    if file.peek.begins_like_json:
        return 0.0
    header = peek_header(file, options)
    folded = {fold_name(name) for name in header}
    if options.text_column and fold_name(options.text_column) in folded:
        return 1.0
    if count_roles(header, options) >= 2 and not folded.isdisjoint(KNOWN_NAMES["text"]):
        return 1.0
    delimiter, rows = find_delimiter(file, options), header_lines(file, options)[1:_ROWS_LOOKED_AT]
    if find_columns(file, options, delimiter, finds_day_first(file.head)) is not None:
        return _HEADLESS
    if len(header) < 2 or not rows or not all(_COLUMN_NAME.fullmatch(name) for name in header):
        return 0.0
    share = share_of_lines(rows, lambda row: len(split_header(row, delimiter)) >= len(header))
    return 0.7 * max(share, _share_of_quoted(rows, delimiter, len(header)))


def _share_of_quoted(lines: Sequence[str], delimiter: str, width: int) -> float:
    """Returns the share of the lines that stand in rows of so many cells, where quoted cells go over several lines."""
    rows: list[list[str]] = []
    if any('"' in line for line in lines):
        with suppress(csv.Error):
            rows.extend(csv.reader((f"{line}\n" for line in lines), delimiter=delimiter))
    sizes = (1 + sum(cell.count("\n") for cell in row) for row in rows if len(row) == width)
    return min(sum(sizes) / len(lines), 1.0)


def read(file: OpenText, reading: Reading, copy: RowCopy | None = None) -> Iterator[Conversation]:
    """Yields conversations; without a conversation column the table is one, named after the file.

    Rows without words are left out and counted. Rows of several conversations that stand mixed are grouped by their
    ids. Dates in place of times count from a conversation's first turn.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        copy: gets the text of every row as it is read.

    Raises:
        InputError: a header in which a needed column is missing or ambiguous.
        BadRow: a row of another width, with wrong quoting or a time that is none.
    """
    delimiter = find_delimiter(file, reading.options)
    blanks = has_blanks(file, reading.options, delimiter)
    rows = peek_cells(file, reading.options, delimiter, blanks)
    records = Records(file, reading, delimiter, copy, blanks)
    reading.day_first = finds_day_first(file.head)
    found = find_columns(file, reading.options, delimiter, reading.day_first)
    if found is not None:
        yield from _read_headless(records, len(peek_header(file, reading.options)), found, reading)
        return
    header = read_header(records, reading, titled_header(file, reading.options, delimiter))
    options = _options_for(header, reading.options)
    columns = _map(header, options, rows, reading)
    for role in ("start", "end"):
        if options.column(role) is None and not holds_times(rows, columns.get(role), reading.day_first):
            del columns[role]
            reading.repair(1, f"the column of {role}s holds no times that are understood: left out")
    units = _add_units(columns, header, options)
    guessed: tuple[int, ...] = ()
    spans: int | None = None
    if "start" not in columns and options.start_column is None:
        guessed = find_start(header, rows, reading.day_first)
        spans = None if guessed or "end" in columns else find_spans(header, rows)
        if not guessed and spans is None and (unread := unread_times(header, rows)):
            shown = ", ".join(map(show, unread[:4]))
            reading.repair(1, f"no start was taken from {shown}: name the column with --start-column if it has them")
    guarded = is_guarded(header)
    heading = header[columns["text"]]
    hiding = hiding_columns(header, rows)
    if (numbered := falls(header, rows, columns.get("conversation"))) is not None:
        reading.repair(1, f"the numbers under {show(numbered)} do not rise: turns stay as their rows stand")
    if are_numbers(rows, columns.get("emotion")):
        reading.repair(1, f"the emotions under {show(header[columns['emotion']])} are numbers without names: kept so")

    def read_row(line: int, cells: Sequence[str]) -> tuple[str, Utterance | None]:
        row = {role: cells[index] for role, index in columns.items()}
        if row["text"] == heading and list(cells) == header:
            reading.repair(line, "{n} row(s) that repeat the header: left out")
            return row.get("conversation", reading.stem), None
        if guarded:
            row = {role: unguard(cell) for role, cell in row.items()}
        name = row.get("conversation", reading.stem).strip()
        if not name:
            raise reading.bad(line, "the conversation cell is empty; each row must name its conversation")
        if delimiter == "|":
            # Markdown's tables have blanks around their cells, and a rule below the header.
            row = {role: cell.strip() for role, cell in row.items()}
            if all(_RULE.fullmatch(cell.strip()) for cell in cells if cell.strip()):
                reading.repair(line, "{n} rule(s) between rows: left out")
                return name, None
        if not _has_words(row, line, reading) or (hiding and _is_hidden(cells, hiding, line, reading)):
            return name, None
        if row["text"][0] == "<" and is_html(row["text"]):
            row["text"] = html_words(row["text"])
            reading.repair(line, "{n} text(s) in HTML: read without its marks")
        if guessed:
            row["start"] = _known_start(" ".join(cells[place].strip() for place in guessed), line, reading)
        if spans is not None:
            row |= _span(cells[spans], line, reading)
        if units:
            row |= {role: _scaled(row[role], scale) for role, scale in units.items()}
        return name, _build(row, line, reading)

    used, mixed = used_places(header, columns), stands_mixed(rows, columns.get("conversation"))
    clean = unguard if guarded else str.strip if delimiter == "|" else None
    yield from read_rows(records, header, reading, read_row, used, mixed, clean)


def _map(
    header: Sequence[str], options: ReadOptions, rows: Sequence[Sequence[str]], reading: Reading
) -> dict[str, int]:
    """Returns the column of each role.

    Raises:
        InputError: a column that cannot be found; also where the first row is not the header that it must be.
    """
    try:
        return map_columns(header, options, reading.source)
    except InputError:
        cell = None if count_roles(header, options) else is_turn(header, rows, reading.day_first)
        if cell is None:
            raise
    raise InputError(
        f"{reading.source}: the first row does not seem to name the columns, since it contains {show(cell)}; add a row "
        "above it that does, such as speaker,text or start,speaker,text"
    )


def _read_headless(
    records: Records, n_columns: int, columns: Mapping[str, int], reading: Reading
) -> Iterator[Conversation]:
    """Yields the conversation of a table without a header.

    Raises:
        InputError: a copy of it, which would have no place for the names of its columns.
    """
    if records.copy is not None:
        raise InputError(
            f"{reading.source}: has no row that names its columns, so it cannot be copied; write csv or jsonl"
        )
    shown = ", ".join(f"column {place + 1} is the {_SHOWN.get(role, role)}" for role, place in columns.items())
    reading.repair(1, f"no row names the columns: {shown}, as it seems")

    def read_row(line: int, cells: Sequence[str]) -> tuple[str, Utterance | None]:
        row = {role: cells[place] for role, place in columns.items()}
        return reading.stem, _build(row, line, reading) if _has_words(row, line, reading) else None

    header = [""] * n_columns
    yield from read_rows(records, header, reading, read_row, used_places(header, columns))


def _build(row: Mapping[str, str], line: int, reading: Reading) -> Utterance:
    start: str | float | None = row.get("start")
    end: str | float | None = row.get("end")
    # Most times have fewer digits than those that count from 1970.
    if isinstance(start, str) and len(start) > 8 and (moment := epoch_moment(start)) is not None:
        start, reading.times.are_dates = moment, True
    if isinstance(end, str) and len(end) > 8 and (moment := epoch_moment(end)) is not None:
        end, reading.times.are_dates = moment, True
    return build_utterance(
        reading,
        line,
        speaker=row.get("speaker", "").strip(),
        text=row["text"],
        emotion=row.get("emotion", "").strip(),
        start=start,
        end=end,
        note=row.get("note"),
        speaker_note=row.get("speaker_note"),
    )


def _has_words(row: dict[str, str], line: int, reading: Reading) -> bool:
    """Returns whether somebody says something in a row; what only marks that there is no speaker is taken away."""
    if is_missing(row["text"]):
        reading.repair(line, MISSING)
        return False
    if is_blank(row["text"]):
        reading.repair(line, BLANK)
        return False
    if is_nobody(row.get("speaker", "")):
        reading.repair(line, NOBODY)
        row["speaker"] = ""
    return True


def _is_hidden(cells: Sequence[str], hiding: Mapping[int, str], line: int, reading: Reading) -> bool:
    """Returns whether a row is an internal note, or was deleted; it is counted."""
    what = next((what for place, name in hiding.items() if (what := cell_hides(name, cells[place]))), None)
    if what is not None:
        reading.repair(line, LEFT_OUT[what])
    return what is not None


def _add_units(columns: dict[str, int], header: Sequence[str], options: ReadOptions) -> dict[str, float]:
    """Adds columns such as `start_ms` where no other has such times; returns how many of its units a second has."""
    units: dict[str, float] = {}
    for place, name in enumerate(header):
        role, scale = UNIT_NAMES.get(fold_name(name), ("", 1.0))
        if role and role not in columns and options.column(role) is None:
            columns[role], units[role] = place, scale
    return units


def _scaled(cell: str, scale: float) -> str:
    """Returns the number of a cell in seconds, which is then no whole number of another unit; others as they are."""
    try:
        return f"{float(cell.replace(',', '.')) / scale:.6f}" if cell.strip() else cell
    except ValueError:
        return cell


def _known_start(cell: str, line: int, reading: Reading) -> str:
    """Returns a cell of a column that was taken for the start by what it holds; blank where this one is no time."""
    if not cell.strip() or reads(lambda: read_start(cell, reading.day_first)):
        return cell
    reading.repair(line, "{n} cell(s) that are no times, in a column that has times: left out")
    return ""


def _span(cell: str, line: int, reading: Reading) -> dict[str, str]:
    """Returns start and end of a cell that has both; nothing where it is blank or none, which is counted."""
    span = split_span(cell)
    if span is not None:
        return dict(zip(("start", "end"), span, strict=True))
    if cell.strip():
        reading.repair(line, "{n} cell(s) that are no times, in a column that has times: left out")
    return {}


def _options_for(header: Sequence[str], options: ReadOptions) -> ReadOptions:
    """Returns options that ask for no speaker of a table which can have none: times and words, as Whisper writes it."""
    is_whispers = {fold_name(name) for name in header} == {"start", "end", "text"}
    return replace(options, speaker_column="") if is_whispers and options.speaker_column is None else options


def read_header(records: Records, reading: Reading, titled: Sequence[str] | None = None) -> list[str]:
    """Returns the first row, or the one that is `titled`: those above it are left out and counted.

    Raises:
        InputError: it is missing or cannot be read, which `skip_bad` cannot mend.
    """
    try:
        header = next(records, None)
        wanted = None if titled is None else list(map(fold_name, titled))
        while wanted is not None and header is not None and list(map(fold_name, header[1])) != wanted:
            reading.repair(header[0], "{n} row(s) above the header: left out")
            header = next(records, None)
        if header is not None and says_separator(records.delimiter.join(header[1])) is not None:
            header = next(records, None)
    except BadRow as error:
        raise InputError(f"{error}; the first row must name the columns") from error
    if header is None:
        raise InputError(f"{reading.source}: is empty; the first row must name the columns")
    if records.copy is not None:
        records.copy.begin(records.take(), header[1], records.delimiter)
    return header[1]


def peek_header(file: OpenText, options: ReadOptions) -> list[str]:
    """Returns the column names before anything is read."""
    return split_header(next(iter(header_lines(file, options)), ""), find_delimiter(file, options))
