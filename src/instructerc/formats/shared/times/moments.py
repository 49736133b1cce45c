"""Dates with a time of day, as tables and logs have them in place of seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from instructerc.conversation import Conversation

# Seconds that are no recording's, but count from 1970; a thousand times as many are milliseconds.
EPOCH = 1e8
_EPOCH_MILLISECONDS = 1e11

_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?(?:\s?\([A-Z]{2,5}\))?"
)
_NUMBERS = re.compile(rf"(?P<a>\d{{1,4}})([./-])(?P<b>\d{{1,2}})\2(?P<c>\d{{1,4}})(?:T|,?\s+){_CLOCK}", re.ASCII)
_SINCE_1970 = re.compile(r"\d{9,13}(?:\.\d{1,9})?", re.ASCII)
_DAY_NAME = r"(?:[^\W\d]{2,10}\.?,?\s+)?"
_BETWEEN = r"(?:\s+(?:at|um|à)|,)?\s+"
_NAMED = (
    re.compile(
        rf"{_DAY_NAME}(?P<day>\d{{1,2}})\.?[\s-](?P<month>[^\W\d]{{3,9}})\.?,?[\s-](?P<year>\d{{2,4}}){_BETWEEN}{_CLOCK}"
    ),
    re.compile(rf"{_DAY_NAME}(?P<month>[^\W\d]{{3,9}})\.?\s(?P<day>\d{{1,2}}),?\s(?P<year>\d{{4}}){_BETWEEN}{_CLOCK}"),
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan ene gen", "feb fév fev", "mar mär", "apr avr abr", "may mai mag", "jun juin giu", "jul juil lug"),
            *("aug aoû ago", "sep set", "oct okt out ott", "nov", "dec dez déc dic"),
        ),
        1,
    )
    for name in names.split()
}
# Digits that begin a pattern are found much sooner than what must not stand before them, which is looked at behind one.
_DATES = re.compile(r"(\d(?<![\d./-]\d)\d?)[/-](\d{1,2})[/-](\d{2,4})(?![\d./-])", re.ASCII)


def finds_day_first(text: str) -> bool:
    """Returns whether dates such as 3/4/2024 in a text begin with the day.

    A number above twelve is a day; else it is the order in which fewer dates run backwards. What that leaves open is
    read as the month first where the times have marks of half the day.
    """
    dates = [(int(a), int(b), int(c)) for a, b, c in _DATES.findall(text)]
    if any(one[0] > 12 for one in dates) or any(one[1] > 12 for one in dates):
        return any(one[0] > 12 for one in dates)
    backward = [
        sum(later < earlier for earlier, later in pairwise([(one[2], one[second], one[first]) for one in dates]))
        for first, second in ((0, 1), (1, 0))
    ]
    if backward[0] != backward[1]:
        return backward[0] < backward[1]
    return re.search(r"\d:\d\d\s?[AaPp]\.?[Mm]", text) is None


def parse_moment(text: str, day_first: bool = True) -> float | None:
    """Returns seconds since 1970 of a date with a time of day, in UTC where it names no zone; None of other texts.

    Example:
        >>> parse_moment("1970-01-01 00:01:00"), parse_moment("02.01.70 00:00"), parse_moment("noon")
        (60.0, 86400.0, None)
    """
    text = text.strip()
    # A clock stands behind the date: 00:12:30.500 is no date, which the patterns take longer to see.
    if not (11 <= len(text) <= 60 and ":" in text) or text[2] == ":":
        return None
    if found := _NUMBERS.fullmatch(text):
        first, second, third = (int(found[name]) for name in "abc")
        if len(found["a"]) > 2:
            return _moment(found, first, second, third)
        by_day = day_first or found[2] == "."
        return _moment(found, third, second if by_day else first, first if by_day else second)
    for pattern in _NAMED:
        if found := pattern.fullmatch(text):
            name = found["month"].casefold()
            month = _MONTHS.get(name[:4], _MONTHS.get(name[:3], 0))
            return _moment(found, int(found["year"]), month, int(found["day"]))
    return None


def _moment(found: re.Match[str], year: int, month: int, day: int) -> float | None:
    hour = int(found["hour"])
    if found["half"] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (found["half"] in "Pp")
    zone = found["zone"]
    sign = 0 if zone is None or zone[0] not in "+-" else int(f"{zone[0]}1")
    shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * sign if zone and sign else timedelta()
    fraction = float(f"0.{found['fraction']}") if found["fraction"] else 0.0
    try:
        when = datetime(
            year + 2000 if year < 70 else year + 1900 if year < 100 else year,
            month,
            day,
            hour,
            int(found["minute"]),
            int(found["second"] or 0),
            tzinfo=timezone(shift) if shift else UTC,
        )
        return when.timestamp() + fraction
    except (ValueError, OverflowError):
        return None


def epoch_moment(text: str) -> float | None:
    """Returns seconds since 1970 from digits that count them, or their milliseconds; None of other texts."""
    digits = text.strip()
    # Most numbers are shorter, which is seen sooner than by the pattern.
    if len(digits) < 9 or not _SINCE_1970.fullmatch(digits):
        return None
    number = float(digits)
    return None if number < EPOCH else number / 1000 if number >= _EPOCH_MILLISECONDS else number


def since_first(conversation: Conversation) -> Conversation | None:
    """Returns the conversation with its dates as seconds from its first turn; None where no turn has one."""
    dates = [turn.start for turn in conversation.utterances if turn.start is not None and turn.start >= EPOCH]
    if not dates:
        return None
    first = min(dates)

    def shifted(time: float | None) -> float | None:
        return time if time is None or time < EPOCH else round(time - first, 3)

    turns = [turn.at(shifted(turn.start), shifted(turn.end)) for turn in conversation.utterances]
    return Conversation(conversation.id, turns)
