"""Every utterance is asked once, sees what it must, and the cut never looks ahead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.prompts import TrunkCutter, cut_into_trunks

BUDGET = 50
lengths = st.lists(st.integers(1, BUDGET), min_size=1, max_size=120)


@given(lengths, st.integers(0, 14))
def test_each_utterance_is_asked_once_with_its_history(sizes, min_history):
    trunks = list(cut_into_trunks(sizes, BUDGET, min_history))
    assert [index for trunk in trunks for index in range(trunk.first, trunk.end)] == list(range(len(sizes)))
    for trunk in trunks:
        assert sum(sizes[trunk.start : trunk.end]) <= BUDGET
        # What the first target of a trunk misses did not fit; the later ones see more.
        wanted = max(0, trunk.first - min_history)
        assert trunk.start <= wanted or sum(sizes[trunk.start - 1 : trunk.first + 1]) > BUDGET


@given(lengths, st.integers(0, 14))
def test_a_prefix_is_cut_where_the_whole_is(sizes, min_history):
    whole, part = TrunkCutter(BUDGET, min_history), TrunkCutter(BUDGET, min_history)
    starts = [whole.add(size) for size in sizes]
    assert [part.add(size) for size in sizes[: len(sizes) // 2]] == starts[: len(sizes) // 2]


def test_a_short_conversation_is_one_trunk():
    assert [(trunk.start, trunk.first, trunk.end) for trunk in cut_into_trunks([10] * 5, BUDGET)] == [(0, 0, 5)]


def test_an_utterance_that_cannot_fit_is_refused():
    with pytest.raises(ValueError, match="51 tokens does not fit a trunk of 50"):
        TrunkCutter(BUDGET).add(51)
