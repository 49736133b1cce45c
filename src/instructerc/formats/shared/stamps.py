"""Times that stand beside a speaker in a line: `[12:30]`, `(1:38 PM)`, `00:00.000 --> 00:03.440`, `24/12/24, 9:05`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from instructerc.formats.shared.chat_turns import DAY, pass_midnight
from instructerc.formats.shared.dates import Stamp as DateStamp
from instructerc.formats.shared.dates import find_moments

# Seconds by themselves: 12.5s, 1m 30s.
_SPELLED = r"(?:\d{1,3}h ?)?(?:\d{1,3}m ?)?\d{1,6}(?:\.\d{1,3})?s(?![^\W_])"
CLOCK = (
    r"(?:\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?(?![^\W_]))?"
    rf"|{_SPELLED})"
)
_DATE = r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}"
_ZONE = r"(?:Z|[+-]\d\d:?\d\d)?"
_RANGE = rf"(?:\s{{0,3}}(?:-->|->|[-–—])\s{{0,3}}(?P<end>{CLOCK}))?"
_INNER = rf"(?:(?P<date>{_DATE})(?:,?[ ]|T))?(?P<clock>{CLOCK}){_ZONE}{_RANGE}"
# Without brackets a blank must follow, and after it there may be a dash or a bar.
STAMP = re.compile(rf"(?P<open>[\[(])?\s{{0,3}}{_INNER}\s{{0,3}}(?(open)[\])]|(?=\s|$))", re.ASCII)
_BEGINS = frozenset("[(0123456789 \t\n\r\f\v")
_CLOSING = {"(": ")", "[": "]"}
_LONGEST_STAMP = 40
_UNITS = re.compile(r"(?:(\d+)h ?)?(?:(\d+)m ?)?(\d+)(?:\.(\d+))?s")
_PARTS = re.compile(r"(\d+):(\d+)(?::(\d+))?(?:[.,](\d{1,3}))?\s*([AaPp])?")
_LONGEST_START = 300.0
_LAST_HOUR, _HALF_DAY = 23, 12


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class Times:
    """A time, or two, as a line has them.

    Attributes:
        numbers: of its clock, minutes and seconds or hours, minutes and seconds.
        fraction: of a second.
        half: 12 in the afternoon, 0 in the morning; None where the line does not say.
        date: three numbers in the line's order; None without a date.
        year_first: whether the first of these can only be a year.
        end: the second time, in the same form as `numbers` with its fraction; None without one.
        ends_at: where it ends in the line.
    """

    numbers: tuple[int, ...]
    fraction: float
    half: int | None
    date: tuple[int, int, int] | None
    year_first: bool
    end: Times | None
    ends_at: int = 0


def read_times(line: str, place: int = 0) -> Times | None:
    """Returns the time that stands at a place of a line; None where there is none."""
    # Most texts begin with a letter.
    sign = line[place : place + 1]
    if sign not in _BEGINS:
        return None
    if sign == "(" or sign == "[":
        shown = line[: line.find(_CLOSING[sign], place, place + _LONGEST_STAMP) + 1]
        # Of those without seconds there are not many.
        if shown.count(":", place) == 1:
            return _bracketed(shown, place)
    return _read_stamp(line, place)


def _read_stamp(line: str, place: int) -> Times | None:
    found = STAMP.match(line, place)
    if found is None:
        return None
    _, date, clock_shown, end = found.groups()
    clock = _clock(clock_shown)
    if clock is None:
        return None
    clock.ends_at = found.end()
    if end:
        clock.end = _clock(end)
    if date:
        first, second, third = re.split("[/.-]", date)
        clock.date = int(first), int(second), int(third)
        clock.year_first = len(first) == 4
    return clock


# No reader changes the times of a line.
_bracketed = lru_cache(maxsize=4096)(_read_stamp)


def _clock(text: str) -> Times | None:
    if text[-1] == "s" and (units := _UNITS.fullmatch(text)):
        seconds = int(units[1] or 0) * 3600 + int(units[2] or 0) * 60 + int(units[3])
        whole = (seconds // 3600, seconds // 60 % 60, seconds % 60)
        return Times(whole, float(f"0.{units[4]}") if units[4] else 0.0, None, None, False, None)
    # Of those without seconds there are not many.
    parts = _parts(text) if text.count(":") == 1 else _parts.__wrapped__(text)
    return None if parts is None else Times(*parts, None, False, None)


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[tuple[int, ...], float, int | None] | None:
    """Returns the numbers of a clock, its fraction and its half of the day; None where there is no such time."""
    found = _PARTS.match(text)
    if found is None:
        return None
    first, second, third, fraction, half = found.groups()
    numbers = (int(first), int(second)) if third is None else (int(first), int(second), int(third))
    if numbers[1] > 59 or numbers[-1] > 59:
        return None
    after_noon = None if half is None else 12 * (half in "Pp")
    return numbers, float(f"0.{fraction}") if fraction else 0.0, after_noon


def spans_of(times: Sequence[Times | None]) -> list[tuple[float | None, float | None]]:
    """Returns start and end of each line in seconds: of the recording, or from the first time of day.

    Two numbers are minutes and seconds where the file begins within five minutes, has ends or fractions, or goes beyond
    24:00; else hours and minutes. A clock that begins later than five hours, or has dates or halves of the day, is one
    of the day.

    Shape:
        times, spans: U; None for a line without a time.
    """
    known = [one for one in times if one is not None]
    if not known:
        return [(None, None)] * len(times)
    of_day = any(one.half is not None or one.date is not None for one in known)
    exact = any(one.end is not None or one.fraction for one in known)
    short = [one.numbers for one in known if len(one.numbers) == 2]
    is_long = any(numbers[0] > _LAST_HOUR for numbers in short)
    is_early = _seconds(known[0], True) < _LONGEST_START
    minutes = not of_day and (exact or len(short) < len(known) or is_long or is_early)
    starts = [None if one is None else _seconds(one, minutes) for one in times]
    if not of_day and not (minutes and short) and next(s for s in starts if s is not None) > 5 * 3600:
        of_day = True
    if not of_day and minutes:
        return [
            (start, None if one is None or one.end is None else _seconds(one.end, minutes))
            for start, one in zip(starts, times, strict=True)
        ]
    return [(start, None) for start in _from_first(times, starts)]


def _from_first(times: Sequence[Times | None], starts: Sequence[float | None]) -> list[float | None]:
    known = [(one, start) for one, start in zip(times, starts, strict=True) if one is not None and start is not None]
    moments: list[float | None]
    if all(one.date is not None for one, _ in known):
        dated = [(one, one.date, int(start)) for one, start in known if one.date is not None]
        moments, _ = find_moments([DateStamp("", date, at, one.year_first, ("", False)) for one, date, at in dated])
    else:
        # After 12:59 comes 1:00 where nobody says which half of the day it is.
        is_half = all(one.half is None and 1 <= one.numbers[0] <= _HALF_DAY for one, _ in known)
        moments = list(pass_midnight((start for _, start in known), period=DAY / 2 if is_half else DAY))
    first = min((moment for moment in moments if moment is not None), default=0.0)
    given = iter(moments)
    found = [None if start is None else next(given) for start in starts]
    if not any(one.fraction for one, _ in known):
        # Whole seconds need no rounding.
        return [None if moment is None else moment - first for moment in found]
    return [None if moment is None else round(moment - first, 3) for moment in found]


def _seconds(one: Times, minutes: bool) -> float:
    """Returns seconds from midnight, or from the recording's beginning; two numbers may be `minutes` and seconds."""
    hour, minute, second = (
        one.numbers if len(one.numbers) == 3 else ((0, *one.numbers) if minutes else (*one.numbers, 0))
    )
    if one.half is not None and 1 <= hour <= 12:
        hour = hour % 12 + one.half
    whole = (hour * 60 + minute) * 60 + second
    return round(whole + one.fraction, 3) if one.fraction else float(whole)
