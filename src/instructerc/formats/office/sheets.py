"""Sheets of workbooks, of whatever program: the one that has a column with words, a row per utterance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from instructerc.errors import InputError
from instructerc.formats.office.columns import read_header
from instructerc.formats.office.merged import Merged, Range
from instructerc.formats.office.sheet_turns import Row, has_time, time_of
from instructerc.formats.own_cells import used_places
from instructerc.formats.shared.columns import KNOWN_NAMES, count_roles, fold_name, map_columns
from instructerc.formats.shared.empty import BLANK, MISSING, NOBODY, is_blank, is_missing, is_nobody
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, write_note

# What Excel and LibreOffice have at most; a number beyond it would have as many empty rows made up.
MOST_ROWS = 1_048_576
MOST_COLUMNS = 1000
_ROWS_LOOKED_AT = 40
_TIMED = ("start", "end")
# Columns in which a cell stands for several rows; a text that is merged is said once.
_MERGED = ("conversation", "speaker", "speaker_note")


class Cell(Protocol):
    """A cell: text, a number, a truth, a date, a time, or None; and how it is shown."""

    @property
    def value(self) -> Any: ...

    @property
    def number_format(self) -> str | None: ...


class PlainCell(NamedTuple):
    """A cell that was read whole.

    Attributes:
        value: of it; None for what a formula could not work out, which is nothing that anybody said.
        number_format: of a time, as Excel writes it; `""` for all others.
    """

    value: Any
    number_format: str = ""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        name: of it.
        rows: yields number, from 1, and cells of its rows, as often as it is called; empty rows may be among them.
        merged: finds the cells that are merged over several rows.
        is_shown: whether a person sees it.
        decode: gives what a text in it says.
    """

    name: str
    rows: Callable[[], Iterator[tuple[int, Sequence[Cell]]]]
    merged: Callable[[], list[Range]]
    is_shown: bool
    decode: Callable[[str], str] = _as_it_is

    def show(self, value: Any) -> str:
        """Returns a cell's value as text."""
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = str(value)
        return self.decode(text).replace("\r\n", "\n").replace("\r", "\n").strip() if text else ""


@dataclass(frozen=True, slots=True)
class _Looked:
    sheet: Sheet
    header_row: int
    header: list[str]
    is_transcript: bool


def read_rows(sheets: Sequence[Sheet], reading: Reading) -> list[Row]:
    """Returns the rows with words of the first sheet that has a column of words; a note tells which it is.

    Sheets that are hidden count only where none is shown. Rows without words are left out and counted.

    Raises:
        InputError: no sheet has rows, or none a column of words.
    """
    found = _look_at_all(sheets, reading.options, reading.source)
    chosen = _choose(found)
    options = _options_for(chosen.header, reading.options)
    columns = map_columns(chosen.header, options, reading.source)
    if len(found) > 1:
        others = ", ".join(repr(one.sheet.name[:40]) for one in found if one is not chosen)
        write_note(
            reading.report, f"{reading.source}: the sheet {chosen.sheet.name[:40]!r} is read, and not {others[:200]}"
        )
    rows = list(_rows(chosen, columns, Merged(chosen.sheet.merged()), reading))
    if options.start_column != reading.options.start_column and not all(map(has_time, rows)):
        reading.repair(chosen.header_row, f"the column {options.start_column!r} does not hold times alone: left out")
        rows = [replace(row, times={}) for row in rows]
    return rows


def names_of_columns(sheets: Sequence[Sheet], source: str) -> list[str]:
    """Returns the names of the columns of the sheet that would be read.

    Raises:
        InputError: no sheet has rows.
    """
    return _choose(_look_at_all(sheets, ReadOptions(), source)).header


def _look_at_all(sheets: Sequence[Sheet], options: ReadOptions, source: str) -> list[_Looked]:
    """Returns the sheets that are shown and hold something; all that hold something where none is shown."""
    shown = [sheet for sheet in sheets if sheet.is_shown] or sheets
    found = [looked for sheet in shown if (looked := _look(sheet, options, source)) is not None]
    if not found:
        raise InputError(f"{source}: is a workbook without rows; give one with a row per utterance")
    return found


def _choose(found: Sequence[_Looked]) -> _Looked:
    return next((one for one in found if one.is_transcript), found[0])


def _look(sheet: Sheet, options: ReadOptions, source: str) -> _Looked | None:
    """Returns where a sheet's header stands; None of an empty sheet."""
    first: tuple[int, list[str]] | None = None
    for number, row in filled_rows(sheet, source):
        names = [sheet.show(cell.value) for cell in row]
        if first is None:
            first = number, names
        folded = {fold_name(name) for name in names} - {""}
        is_text = not folded.isdisjoint(KNOWN_NAMES["text"]) and count_roles(names, options) >= 2
        if (
            is_text
            or read_header(names) is not None
            or (options.text_column and fold_name(options.text_column) in folded)
        ):
            return _Looked(sheet, number, names, True)
        if number > first[0] + _ROWS_LOOKED_AT:
            break
    return None if first is None else _Looked(sheet, *first, False)


def filled_rows(sheet: Sheet, source: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yields number and cells of each row that is not empty, without the empty cells at its end."""
    for number, row in sheet.rows():
        if number > MOST_ROWS:
            raise InputError(f"{source}: the sheet {sheet.name[:40]!r} has a row that Excel cannot have; save it again")
        last = len(row)
        while last and row[last - 1].value in (None, ""):
            last -= 1
        if last:
            yield number, row[: min(last, MOST_COLUMNS)]


def _options_for(header: Sequence[str], options: ReadOptions) -> ReadOptions:
    """Returns options that name columns by words of other languages, and times by `Time`, where nothing else does."""
    folded = {fold_name(name) for name in header}
    found = read_header(header) or {}
    roles = [role for role in found if options.column(role) is None and folded.isdisjoint(KNOWN_NAMES[role])]
    changes: dict[str, Any] = {f"{role}_column": header[found[role]] for role in roles if role != "end"}
    return replace(options, **changes)


def _rows(chosen: _Looked, columns: Mapping[str, int], merged: Merged, reading: Reading) -> Iterator[Row]:
    show = chosen.sheet.show
    own = reading.own
    if own is not None:
        own.begin(chosen.header, used_places(chosen.header, columns))
    for number, row in filled_rows(chosen.sheet, reading.source):
        if number < chosen.header_row:
            reading.repair(number, "{n} row(s) above the header: left out")
            continue
        values = {role: _value(row, place) for role, place in columns.items()}
        values |= {role: merged.value(number, columns[role], values[role]) for role in _MERGED if role in values}
        if number == chosen.header_row or [show(cell.value) for cell in row] == chosen.header:
            continue
        found = Row(number, {role: show(value) for role, value in values.items()})
        if is_blank(found.cells["text"]) or is_missing(found.cells["text"]):
            reading.repair(number, BLANK if is_blank(found.cells["text"]) else MISSING)
            continue
        if is_nobody(found.cells.get("speaker", "")):
            reading.repair(number, NOBODY)
            found.cells["speaker"] = ""
        for role in _TIMED:
            if role in columns:
                value = found.cells[role] if isinstance(values[role], str) else values[role]
                found.times[role] = time_of(value, _format(row, columns[role]))
        if own is not None:
            found.own = own.keep([show(_value(row, place)) for place in range(len(row))])
        yield found


def _value(row: Sequence[Cell], place: int) -> Any:
    cell = row[place] if place < len(row) else None
    # What a formula could not work out is nothing that anybody said.
    return None if cell is None or getattr(cell, "data_type", "") == "e" else cell.value


def _format(row: Sequence[Cell], place: int) -> str:
    return (row[place].number_format or "") if place < len(row) else ""
