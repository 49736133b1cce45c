"""Every utterance is asked once, sees what it must, and the cut never looks ahead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.prompts import MIN_HISTORY, History, Trunk, TrunkCutter, WindowCutter, cut_into_trunks

BUDGET = 50
lengths = st.lists(st.integers(1, BUDGET), min_size=1, max_size=120)
# An utterance and its questions always fit together; that they do is the caller's to check.
asked = st.lists(
    st.integers(1, BUDGET).flatmap(lambda length: st.tuples(st.just(length), st.integers(0, BUDGET - length))),
    min_size=1,
    max_size=80,
)
turns = st.integers(0, 14)
cutters = st.sampled_from([TrunkCutter, WindowCutter])


def _cut(sizes, cutter, reserves=None):
    return list(cut_into_trunks(sizes, cutter, reserves))


@given(lengths, turns)
def test_each_utterance_is_asked_once_with_its_history(sizes, min_history):
    trunks = _cut(sizes, TrunkCutter(BUDGET, min_history))
    assert [index for trunk in trunks for index in range(trunk.first, trunk.end)] == list(range(len(sizes)))
    for trunk in trunks:
        assert sum(sizes[trunk.start : trunk.end]) <= BUDGET
        # What the first target of a trunk misses did not fit; the later ones see more.
        wanted = max(0, trunk.first - min_history)
        assert trunk.start <= wanted or sum(sizes[trunk.start - 1 : trunk.first + 1]) > BUDGET


@given(asked, turns)
def test_a_window_has_exactly_its_turns_or_as_many_as_fit(pairs, n_turns):
    sizes, reserves = zip(*pairs, strict=True)
    trunks = _cut(sizes, WindowCutter(BUDGET, n_turns), reserves)
    assert [index for trunk in trunks for index in range(trunk.first, trunk.end)] == list(range(len(sizes)))
    for trunk in trunks:
        for index in range(trunk.first, trunk.end):
            seen, wanted = index - trunk.start, min(index, n_turns)
            assert seen <= wanted
            assert seen == wanted or sum(sizes[trunk.start - 1 : index + 1]) + reserves[index] > BUDGET


@given(asked, turns, cutters)
def test_what_is_asked_about_an_utterance_fits_with_it_and_its_history(pairs, n_turns, kind):
    sizes, reserves = zip(*pairs, strict=True)
    for trunk in _cut(sizes, kind(BUDGET, n_turns), reserves):
        for index in range(trunk.first, trunk.end):
            assert sum(sizes[trunk.start : index + 1]) + reserves[index] <= BUDGET


@given(asked, turns, cutters, st.data())
def test_a_prefix_is_cut_where_the_whole_is(pairs, n_turns, kind, data):
    size = data.draw(st.integers(0, len(pairs)))
    whole, part = kind(BUDGET, n_turns), kind(BUDGET, n_turns)
    starts = [whole.add(length, reserve) for length, reserve in pairs]
    assert [part.add(length, reserve) for length, reserve in pairs[:size]] == starts[:size]


@given(asked, turns, cutters)
def test_a_cutter_and_the_trunks_agree(pairs, n_turns, kind):
    sizes, reserves = zip(*pairs, strict=True)
    cutter = kind(BUDGET, n_turns)
    starts = [cutter.add(length, reserve) for length, reserve in pairs]
    trunks = _cut(sizes, kind(BUDGET, n_turns), reserves)
    assert [trunk.start for trunk in trunks for _ in range(trunk.first, trunk.end)] == starts


def test_a_short_conversation_is_one_trunk():
    assert _cut([10] * 5, TrunkCutter(BUDGET)) == [Trunk(0, 0, 5)]


def test_a_long_one_goes_on_with_the_turns_before():
    assert _cut([10] * 8, TrunkCutter(BUDGET, 2)) == [Trunk(0, 0, 5), Trunk(3, 5, 8)]


def test_windows_share_a_trunk_only_where_they_begin_alike():
    assert _cut([1] * 6, WindowCutter(BUDGET, 2)) == [Trunk(0, 0, 3), Trunk(1, 3, 4), Trunk(2, 4, 5), Trunk(3, 5, 6)]


def test_a_window_opens_again_after_a_long_question():
    assert _cut([10] * 4, WindowCutter(BUDGET, 3), [0, 0, 40, 0]) == [Trunk(0, 0, 2), Trunk(2, 2, 3), Trunk(0, 3, 4)]


def test_no_history_at_all():
    assert _cut([10] * 3, WindowCutter(BUDGET, 0)) == [Trunk(0, 0, 1), Trunk(1, 1, 2), Trunk(2, 2, 3)]


def test_no_utterance_is_no_trunk():
    assert _cut([], TrunkCutter(BUDGET)) == []


@pytest.mark.parametrize("cutter", [TrunkCutter(BUDGET), WindowCutter(BUDGET, 3)])
def test_an_utterance_that_cannot_fit_is_refused(cutter):
    with pytest.raises(ValueError, match="51 tokens does not fit a trunk of 50"):
        cutter.add(51)
    with pytest.raises(ValueError, match="45 tokens does not fit a trunk of 40"):
        cutter.add(45, 10)


def test_history_says_which_cutter():
    assert History() == History("trunk", MIN_HISTORY)
    for mode, kind in (("trunk", TrunkCutter), ("window", WindowCutter)):
        cutter = History(mode, 2).cutter(BUDGET)
        assert isinstance(cutter, kind)
        assert [cutter.add(20) for _ in range(4)] == [0, 0, 1, 2]
    assert [History("trunk", 1).cutter(BUDGET).add(1) for _ in range(3)] == [0, 0, 0]
