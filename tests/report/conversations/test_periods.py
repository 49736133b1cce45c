"""When turns were said, by what names and times say of it."""

from __future__ import annotations

from datetime import date

import pytest

from instructerc import Conversation, Utterance
from instructerc.report.conversations.periods import MOST, find_day, find_periods


def _talk(name, *starts):
    return Conversation(name, [Utterance("Ann", "x", start=start) for start in starts or (None,)])


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-11-03_ann.vtt", date(2026, 11, 3)),
        ("call 20261103-0915", date(2026, 11, 3)),
        ("calls.2026.11.03.txt", date(2026, 11, 3)),
        ("order 402026110312", None),
        ("2026-13-03", None),
        ("2026-02-30", None),
        ("2026-11_03", None),
        ("talk", None),
    ],
)
def test_a_date_stands_in_a_name(name, day):
    assert find_day("nothing", name) == day


def test_the_conversations_own_date_goes_before_that_of_its_file():
    periods = find_periods([_talk("2026-11-03"), _talk("b")], ["2026-11-09.txt", "2026-11-05.txt"])
    assert (periods.kind, periods.names) == ("day", ("2026-11-03", "2026-11-04", "2026-11-05"))
    assert periods.of_turns == ((0,), (2,))


def test_a_chat_goes_on_from_its_date_and_what_has_none_is_left_out():
    periods = find_periods([_talk("2026-11-03", 0.0, 90_000.0, None), _talk("b", 5.0)], [None, None])
    assert periods.names == ("2026-11-03", "2026-11-04")
    assert periods.of_turns == ((0, 1, 0), (None,))


@pytest.mark.parametrize(
    ("last", "kind", "names"),
    [("2026-03-01", "week", ("2025-12-29", "2026-02-23")), ("2027-12-31", "month", ("2026-01", "2027-12"))],
)
def test_many_days_become_weeks_and_months(last, kind, names):
    periods = find_periods([_talk("2026-01-01"), _talk(last)], [None, None])
    assert (periods.kind, periods.names[0], periods.names[-1]) == (kind, *names)
    assert len(periods.names) <= MOST
    assert periods.of_turns == ((0,), (len(periods.names) - 1,))


def test_chats_of_several_days_have_days_of_their_own():
    periods = find_periods([_talk("a", 0.0, 200_000.0), _talk("b", 100_000.0, None)], ["a", "b"])
    assert (periods.kind, periods.names) == ("day of the chat", ("1", "2", "3"))
    assert periods.of_turns == ((0, 2), (1, None))


def test_without_times_the_order_counts():
    many = find_periods([_talk(str(n)) for n in range(100)], [None] * 100)
    assert (many.kind, many.names[0], many.names[-1]) == ("conversations", "1–3", "100")
    assert many.of_turns[0] == many.of_turns[2] == (0,)
    one = find_periods([_talk("a", *[None] * 50)], [None])
    assert (one.kind, one.names[0], one.names[-1]) == ("turns", "1–3", "49–50")
    assert len(one.of_turns[0]) == 50
