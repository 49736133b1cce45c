"""Valence and arousal of labels."""

from __future__ import annotations

import pytest

from instructerc.labels import Affect, LabelSet, affect_of, load_label_set, shipped_label_sets
from instructerc.labels.affect import affect_source
from instructerc.labels.shipped import read_shipped


@pytest.mark.parametrize("name", shipped_label_sets())
def test_every_shipped_label_has_a_place_or_is_named_without_one(name):
    labels = load_label_set(name)
    for label in labels.names:
        affect = affect_of(label, labels)
        assert (affect is None) == (label in read_shipped("affect")["without"]), label
        if affect is None:
            continue
        assert -1 <= affect.valence <= 1
        assert -1 <= affect.arousal <= 1


def test_values_are_those_of_the_source():
    assert affect_of("Joyful") == Affect(0.76, 0.48, "joyful")
    assert affect_of("sadness") == Affect(-0.63, -0.27, "sad")
    assert affect_of("surprise") == Affect(0.40, 0.67, "surprised")
    assert "Russell" in affect_source()
    assert "1977" in affect_source()


def test_neutral_is_the_middle_and_is_not_rated():
    assert affect_of("neutral") == affect_of("no emotion") == Affect(0.0, 0.0, None)


def test_other_words_of_a_label_are_tried_after_it():
    mood = LabelSet("mood", ["fine", "odd"], {"fine": ["happy"]})
    assert affect_of("fine", mood) == Affect(0.81, 0.51, "happy")
    assert affect_of("odd", mood) is None
    assert affect_of("fine") is None


def test_every_word_stands_for_a_rated_term():
    data = read_shipped("affect")
    assert set(data["words"].values()) <= set(data["terms"])
