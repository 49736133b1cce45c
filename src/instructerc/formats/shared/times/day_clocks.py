"""Clocks and dates that stand apart in chats: `오후 9:15`, `9:15 PM`, a date on a line for all that follows it."""

from __future__ import annotations

import re
from functools import lru_cache

from instructerc.formats.shared.dates import Numbers, Stamp, month_of
from instructerc.formats.shared.times.half_days import half_of

MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"

# Twelve letters at most beside the clock: the half of the day, in any language.
CLOCK = r"(?:[^\W\d_][^\d\s:,\[\]]{0,11} ?)?\d{1,2}[:.]\d{2}(?::\d{2})?(?:[ \u00a0\u202f]?[^\W\d_][^\d\s:,\[\]]{0,5})?"

_CLOCK = re.compile(r"([^\d]*?)\s*(\d{1,2})[:.](\d{2})(?::(\d{2}))?\s*([^\d]*)")
_EAST_ASIAN = re.compile(r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")
_DIGIT = re.compile(r"\d")
_LONGEST_DATE = 40
_NUMBERS = re.compile(r"(\d{1,4})([./-]) ?(\d{1,2})\2 ?(\d{1,4})")
_NAMED = re.compile(
    r"(?:([A-Z][a-z]{2,8})\.? (\d{1,2})|(\d{1,2})\.?[ -](?:de )?([^\W\d_]{3,12})\.?)"
    r",?[ -](?:de )?(\d{4}|\d{2}(?!\d))"
)
# Beside a date on a line of its own stands at most the name of the day.
_WEEKDAY = re.compile(r"[\s,.()（）·|-]*(?:[^\W\d_]{1,12}[\s,.()（）|-]*){0,2}")


def second_of_day(clock: str) -> int | None:
    """Returns the second of the day of a clock, with the half of the day before or behind it; None if there is none.

    Example:
        >>> second_of_day("오후 9:15"), second_of_day("9:15 PM"), second_of_day("25:00")
        (76500, 76500, None)
    """
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        return None
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    half = half_of(found[1], hour)
    half = half_of(found[5], hour) if half is None else half
    if half is not None and 1 <= hour <= 12:
        hour = hour % 12 + half
    return (hour * 60 + minute) * 60 + second if hour < 24 and minute < 60 and second < 60 else None


def read_date(text: str) -> tuple[Numbers, bool, str] | None:
    """Returns the three numbers of a date, whether the year is first, and the words around it; None without a date."""
    # Most lines have no digit, which is seen sooner.
    if not _DIGIT.search(text):
        return None
    return _find_date(text) if len(text) <= _LONGEST_DATE else _find_date.__wrapped__(text)


# One day has many messages.
@lru_cache(maxsize=1024)
def _find_date(text: str) -> tuple[Numbers, bool, str] | None:
    if found := _EAST_ASIAN.search(text):
        numbers, year_first = (int(found[1]), int(found[2]), int(found[3])), True
    elif (found := _NAMED.search(text)) and (month := month_of(found[1] or found[4])):
        numbers, year_first = (_year(found[5]), month, int(found[2] or found[3])), True
    elif found := _NUMBERS.search(text):
        numbers, year_first = (int(found[1]), int(found[3]), int(found[4])), len(found[1]) == 4
    else:
        return None
    return numbers, year_first, text[: found.start()] + text[found.end() :]


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def read_date_line(line: str) -> tuple[Numbers, bool] | None:
    """Returns the date of a line that has only a date and the name of the day; None of every other line."""
    if len(line) > 60:
        return None
    found = read_date(line.strip(MARKS + " \t"))
    if found is None or not _WEEKDAY.fullmatch(found[2]):
        return None
    return found[0], found[1]


def stamp_of(date: tuple[Numbers, bool], clock: str) -> Stamp:
    """Returns a date and a clock as one stamp, for `find_moments`."""
    return Stamp(clock, date[0], second_of_day(clock), date[1], ("", False))
