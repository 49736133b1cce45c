"""Turns of a sheet's rows: cells that are clocks, dates and numbers become seconds; conversations in file order."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.own_cells import row_numbers
from instructerc.formats.shared.lines import check_characters
from instructerc.formats.shared.reading import Reading, build_utterance, parse_time
from instructerc.formats.shared.stamps import Times, read_times, spans_of

_LOCALE = re.compile(r"\[\$[^\]]*\]|\"[^\"]*\"")


@dataclass(slots=True)
class Row:
    """A row with words.

    Attributes:
        number: of the sheet, from 1.
        cells: the text of each role's cell.
        times: what the cells of `start` and `end` hold, as `time_of` gives it.
        own: what `OwnCells.keep` returned of the other cells; None where none are kept.
    """

    number: int
    cells: dict[str, str]
    times: dict[str, Any] = field(default_factory=dict)
    own: int | None = None


def has_time(row: Row) -> bool:
    """Returns whether a row's start is a time, or nothing."""
    value = row.times.get("start")
    return not isinstance(value, str) or _is_seconds(value) or _clock_of(value) is not None


def time_of(value: Any, number_format: str) -> Any:
    """Returns a cell's time: a number of seconds, a `Times`, text, or None.

    Args:
        value: of the cell.
        number_format: how the cell shows it.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        clock = (value.hour, value.minute, value.second)
        return Times(clock, value.microsecond / 1e6, None, (value.year, value.month, value.day), True, None)
    if isinstance(value, date):
        return Times((0, 0, 0), 0.0, None, (value.year, value.month, value.day), True, None)
    if isinstance(value, time):
        # Excel takes 0:03 for hours and minutes; who typed it may have meant minutes and seconds.
        shown = _LOCALE.sub("", number_format).lower()
        numbers = (
            (value.hour, value.minute, value.second) if "s" in shown or value.second else (value.hour, value.minute)
        )
        half = 12 * (value.hour >= 12) if "am/pm" in shown or "a/p" in shown else None
        return Times(numbers, value.microsecond / 1e6, half, None, False, None)
    return value


def gather(rows: Sequence[Row], reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of rows, in the order in which they begin; their rows need not stand together.

    Raises:
        BadRow: a row that cannot be read; its number is that of the sheet.
    """
    talks: dict[str, list[Row]] = {}
    for row in rows:
        name = row.cells.get("conversation", reading.stem)
        if name:
            talks.setdefault(name, []).append(row)
        else:
            reading.skip(reading.bad(row.number, "the conversation cell is empty; each row must name its conversation"))
    for name, talk in talks.items():
        own = row_numbers()
        utterances = list(_turns(talk, reading, own))
        if utterances:
            if reading.own is not None:
                reading.own.give(own)
            yield Conversation(name, utterances)


def _turns(talk: Sequence[Row], reading: Reading, own: array[int]) -> Iterator[Utterance]:
    spans = _spans(talk)
    for place, row in enumerate(talk):
        start, end = (row.times.get("start"), row.times.get("end")) if spans is None else spans[place]
        words = {role: row.cells.get(role) or None for role in ("emotion", "note", "speaker_note")}
        try:
            for role, cell in row.cells.items():
                check_characters(cell, reading.source, row.number, f"the {role}")
            utterance = build_utterance(
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
        else:
            if row.own is not None:
                own.append(row.own)
            yield utterance


def _spans(talk: Sequence[Row]) -> list[tuple[float | None, float | None]] | None:
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
