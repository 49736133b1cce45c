"""What kind of times a file has, by how it writes them and by what is said in them; and what becomes seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.shared.times.clocks import (
    are_days,
    are_of_day,
    from_1970,
    from_days,
    from_minutes,
    may_be_days,
    since_1970,
)
from instructerc.formats.shared.times.moments import since_first
from instructerc.formats.shared.times.speech_rate import finds_unit, from_unit

_WHOLE = re.compile(r"\d+(?:[.,]0*)?")
_NUMBER = re.compile(r"\d+(?:[.,]\d*)?")
_SHORT_CLOCK = re.compile(r"\d{1,2}:\d{2}")

_DATES = "{n} conversation(s) with dates for times: counted from the first turn"
_CLOCKS = (
    "times such as 21:05 in {n} conversation(s): read as hours and minutes, from the first turn; of a recording, write "
    "0:21:05"
)
_IN = "times in {n} conversation(s)"
_SURE_UNIT = f"{_IN} can only be %s: read as seconds"
_UNIT = f"{_IN} are long for seconds, and may be %s: read as seconds; if not, name them by their unit, as start_ms"
_SURE_DAYS = f"{_IN} can only be days as a spreadsheet counts them: read as seconds from the first turn"
_DAYS = f"{_IN} may be days as a spreadsheet counts them: read as seconds; if not, give dates, as 2024-12-24 21:05"


@dataclass(slots=True)
class KindOfTimes:
    """How a file has written its times so far.

    Attributes:
        are_dates: whether one was a date, which counts from 1970.
        are_whole: whether all were whole numbers; in a table also `250.0`, but in JSON a fraction says seconds.
        are_short: whether all were clocks of two numbers, which were read as minutes and seconds.
        have_fractions: whether the first one that was not whole was a number all the same.
        are_own: whether the file has the project's own schema, in which fractions are seconds.
    """

    are_dates: bool = False
    are_whole: bool = True
    are_short: bool = False
    have_fractions: bool = False
    are_own: bool = False

    def look(self, start: Any, end: Any) -> None:
        """Takes the times of a turn as they are written; not needed once all that is told from them is known."""
        if end is None and self.are_whole and isinstance(start, str) and start.isdecimal():
            # As most tables with a start have it.
            return
        given = [time for time in (start, end) if time is not None and (not isinstance(time, str) or time.strip())]
        if not self.are_whole:
            self.are_short = all(map(_is_short_clock, given))
        elif not all(map(_is_whole, given)):
            self.are_whole = False
            self.are_short = all(map(_is_short_clock, given))
            self.have_fractions = any(map(_is_number, given))


def in_seconds(conversation: Conversation, times: KindOfTimes) -> tuple[Conversation, str | None]:
    """Returns a conversation with its times in seconds, and what a note says of them, with `{n}` for a number.

    What could be another kind of time, but need not be, is left as seconds, and the note says so.
    """
    if times.are_dates:
        counted = since_first(conversation)
        return (conversation, None) if counted is None else (counted, _DATES)
    if times.are_own and not times.are_whole:
        return conversation, None
    if (scale := since_1970(conversation)) is not None:
        return from_1970(conversation, scale), _DATES
    if times.are_short and are_of_day(conversation):
        return from_minutes(conversation), _CLOCKS
    if times.have_fractions and may_be_days(conversation):
        return (from_days(conversation), _SURE_DAYS) if are_days(conversation) else (conversation, _DAYS)
    unit = finds_unit(conversation) if times.are_whole or times.have_fractions else None
    if unit is None:
        return conversation, None
    # Nobody speaks so slowly; but programs that mean milliseconds have no fractions of them, as a rule.
    return (
        (from_unit(conversation, unit[0]), _SURE_UNIT % unit[1]) if times.are_whole else (conversation, _UNIT % unit[1])
    )


def _is_whole(time: Any) -> bool:
    if isinstance(time, str):
        return time.isdecimal() or _WHOLE.fullmatch(time.strip()) is not None
    return isinstance(time, int) and not isinstance(time, bool)


def _is_number(time: Any) -> bool:
    return isinstance(time, float) or (isinstance(time, str) and _NUMBER.fullmatch(time.strip()) is not None)


def _is_short_clock(time: Any) -> bool:
    return isinstance(time, str) and _SHORT_CLOCK.fullmatch(time.strip()) is not None
