"""Times that were read as seconds of a recording and are none: of the day, days of a spreadsheet, since 1970."""

from __future__ import annotations

from collections.abc import Callable

from instructerc.conversation import Conversation

_DAY = 24 * 3600.0
_MINUTE = 60
# A recording begins within these seconds, as a rule.
_LONGEST_START = 300.0
# Letters a second that nobody says; fifteen is usual.
_QUICKEST = 50
# Days from 1900 on, as spreadsheets count them: from 1982 to 2064.
_FIRST_DAY, _LAST_DAY = 30_000.0, 60_000.0
# Seconds and milliseconds since 1970: from 2001 to 2039.
_SINCE_1970 = ((1, 1e9, 2.2e9), (1000, 1e12, 2.2e12))


def are_of_day(conversation: Conversation) -> bool:
    """Returns whether times of two numbers, read as minutes and seconds, are hours and minutes of a day.

    So it is where the first is later than a recording begins; those with ends only where nobody could say the words.
    """
    starts = [turn.start for turn in conversation.utterances if turn.start is not None]
    if not starts or starts[0] < _LONGEST_START or not all(0 <= start < _DAY / _MINUTE for start in starts):
        return False
    lengths = [
        (len(turn.text), turn.end - turn.start)
        for turn in conversation.utterances
        if turn.start is not None and turn.end is not None
    ]
    return not lengths or sum(letters for letters, _ in lengths) > _QUICKEST * sum(time for _, time in lengths)


def from_minutes(conversation: Conversation) -> Conversation:
    """Returns the conversation with hours and minutes, which were read as minutes and seconds, from its first turn on.

    A clock that falls by more than half a day is a day on.
    """
    days, last = 0, 0.0

    def moment(time: float) -> float:
        nonlocal days, last
        seconds = time * _MINUTE
        days += seconds < last - _DAY / 2
        last = seconds
        return days * _DAY + seconds

    return _from_first(conversation, moment)


def may_be_days(conversation: Conversation) -> bool:
    """Returns whether all times are such numbers as spreadsheets have for dates, 45650.878 for one of December 2024."""
    starts = [turn.start for turn in conversation.utterances if turn.start is not None]
    return bool(starts) and all(_FIRST_DAY <= start < _LAST_DAY for start in starts)


def are_days(conversation: Conversation) -> bool:
    """Returns whether times that may be days can be nothing else: as seconds, nobody could say the words in them."""
    timed = [(turn.start, len(turn.text)) for turn in conversation.utterances if turn.start is not None]
    n_letters = sum(letters for _, letters in timed[:-1])
    return len(timed) > 1 and n_letters > _QUICKEST * abs(timed[-1][0] - timed[0][0])


def since_1970(conversation: Conversation) -> int | None:
    """Returns how many a second has of the units in which starts count from 1970; None of others, and of spans."""
    starts = [turn.start for turn in conversation.utterances if turn.start is not None]
    # A single one says nothing.
    if (
        len(starts) < 2
        or starts[0] < _SINCE_1970[0][1]
        or any(turn.end is not None for turn in conversation.utterances)
    ):
        return None
    return next((scale for scale, first, last in _SINCE_1970 if all(first <= start < last for start in starts)), None)


def from_1970(conversation: Conversation, scale: int) -> Conversation:
    """Returns the conversation with starts that count from 1970 as seconds from its first turn."""
    return _from_first(conversation, lambda time: time / scale)


def from_days(conversation: Conversation) -> Conversation:
    """Returns the conversation with times in days as seconds from its first turn."""
    return _from_first(conversation, lambda time: time * _DAY)


def _from_first(conversation: Conversation, moment: Callable[[float], float]) -> Conversation:
    spans = [
        tuple(None if time is None else moment(time) for time in (turn.start, turn.end))
        for turn in conversation.utterances
    ]
    first = min((time for span in spans for time in span if time is not None), default=0.0)
    turns = [
        turn.at(*(None if time is None else round(time - first, 2) for time in span))
        for turn, span in zip(conversation.utterances, spans, strict=True)
    ]
    return Conversation(conversation.id, turns)
