"""When turns were said, as far as a file or a conversation says it: by day, else in the order of the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath
from typing import Literal

from instructerc.conversation import Conversation

Kind = Literal["day", "week", "month", "day of the chat", "conversations", "turns"]
MOST = 45
"""Periods that a plot has room for."""

_DAY_S = 86_400
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods in their order, and that of each turn.

    Attributes:
        kind: what a period is.
        names: of each.
        of_turns: for each conversation the period of each turn; None where it is not known.
    """

    kind: Kind
    names: tuple[str, ...]
    of_turns: tuple[tuple[int | None, ...], ...]


def find_day(*names: str) -> date | None:
    """Returns the first date that stands in one of the names, such as `calls/2026-11-03_ann.vtt`; None without one."""
    for name in names:
        for found in _DATE.finditer(name):
            try:
                return date(int(found[1]), int(found[3]), int(found[4]))
            except ValueError:
                continue
    return None


def find_periods(talks: Sequence[Conversation], files: Sequence[str | None]) -> Periods:
    """Returns the periods of conversations.

    A conversation has the date that its name or its file's name has; a chat that goes on for days goes on from there.

    Args:
        talks: conversations, in order.
        files: of each.
    """
    days = [find_day(talk.id, "" if file is None else PurePath(file).name) for talk, file in zip(talks, files, strict=True)]
    if any(days):
        return _by_date([_days_of(talk, day) for talk, day in zip(talks, days, strict=True)])
    offsets = [[None if turn.start is None else int(turn.start // _DAY_S) for turn in talk.utterances] for talk in talks]
    known = sorted({one for some in offsets for one in some if one is not None and one >= 0})
    if known and known[-1] > known[0]:
        return _by_offset(offsets, known[-1])
    return _by_order(talks)


def _days_of(talk: Conversation, day: date | None) -> list[date | None]:
    if day is None:
        return [None] * len(talk)
    return [day if one.start is None else day + timedelta(seconds=max(0.0, one.start)) for one in talk.utterances]


def _by_date(days: Sequence[Sequence[date | None]]) -> Periods:
    known = [day for some in days for day in some if day is not None]
    first, last = min(known), max(known)
    units: tuple[tuple[Kind, Callable[[date], date]], ...] = (
        ("day", lambda day: day),
        ("week", lambda day: day - timedelta(days=day.weekday())),
        ("month", lambda day: day.replace(day=1)),
    )
    for kind, begin in units:
        begins = sorted({begin(first + timedelta(days=n)) for n in range((last - first).days + 1)})
        if len(begins) <= MOST:
            break
    place = {one: number for number, one in enumerate(begins)}
    names = tuple(f"{one:%Y-%m}" if kind == "month" else one.isoformat() for one in begins)
    of_turns = tuple(tuple(None if day is None else place[begin(day)] for day in some) for some in days)
    return Periods(kind, names, of_turns)


def _by_offset(offsets: Sequence[Sequence[int | None]], last: int) -> Periods:
    width = -(-(last + 1) // MOST)
    names = tuple(_span(begin + 1, min(begin + width, last + 1)) for begin in range(0, last + 1, width))
    of_turns = tuple(tuple(None if one is None or one < 0 else one // width for one in some) for some in offsets)
    return Periods("day of the chat", names, of_turns)


def _by_order(talks: Sequence[Conversation]) -> Periods:
    if len(talks) > 1:
        width = -(-len(talks) // MOST)
        names = tuple(_span(n + 1, min(n + width, len(talks))) for n in range(0, len(talks), width))
        return Periods("conversations", names, tuple((n // width,) * len(talk) for n, talk in enumerate(talks)))
    [talk] = talks
    width = max(1, -(-len(talk) // 20))
    names = tuple(_span(n + 1, min(n + width, len(talk))) for n in range(0, len(talk), width))
    return Periods("turns", names, (tuple(n // width for n in range(len(talk))),))


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
