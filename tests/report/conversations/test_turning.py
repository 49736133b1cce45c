"""Shifts, and how far a mood turns and stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.report.conversations.turning import find_shifts, turn_strengths


def test_a_shift_is_of_a_speaker_and_an_unsure_turn_hides_none():
    speakers = ["Ann", "Bo", "Ann", "Bo", "Ann", "Ann", "Bo"]
    labels = [0, 1, 0, None, 2, 0, 2]
    assert find_shifts(speakers, labels) == [None, None, None, None, 0, 2, 1]


def _strengths(labels, speakers=None):
    rows = np.eye(3)[labels]
    named = speakers or ["Ann"] * len(labels)
    return turn_strengths(named, rows, find_shifts(named, labels))


def test_a_mood_that_lasts_turns_further_than_a_word():
    lasting = _strengths([0, 0, 0, 1, 1, 1])
    single = _strengths([0, 0, 0, 1, 0, 0])
    assert lasting == [0, 0, 0, 1.0, 0, 0]
    assert single[3] == pytest.approx(1 / 3)
    assert single[4] == pytest.approx(1 / 3)


def test_other_speakers_do_not_count():
    labels, speakers = [0, 2, 0, 2, 1, 2, 1], ["Ann", "Bo"] * 3 + ["Ann"]
    assert _strengths(labels, speakers)[4] == 1.0
    assert _strengths(labels, speakers)[1::2] == [0, 0, 0]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 2)), min_size=1, max_size=40))
def test_strengths_are_shares_and_only_shifts_have_one(turns):
    speakers, labels = [name for name, _ in turns], [label for _, label in turns]
    shifts, strengths = find_shifts(speakers, labels), _strengths(labels, speakers)
    assert len(shifts) == len(strengths) == len(turns)
    for shift, strength in zip(shifts, strengths, strict=True):
        assert 0 <= strength <= 1 + 1e-9
        assert shift is not None or strength == 0
