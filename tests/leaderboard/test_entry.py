"""Entries: what is required, what is accepted, all faults at once, and back to text without loss."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.errors import InputError
from instructerc.leaderboard.entry import CHOICES, COLUMNS, REQUIRED, read_entry, write_record

GOOD = {
    "id": "x",
    "added": "2026-11-26",
    "task": "erc",
    "dataset": "meld",
    "variant": "2610",
    "metric": "weighted_f1",
    "value": "61.5",
    "model": "X",
    "year": "2026",
    "context": "past",
    "source": "a paper",
}


@pytest.mark.parametrize("name", REQUIRED)
def test_what_a_comparison_needs_is_required(name: str):
    with pytest.raises(InputError, match=f"^here: no {name}$"):
        read_entry({**GOOD, name: ""}, "here")
    with pytest.raises(InputError, match=f"^here: no {name}$"):
        read_entry({**GOOD, name: " \t"}, "here")


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("metric", "f1", "metric 'f1': expected weighted_f1, macro_f1"),
        ("context", "future", "context 'future': expected none, past, later, whole, unknown"),
        ("context", "pst", "did you mean 'past'"),
        ("value", "61,5", "value '61,5': expected a number"),
        ("value", math.nan, "expected a number of 0 or more"),
        ("value", "inf", "expected a number of 0 or more"),
        ("value", True, "expected a number"),
        ("value", 0.0 - 1, "expected a number of 0 or more"),
        ("value", "100.1", "expected percent, 0 to 100"),
        ("seeds", "2.5", "seeds '2.5': expected a whole number"),
        ("seeds", 0, "seeds 0: expected 1 or more"),
        ("year", 26, "year 26: expected 1990 to 2100"),
        ("added", "26.11.2026", "added '26.11.2026'"),
        ("id", "Not Good", "expected small letters and digits"),
        ("model", "two\nlines", "one line of printable text"),
        ("source_url", "javascript:alert(1) x", "expected an address"),
        ("replaces", "x", "a row cannot replace itself"),
        ("checked", "2026-11-27", "checked 2026-11-27: is after added 2026-11-26"),
        ("contxt", "past", "unknown field 'contxt' (did you mean 'context'?)"),
        (1, "past", "unknown field 1"),
        ("added", datetime(2026, 11, 26, 10, tzinfo=UTC), "expected a day, such as 2026-11-27"),
        ("checked", datetime(2026, 11, 26, 10), "expected a day, such as 2026-11-27"),
        ("source", ["a paper", "page 3"], "source ['a paper', 'page 3']: expected text"),
        ("note", {"page": 3}, "expected text"),
        ("model", True, "model True: expected text"),
        ("value", "6_1.5", "expected a number"),
        ("value", "٦١", "expected a number"),
        ("value", [61.5], "expected a number"),
        ("value", 10**400, "expected a number"),
    ],
)
def test_faults_say_what_came_and_what_is_accepted(name: str, value: object, fault: str):
    with pytest.raises(InputError, match=re.escape(fault)):
        read_entry({**GOOD, name: value})


def test_all_faults_come_in_one_message():
    with pytest.raises(InputError) as caught:
        read_entry({**GOOD, "metric": "", "context": "futur", "value": "much"}, "row 7")
    message = str(caught.value)
    assert message.startswith("row 7: no metric; ")
    assert "value 'much'" in message
    assert "context 'futur'" in message


def test_standing_says_whether_a_source_was_seen():
    assert read_entry(GOOD).standing == "claimed, source not seen"
    assert read_entry({**GOOD, "checked": "2026-11-01"}).standing == "claimed"
    listed = read_entry({**GOOD, "checked": "2026-11-01", "source_kind": "secondary", "status": "re-run"})
    assert (listed.standing, listed.seen) == ("re-run by others, secondary source", False)


texts = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(
    model=texts,
    note=texts,
    value=st.floats(0, 100),
    sd=st.none() | st.floats(0, 10),
    size=st.none() | st.floats(0, 1e6),
    seeds=st.none() | st.integers(1, 99),
    checked=st.none() | st.dates(date(2020, 1, 1), date(2026, 11, 26)),
    context=st.sampled_from(CHOICES["context"]),
)
def test_text_gives_the_same_entry_back(model, note, value, sd, size, seeds, checked, context):
    record = {**GOOD, "model": model, "note": note, "value": value, "sd": sd, "params_millions": size}
    entry = read_entry({**record, "seeds": seeds, "checked": checked, "context": context})
    written = write_record(entry)
    assert list(written) == list(COLUMNS)
    assert read_entry(written) == entry
