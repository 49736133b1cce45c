"""Excel workbooks: the sheet that has a column with words, a row per utterance."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError, MissingExtra
from instructerc.formats.format import Binary, Format
from instructerc.formats.office.columns import read_header
from instructerc.formats.office.merged import Merged, merged_cells
from instructerc.formats.office.package import MARK, Package, holds_part
from instructerc.formats.shared.columns import KNOWN_NAMES, count_roles, fold_name, map_columns
from instructerc.formats.shared.lines import check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, parse_time, write_note
from instructerc.formats.shared.stamps import Times, read_times, spans_of

_ROWS_LOOKED_AT = 40
# What Excel has at most; a number beyond it would have as many empty rows made up.
_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 1000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TIMED = ("start", "end")
# Columns in which a cell stands for several rows; a text that is merged is said once.
_MERGED = ("conversation", "speaker", "speaker_note")
_LOCALE = re.compile(r"\[\$[^\]]*\]|\"[^\"]*\"")


@dataclass(slots=True)
class _Row:
    number: int
    cells: dict[str, str]
    times: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Sheet:
    name: str
    sheet: Any
    header_row: int
    header: list[str]
    is_transcript: bool


def holds(stream: BinaryIO) -> bool:
    """Returns whether a zip file is an Excel workbook."""
    return holds_part(stream, "xl/")


def read(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of the first sheet that has a column of words, in the order in which they begin.

    Rows of one conversation need not stand together. Cells that are dates or times of day become seconds, from the
    first turn where they are of the day; rows without words are left out and counted, and so are hidden sheets.

    Raises:
        MissingExtra: openpyxl is not installed.
        InputError: a damaged workbook, one without rows, or without a column of words.
        BadRow: a row that cannot be read; its number is that of the sheet.
    """
    package = Package(stream, reading.source)
    with _open(stream, package) as book:
        sheets = _sheets(book, reading.options, package)
        chosen = next((one for one in sheets if one.is_transcript), sheets[0])
        options = _options_for(chosen.header, reading.options)
        columns = map_columns(chosen.header, options, reading.source)
        if len(sheets) > 1:
            others = ", ".join(repr(one.name[:40]) for one in sheets if one is not chosen)
            write_note(
                reading.report, f"{reading.source}: the sheet {chosen.name[:40]!r} is read, and not {others[:200]}"
            )
        merged = Merged(merged_cells(package, chosen.name))
        rows = list(_rows(chosen, columns, merged, package, reading))
    if options.start_column != reading.options.start_column and not all(map(_has_time, rows)):
        reading.repair(chosen.header_row, f"the column {options.start_column!r} does not hold times alone: left out")
        rows = [replace(row, times={}) for row in rows]
    yield from _conversations(rows, reading)


def column_names(stream: BinaryIO, source: str) -> list[str]:
    """Returns the names of the columns of the sheet that would be read.

    Raises:
        MissingExtra: openpyxl is not installed.
        InputError: a damaged workbook, or one without rows.
    """
    package = Package(stream, source)
    with _open(stream, package) as book:
        sheets = _sheets(book, ReadOptions(), package)
        return next((one for one in sheets if one.is_transcript), sheets[0]).header


@contextmanager
def _open(stream: BinaryIO, package: Package) -> Iterator[Any]:
    """Opens a workbook, and makes what is wrong with it one clear error."""
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        raise MissingExtra("reading Excel workbooks", "office") from error
    if "xl/workbook.bin" in package.names:
        raise InputError(f"{package.source}: is a binary workbook (.xlsb); save it as .xlsx or CSV")
    book = None
    try:
        with warnings.catch_warnings():
            # Of styles, filters and the like, which say nothing about the words.
            warnings.simplefilter("ignore")
            stream.seek(0)
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            yield book
    except (InputError, BadRow, MemoryError):
        raise
    except Exception as error:
        # What openpyxl raises of damaged files has no bounds.
        reason = " ".join(f"{type(error).__name__} {error}".split())[:80]
        raise InputError(
            f"{package.source}: is a workbook that cannot be read ({reason}); save the sheet as CSV"
        ) from None
    finally:
        if book is not None:
            book.close()


def _sheets(book: Any, options: ReadOptions, package: Package) -> list[_Sheet]:
    """Returns the sheets that are shown and hold something; all that hold something where none is shown."""
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
    found = [looked for sheet in shown if (looked := _look(sheet, options, package)) is not None]
    if not found:
        raise InputError(f"{package.source}: is a workbook without rows; give one with a row per utterance")
    return found


def _look(sheet: Any, options: ReadOptions, package: Package) -> _Sheet | None:
    """Returns where a sheet's header stands; None of an empty sheet."""
    # Some programs write a dimension that the rows do not have.
    sheet.reset_dimensions()
    first: tuple[int, list[str]] | None = None
    for number, row in _filled_rows(sheet, package):
        names = [_shown(cell.value) for cell in row]
        if first is None:
            first = number, names
        folded = {fold_name(name) for name in names} - {""}
        is_text = not folded.isdisjoint(KNOWN_NAMES["text"]) and count_roles(names, options) >= 2
        if (
            is_text
            or read_header(names) is not None
            or (options.text_column and fold_name(options.text_column) in folded)
        ):
            return _Sheet(sheet.title, sheet, number, names, True)
        if number > first[0] + _ROWS_LOOKED_AT:
            break
    return None if first is None else _Sheet(sheet.title, sheet, *first, False)


def _filled_rows(sheet: Any, package: Package) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yields number and cells of each row that is not empty, without the empty cells at its end."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > _MOST_ROWS:
            raise InputError(
                f"{package.source}: the sheet {sheet.title[:40]!r} has a row that Excel cannot have; save it again"
            )
        last = len(row)
        while last and row[last - 1].value in (None, ""):
            last -= 1
        if last:
            yield number, row[: min(last, _MOST_COLUMNS)]


def _options_for(header: Sequence[str], options: ReadOptions) -> ReadOptions:
    """Returns options that name columns by words of other languages, and times by `Time`, where nothing else does."""
    folded = {fold_name(name) for name in header}
    found = read_header(header) or {}
    roles = [role for role in found if options.column(role) is None and folded.isdisjoint(KNOWN_NAMES[role])]
    changes: dict[str, Any] = {f"{role}_column": header[found[role]] for role in roles if role != "end"}
    return replace(options, **changes)


def _has_time(row: _Row) -> bool:
    value = row.times.get("start")
    return not isinstance(value, str) or _is_seconds(value) or _clock_of(value) is not None


def _rows(
    chosen: _Sheet, columns: Mapping[str, int], merged: Merged, package: Package, reading: Reading
) -> Iterator[_Row]:
    for number, row in _filled_rows(chosen.sheet, package):
        if number < chosen.header_row:
            reading.repair(number, "{n} row(s) above the header: left out")
            continue
        values = {role: _value(row, place) for role, place in columns.items()}
        values |= {role: merged.value(number, columns[role], values[role]) for role in _MERGED if role in values}
        if number == chosen.header_row or [_shown(cell.value) for cell in row] == chosen.header:
            continue
        found = _Row(number, {role: _shown(value) for role, value in values.items()})
        if not found.cells["text"].strip():
            reading.repair(number, "{n} row(s) without words: left out")
            continue
        found.times = {role: _time_of(row, columns[role], values[role]) for role in _TIMED if role in columns}
        yield found


def _value(row: Sequence[Any], place: int) -> Any:
    cell = row[place] if place < len(row) else None
    # What a formula could not work out is nothing that anybody said.
    return None if cell is None or getattr(cell, "data_type", "") == "e" else cell.value


def _shown(value: Any) -> str:
    """Returns a cell's value as text."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value)
    # So Excel writes what XML cannot hold; line ends come as \r\n.
    return _ESCAPED.sub(_unescaped, text).replace("\r\n", "\n").replace("\r", "\n").strip() if text else ""


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code in (9, 10, 13, 0x5F) or (0x20 <= code < 0xD800) else "" if code < 0x20 else "\ufffd"


def _time_of(row: Sequence[Any], place: int, value: Any) -> Any:
    """Returns a number of seconds, a `Times`, text, or None."""
    if isinstance(value, str):
        return _shown(value) or None
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        clock = (value.hour, value.minute, value.second)
        return Times(clock, value.microsecond / 1e6, None, (value.year, value.month, value.day), True, None)
    if isinstance(value, date):
        return Times((0, 0, 0), 0.0, None, (value.year, value.month, value.day), True, None)
    if isinstance(value, time):
        # Excel takes 0:03 for hours and minutes; who typed it may have meant minutes and seconds.
        shown = _LOCALE.sub("", str(getattr(row[place], "number_format", "h:mm:ss"))).lower()
        numbers = (
            (value.hour, value.minute, value.second) if "s" in shown or value.second else (value.hour, value.minute)
        )
        half = 12 * (value.hour >= 12) if "am/pm" in shown or "a/p" in shown else None
        return Times(numbers, value.microsecond / 1e6, half, None, False, None)
    return value


def _conversations(rows: Sequence[_Row], reading: Reading) -> Iterator[Conversation]:
    talks: dict[str, list[_Row]] = {}
    for row in rows:
        name = row.cells.get("conversation", reading.stem)
        if name:
            talks.setdefault(name, []).append(row)
        else:
            reading.skip(reading.bad(row.number, "the conversation cell is empty; each row must name its conversation"))
    for name, talk in talks.items():
        utterances = list(_turns(talk, reading))
        if utterances:
            yield Conversation(name, utterances)


def _turns(talk: Sequence[_Row], reading: Reading) -> Iterator[Utterance]:
    spans = _spans(talk)
    for place, row in enumerate(talk):
        start, end = (row.times.get("start"), row.times.get("end")) if spans is None else spans[place]
        words = {role: row.cells.get(role) or None for role in ("emotion", "note", "speaker_note")}
        try:
            for role, cell in row.cells.items():
                check_characters(cell, reading.source, row.number, f"the {role}")
            yield build_utterance(
                reading,
                row.number,
                speaker=row.cells.get("speaker"),
                text=row.cells["text"],
                start=start,
                end=end,
                **words,
            )
        except BadRow as error:
            reading.skip(error)


def _spans(talk: Sequence[_Row]) -> list[tuple[float | None, float | None]] | None:
    """Returns the seconds of clocks and dates; None where all times are seconds already, or cannot be told."""
    starts = [row.times.get("start") for row in talk]
    if not any(_is_clock(start) for start in starts):
        return None
    found: list[Times | None] = []
    for row in talk:
        start, end = _clock_of(row.times.get("start")), _clock_of(row.times.get("end"))
        if start is None and row.times.get("start") is not None:
            return None
        found.append(start if start is None or end is None else replace(start, end=end))
    return spans_of(found)


def _is_clock(value: Any) -> bool:
    if isinstance(value, Times):
        return True
    return isinstance(value, str) and not _is_seconds(value) and read_times(value) is not None


def _is_seconds(value: str) -> bool:
    try:
        return parse_time("start", value) is not None
    except InputError:
        return False


def _clock_of(value: Any) -> Times | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        hours, seconds = divmod(int(value), 3600)
        return Times((hours, seconds // 60, seconds % 60), float(value) % 1, None, None, False, None)
    if isinstance(value, str):
        times = read_times(value)
        return times if times is not None and times.ends_at == len(value) else None
    return value if isinstance(value, Times) else None


FORMATS = (
    Format(
        name="xlsx",
        title="Excel workbooks",
        about="Excel workbooks (`.xlsx`) with one row per utterance; the sheet with a column of words, columns as in "
        "a table (extra `office`)",
        times="yes",
        file=Binary(MARK, read, column_names, holds),
        extensions=(".xlsx", ".xlsm"),
    ),
)
