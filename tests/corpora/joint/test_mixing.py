"""Mixing corpora: shares that are nested."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import mix
from instructerc.corpora.joint.mixing import keep_apart
from instructerc.errors import InputError

WAYS = st.sampled_from(["total", "ratio"])
SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=4)
SHARES = st.floats(0.001, 1)


def _parts(sizes: list[int]) -> list[list[Conversation]]:
    return [[_talk(f"{part}/{place}") for place in range(size)] for part, size in enumerate(sizes)]


def _talk(name: str, *texts: str) -> Conversation:
    return Conversation(name, [Utterance("Ann", text) for text in texts or ("Hm.",)])


@given(SIZES, WAYS, st.integers(0, 5))
def test_the_whole_share_is_everything_in_order(sizes: list[int], how: Literal["total", "ratio"], seed: int) -> None:
    assert mix(_parts(sizes), 1, how, seed) == _parts(sizes)


@given(SIZES, WAYS, st.integers(0, 5), SHARES, SHARES)
def test_draws_are_nested_ordered_repeatable_and_of_the_right_size(
    sizes: list[int], how: Literal["total", "ratio"], seed: int, one: float, other: float
) -> None:
    parts = _parts(sizes)
    small, large = (mix(parts, share, how, seed) for share in sorted((one, other)))
    assert small == mix(parts, min(one, other), how, seed)
    assert len(small) == len(parts)
    for part, some, more in zip(parts, small, large, strict=True):
        assert some == [talk for talk in more if talk in some]
        assert more == [talk for talk in part if talk in more]
    wholes = [len(part) for part in parts] if how == "ratio" else [sum(map(len, parts))]
    drawn = [len(part) for part in small] if how == "ratio" else [sum(map(len, small))]
    for whole, size in zip(wholes, drawn, strict=True):
        assert size == min(whole, max(1, round(min(one, other) * whole)))


def test_ratio_draws_from_each_what_it_draws_from_it_alone() -> None:
    parts = _parts([30, 7, 1])
    mixed = mix(parts, 0.25, "ratio", 3)
    assert [len(part) for part in mixed] == [8, 2, 1]
    assert mixed == [mix([part], 0.25, "ratio", 3)[0] for part in parts]
    assert mix(parts, 0.25, "ratio", 4) != mixed


def test_total_draws_from_the_pool() -> None:
    parts = _parts([300, 20, 2])
    mixed = mix(parts, 1 / 64, "total", 0)
    assert sum(map(len, mixed)) == 5
    assert len(mixed[0]) > len(mixed[1]) >= len(mixed[2])


def test_names_of_two_corpora_stay_apart() -> None:
    talk = Conversation("train/s01_e02/c1", [Utterance("Ross", "Hi", "joy", 1.0, note="loud"), Utterance("a:b", "Ho")])
    assert keep_apart(talk, "meld") == Conversation(
        "train/meld/s01_e02/c1", [Utterance("meld:Ross", "Hi", "joy", 1.0, note="loud"), Utterance("meld:a:b", "Ho")]
    )


@pytest.mark.parametrize(
    ("share", "how", "said"),
    [
        (0, "total", "share is 0; give a number above 0 and at most 1"),
        (1.5, "ratio", "share is 1.5"),
        (float("nan"), "ratio", "share is nan"),
        (0.5, "ratios", r"unknown way to mix 'ratios' \(did you mean 'ratio'\?\); give one of total, ratio"),
    ],
)
def test_what_cannot_be_mixed_is_refused(share: float, how: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        mix(_parts([3]), share, how, 0)
