"""Dates that follow a phone's language, as in WhatsApp's exports: what a line begins with, and when that was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import gt

from instructerc.formats.shared.times.half_days import half_of, is_other_word

Numbers = tuple[int, int, int]

# Years of the calendars of Iran and of Thailand, of which phones write the dates too.
_SOLAR_HIJRI = (1370, 1430)
_BUDDHIST = 2400

_MARK = "[\u200e\u200f\u202a-\u202e\u2066-\u2069]{0,3}"
_BLANK = "[ \u00a0\u202f]"
# Up to three words beside the clock: of the half of the day, or such as `klo` and `Uhr`.
_WORD = rf"[^\W\d_][^\d\s\[\]:,،/<>–-]{{0,17}}(?:{_BLANK}[^\d\s\[\]:,،/<>–-]{{1,12}}){{0,2}}"
_DATE = (
    rf"(?P<a>\d{{1,4}}){_MARK}(?P<separator>[/.-]){_MARK} ?(?P<b>\d{{1,2}}){_MARK}(?P=separator){_MARK} ?"
    rf"(?P<c>\d{{1,4}})\.?(?:{_BLANK}г\.)?"
)
_CLOCK = (
    rf"(?:(?P<before>{_WORD}){_BLANK}?)?(?P<hour>\d{{1,2}})(?:[:.]|{_BLANK}?h{_BLANK}?)(?P<minute>\d{{2}})"
    # In Canada's French the clock is 21 h 05 min 33 s.
    rf"(?:(?:[:.]|{_BLANK}min{_BLANK})(?P<second>\d{{2}})(?:{_BLANK}s\b)?)?(?:{_BLANK}?(?P<after>{_WORD}))?"
)
# In brackets, or with a dash after it; older phones put a colon there.
# Skype adds when a message was edited: [24/12/2024 21:06:00 | Edited 21:06:20]
_EDITED = rf"(?(bracket)(?:{_BLANK}\|{_BLANK}[^\[\]|\n]{{3,40}})?)"
_END = rf"{_MARK}{_EDITED}(?P<end>(?(bracket)\]|(?:{_BLANK}[-–]|:(?={_BLANK})))){_BLANK}{{0,2}}"
_BEGIN = rf"{_MARK}(?P<bracket>\[)?{_MARK}"
_STARTS = (
    re.compile(rf"{_BEGIN}{_DATE}{_MARK}[,،၊、]?{_MARK}{_BLANK}{_MARK}{_CLOCK}{_END}"),
    # The time first, as copied messages have it.
    re.compile(rf"{_BEGIN}{_CLOCK}{_MARK}[,،၊、]?{_MARK}{_BLANK}{_MARK}{_DATE}{_END}"),
)
# All lines of a text at once: the stamp with its groups and what is behind it, or a line that does not begin so.
_LINES = re.compile(rf"(?:({_STARTS[0].pattern})(.*)|(.*))\n")
# The same without what only other letters than ASCII can match, which is seen sooner.
_ASCII_LINES = re.compile(_LINES.pattern.replace(_MARK, "").replace(_BLANK, " "))
_FIRST = 10_000
_YEARS = ("년", "年")
_EAST_ASIAN = re.compile(r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")
# Dec 24, 24. Dez., 24 de diciembre de 2024: with a month's name, and without a year in the oldest exports.
_NAMED = re.compile(
    rf"({_BEGIN})(?:(?P<day>\d{{1,2}})(?:\.?{_BLANK}(?:de )?|-)(?P<month>[^\W\d_]{{3,12}})\.?"
    rf"|(?P<first>[^\W\d_]{{3,12}})\.?{_BLANK}(?P<second>\d{{1,2}})(?!\d))(?:(?:,?{_BLANK}(?:de )?|-)"
    rf"(?P<year>\d{{4}})(?!\d))?"
)
_MONTHS = (
    "jan ene gen янв січ oca sty led ιαν ian tam",
    "feb fév fev лют фев şub lut úno φεβ hel",
    "mar mär maa mrz мар бер bře μαρ mrt",
    "apr abr avr апр кві nis kwi dub απρ huh",
    "may mai maj mag мая май тра kvě μαΐ μαϊ mei tou",
    "jun juin giu июн чер haz cze čer ιουν kes",
    "jul juil lug июл лип tem lip čvc ιουλ hei",
    "aug ago aoû авг сер ağu sie srp αυγ elo",
    "sep set сен вер eyl wrz zář σεπ syy",
    "oct okt ott out окт жов eki paź říj οκτ lok",
    "nov ноя лис kas lis νοε ras",
    "dec dez déc dic дек гру ara gru pro δεκ jou",
)
_MONTH_OF = {begin: number for number, begins in enumerate(_MONTHS, 1) for begin in begins.split()}
_YEAR = 366 * 86_400


@dataclass(slots=True)
class Stamp:
    """The date and time that a message begins with.

    Attributes:
        shown: it as the line has it.
        numbers: those of the date, in the line's order.
        second: of the day; None if there is no such time.
        year_first: whether the first number can only be a year.
        style: what all messages of one export share: the brackets and what ends the stamp, and whether it has seconds.
        unknown: a word beside the clock that says nothing known of the half of the day; None where there is none.
    """

    shown: str
    numbers: Numbers
    second: int | None
    year_first: bool
    style: tuple[str, bool]
    unknown: str | None = None


def split_stamp(line: str) -> tuple[Stamp, str] | None:
    """Returns a line's stamp and what stands behind it; None if it does not begin with one."""
    found = find_stamp(line)
    if found is None:
        return None
    # All groups at once take half the time of some by their names.
    groups = found.groups("")
    if found.re is _STARTS[1]:
        bracket, before, hour, minute, second, after, *date, end = groups
        groups = (bracket, *date, before, hour, minute, second, after, end)
    return _stamp((found[0], *groups)), found.string[found.end() :]


def split_stamps(text: str) -> Iterator[tuple[Stamp | None, str, str]]:
    """Yields each line's stamp and what stands behind it, as `split_stamp` does but sooner, and the line.

    Args:
        text: lines that all end with a line feed.
    """
    is_east_asian = any(mark in text for mark in _YEARS)
    # All begin as the first one, as a rule.
    first = next((one for one in map(_STARTS[0].match, text[:_FIRST].split("\n")) if one is not None), None)
    lines = _ASCII_LINES if first is not None and first[0].isascii() else _LINES
    for found in lines.findall(text):
        shown, rest, other = found[0], found[-2], found[-1]
        if shown and not is_east_asian:
            yield _stamp(found[:-2]), rest, shown + rest
            continue
        line = shown + rest + other
        split = split_stamp(line)
        yield (None, "", line) if split is None else (*split, line)


def _stamp(found: tuple[str, ...]) -> Stamp:
    """Returns a stamp by the text of its pattern and of the groups in it, which is empty where they match nothing."""
    shown, bracket, a, _, b, c, before, hour, minute, second, after, end = found
    numbers, year_first = _date_of(a, b, c)
    moment, unknown = _minute_of(hour, minute, before, after)
    if second and moment is not None:
        moment = moment + int(second) if int(second) < 60 else None
    return Stamp(shown.strip(), numbers, moment, year_first, _style_of(bracket, end, bool(second)), unknown)


# One day has many messages, and all have one style.
@lru_cache(maxsize=1024)
def _date_of(a: str, b: str, c: str) -> tuple[Numbers, bool]:
    """Returns the numbers of a date, and whether the first can only be a year."""
    return (int(a), int(b), int(c)), len(a) > 2


@lru_cache(maxsize=2048)
def _minute_of(hour: str, minute: str, before: str, after: str) -> tuple[int | None, str | None]:
    """Returns the second of the day at which a minute begins, None if there is no such one, and a word beside it that
    says nothing known."""
    number, half, word = int(hour), None, before or after
    if word:
        half = half_of(before, number)
        half = half_of(after, number) if half is None else half
    unknown = word if half is None and word and number <= 12 and not is_other_word(word) else None
    if half is not None and 1 <= number <= 12:
        number = number % 12 + half
    return (number * 60 + int(minute)) * 60 if number < 24 and int(minute) < 60 else None, unknown


@lru_cache(maxsize=64)
def _style_of(bracket: str, end: str, has_seconds: bool) -> tuple[str, bool]:
    return f"{bracket}{end.strip()}", has_seconds


def find_stamp(line: str) -> re.Match[str] | None:
    """Returns the stamp that a line begins with, in the line with its date in numbers; None if it has none."""
    if not line.isascii() and any(mark in line[:20] for mark in _YEARS):
        line = _EAST_ASIAN.sub(r"\1/\2/\3", line, count=1)
    found = _STARTS[0].match(line) or _STARTS[1].match(line)
    if found is None and (line := _with_numbers(line)):
        found = _STARTS[0].match(line)
    return found


def _with_numbers(line: str) -> str:
    """Returns a line with the date in numbers, the year first, where it begins with a month's name; else nothing."""
    found = _NAMED.match(line)
    if found is None:
        return ""
    month = month_of(found["month"] or found["first"])
    if month is None:
        return ""
    return f"{found[1]}{found['year'] or '0000'}/{month}/{found['day'] or found['second']}{line[found.end() :]}"


def month_of(name: str) -> int | None:
    """Returns the number of a month that is named in any of many languages, also cut off; None of other words."""
    folded = name.casefold()
    return _MONTH_OF.get(folded[:4]) or _MONTH_OF.get(folded[:3])


def _day_month(numbers: Numbers) -> Numbers:
    return numbers[2], numbers[1], numbers[0]


def _month_day(numbers: Numbers) -> Numbers:
    return numbers[2], numbers[0], numbers[1]


def _year_month(numbers: Numbers) -> Numbers:
    return numbers


# In the order in which they are preferred where the file leaves the choice.
_ORDERS: dict[str, Callable[[Numbers], Numbers]] = {"day-month": _day_month, "month-day": _month_day}


def find_moments(stamps: Sequence[Stamp]) -> tuple[list[float | None], str | None]:
    """Returns when each message was, in seconds on one clock, and the order of the dates if it had to be guessed.

    Day and month are found from the whole file: an order with the fewest dates that the calendar does not have, then
    with the fewest times that run backwards. What that leaves open is read in the order that makes the chat shorter,
    and day before month if it is as long. A year comes first only where it has four digits.

    Shape:
        stamps, moments: U; None for a message without a date or time that exists.
    """
    found = {name: _moments(stamps, order) for name, order in _ORDERS.items()}
    if any(stamp.year_first for stamp in stamps):
        found["year-month"] = _moments(stamps, _year_month)
    for rank in (_n_missing, _n_backwards):
        best = min(map(rank, found.values()))
        found = {name: moments for name, moments in found.items() if rank(moments) == best}
    if all(stamp.numbers[0] == 0 for stamp in stamps):
        return list(_pass_years(found.get("year-month", [None] * len(stamps)))), None
    if len(found) == 1:
        [moments] = found.values()
        return moments, None
    name = min(found, key=lambda name: _length(found[name]))
    others = {tuple(_since_first(moments)) for moments in found.values()}
    return found[name], name if len(others) > 1 else None


def _pass_years(moments: Iterable[float | None]) -> Iterator[float | None]:
    """Yields moments of dates without a year; one that falls by more than half a year is a year on."""
    years, last = 0, None
    for moment in moments:
        if moment is not None:
            years += last is not None and moment < last - _YEAR / 2
            last = moment
        yield None if moment is None else moment + years * _YEAR


def _moments(stamps: Sequence[Stamp], order: Callable[[Numbers], Numbers]) -> list[float | None]:
    days: dict[Numbers, int | None] = {}
    for stamp in stamps:
        if stamp.numbers not in days:
            days[stamp.numbers] = _day(*order(stamp.numbers))
    return [
        None if (day := days[stamp.numbers]) is None or stamp.second is None else float(day * 86_400 + stamp.second)
        for stamp in stamps
    ]


def _day(year: int, month: int, day: int) -> int | None:
    if _SOLAR_HIJRI[0] <= year <= _SOLAR_HIJRI[1] and 1 <= month <= 12 and 1 <= day <= 31:
        return int((year - 1) * 365.2422) + 31 * (month - 1) - max(0, month - 7) + day
    if year > _BUDDHIST:
        year -= 543
    try:
        return date(year + 2000 if year < 100 else year, month, day).toordinal()
    except ValueError:
        return None


def _n_missing(moments: list[float | None]) -> int:
    return moments.count(None)


def _n_backwards(moments: list[float | None]) -> int:
    known = [moment for moment in moments if moment is not None]
    return sum(map(gt, known, islice(known, 1, None)))


def _since_first(moments: list[float | None]) -> list[float | None]:
    first = min((moment for moment in moments if moment is not None), default=0.0)
    return [None if moment is None else moment - first for moment in moments]


def _length(moments: list[float | None]) -> float:
    return max((moment for moment in _since_first(moments) if moment is not None), default=0.0)
