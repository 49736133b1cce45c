"""Feeling wheels: their rings, and the way from a feeling to its core."""

from __future__ import annotations

import pytest

from instructerc.errors import LabelError
from instructerc.labels import load_label_set, load_wheel, shipped_wheels

# The middle ring, as the sources give it.
MIDDLE = {
    "joyful": "excited sensuous energetic cheerful creative hopeful",
    "powerful": "aware proud respected appreciated important faithful",
    "peaceful": "content thoughtful intimate loving trusting nurturing",
    "sad": "lonely bored tired depressed ashamed guilty",
    "mad": "hurt hostile angry selfish hateful critical",
    "scared": "rejected confused helpless submissive insecure anxious",
}


def test_the_feeling_wheel_has_six_cores_with_six_feelings_each():
    wheel = load_wheel("willcox")
    assert {core: set(middle) for core, middle in wheel.feelings.items()} == {
        core: set(words.split()) for core, words in MIDDLE.items()
    }
    assert all(len(outer) == 1 for middle in wheel.feelings.values() for outer in middle.values())
    assert "1982" in wheel.source


def test_the_first_publication_differs_in_words_and_not_in_cores():
    today, first = load_wheel("willcox"), load_wheel("willcox-1982")
    assert set(first.cores) == set(today.cores)
    assert [len(middle) for middle in first.feelings.values()] == [6] * 6
    assert (first.path("rage"), today.path("rage")) == (("mad", "rage"), None)


@pytest.mark.parametrize("name", shipped_wheels())
def test_no_feeling_stands_in_two_places(name):
    wheel = load_wheel(name)
    words = [*wheel.cores]
    for middle in wheel.feelings.values():
        for feeling, outer in middle.items():
            words += [feeling, *outer]
    assert len(words) == len(set(words))
    assert all(wheel.core(word) in wheel.cores for word in words)


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("Frustrated", ("mad", "angry", "frustrated")),
        (" excited ", ("joyful", "excited")),
        ("sad", ("sad",)),
        ("disgust", None),
    ],
)
def test_the_way_to_a_feeling(word, path):
    assert load_wheel("willcox").path(word) == path
    assert load_wheel("willcox").core(word) == (path[0] if path else None)


def test_plutchiks_opposites_are_four_apart_and_dyads_are_of_its_cores():
    wheel = load_wheel("plutchik")
    opposites = {("joy", "sadness"), ("trust", "disgust"), ("fear", "anger"), ("surprise", "anticipation")}
    assert {(wheel.cores[place], wheel.cores[place + 4]) for place in range(4)} == opposites
    assert len(wheel.dyads) == 24
    pairs = {frozenset(parts) for parts in wheel.dyads.values()}
    # All pairs but the four of opposites, each once.
    assert len(pairs) == 24
    assert pairs.isdisjoint({frozenset(pair) for pair in opposites})
    assert all(set(parts) <= set(wheel.cores) for parts in wheel.dyads.values())
    assert wheel.path("rage") == ("anger", "rage")


def test_label_sets_of_the_wheels_have_their_cores():
    for name in ("willcox", "plutchik"):
        assert set(load_label_set(name).names) == {"neutral", *load_wheel(name).cores}


def test_an_unknown_wheel_is_named_with_the_nearest():
    with pytest.raises(LabelError, match=r"no wheel 'wilcox' \(did you mean 'willcox'\?\); give one of plutchik"):
        load_wheel("wilcox")
