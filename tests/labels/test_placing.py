"""Where labels stand on the feeling wheel."""

from __future__ import annotations

import pytest

from instructerc.labels import LabelSet, load_label_set, load_wheel, map_labels, place_on_wheel
from instructerc.labels.mapping import mapped_sets


def test_labels_stand_where_the_mapping_puts_them():
    assert dict(place_on_wheel(load_label_set("meld"))) == {
        "neutral": None,
        "surprise": None,
        "fear": ("scared",),
        "sadness": ("sad",),
        "joy": ("joyful",),
        "disgust": None,
        "anger": ("mad", "angry"),
    }


@pytest.mark.parametrize("name", mapped_sets("wheel"))
def test_a_place_is_under_the_core_that_the_label_maps_to(name):
    labels, cores = load_label_set(name), load_wheel("willcox").cores
    for label, path in place_on_wheel(labels).items():
        target = map_labels(labels, "wheel").map(label)
        assert (path[0] if path else None) == (target if target in cores else None), label


def test_labels_of_ones_own_stand_by_their_words():
    own = LabelSet("mine", ["furious", "serene", "odd"], {"furious": ["angry"]})
    assert dict(place_on_wheel(own)) == {
        "furious": ("mad", "angry"),
        "serene": ("peaceful", "loving", "serene"),
        "odd": None,
    }
