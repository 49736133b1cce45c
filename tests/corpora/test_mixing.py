"""Mixing corpora: shares that are nested, and no held-out utterance in training."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import drop_overlap, load_corpus, mix
from instructerc.corpora.mixing import normalise_text
from instructerc.errors import InputError

WAYS = st.sampled_from(["total", "ratio"])
SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=4)
SHARES = st.floats(0.001, 1)


def _parts(sizes: list[int]) -> list[list[Conversation]]:
    return [[_talk(f"{part}/{place}") for place in range(size)] for part, size in enumerate(sizes)]


def _talk(name: str, *texts: str) -> Conversation:
    return Conversation(name, [Utterance("Ann", text) for text in texts or ("Hm.",)])


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Y'know, I'd -- GO!", "yknow id go"),
        ("Y’know\tI’d\n go", "yknow id go"),
        ("Wait_for me... 2 x", "wait for me 2 x"),
        ("STRASSE, Straße", "strasse strasse"),
        ("…!", ""),
    ],
)
def test_marks_case_and_blanks_do_not_count(text: str, normal: str) -> None:
    assert normalise_text(text) == normal


@given(st.text())
def test_a_normalised_text_stays_as_it_is_in_marks_and_blanks(text: str) -> None:
    normal = normalise_text(text)
    assert normal == " ".join(normal.split())
    assert all(letter.isalnum() or letter == " " for letter in normal)


def test_conversations_that_hold_a_longer_held_out_utterance_are_dropped() -> None:
    train = [
        _talk("same", "Hi.", "We're late, and you KNOW it!"),
        _talk("short", "Yes, I know it."),
        _talk("within", "Look: we're late and you know it, Bo."),
        _talk("other", "We're early and you know it."),
    ]
    held_out = [_talk("x", "We’re late and you know it"), _talk("y", "Yes, I know it.", "")]
    kept, n_dropped = drop_overlap(iter(train), iter(held_out))
    assert ([talk.id for talk in kept], n_dropped) == (["short", "within", "other"], 1)
    kept, n_dropped = drop_overlap(train, held_out, min_words=4)
    assert ([talk.id for talk in kept], n_dropped) == (["within", "other"], 2)
    assert drop_overlap(train, [], min_words=0) == (train, 0)
    assert drop_overlap([_talk("mute", "", "...")], [_talk("z", "!")], min_words=0)[1] == 0


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


@pytest.mark.parametrize(
    ("share", "how", "said"),
    [
        (0, "total", "share is 0; give a number over 0 and up to 1"),
        (1.5, "ratio", "share is 1.5"),
        (float("nan"), "ratio", "share is nan"),
        (0.5, "ratios", r"unknown way to mix 'ratios' \(did you mean 'ratio'\?\); give one of total, ratio"),
    ],
)
def test_what_cannot_be_mixed_is_refused(share: float, how: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        mix(_parts([3]), share, how, 0)


def test_meld_and_emorynlp_share_scenes(meld_folder: Path, emorynlp_folder: Path) -> None:
    def load_both(split: str) -> tuple[list[Conversation], list[Conversation]]:
        return load_corpus("meld", meld_folder, split), load_corpus("emorynlp", emorynlp_folder / "full", split)

    (meld, emorynlp), dev, test = (load_both(split) for split in ("train", "dev", "test"))
    kept, n_dropped = drop_overlap(emorynlp, dev[0] + test[0])
    assert (len(kept), n_dropped) == (605, 108)
    kept, n_dropped = drop_overlap(meld, dev[1] + test[1])
    assert (len(kept), n_dropped) == (977, 61)
