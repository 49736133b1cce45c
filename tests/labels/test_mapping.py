"""Mappings between label sets: each entry has a rule that holds, and losses are named."""

from __future__ import annotations

import json

import pytest

from instructerc.errors import LabelError
from instructerc.labels import LabelSet, load_label_set, load_wheel, map_labels, shipped_label_sets, shipped_mappings
from instructerc.labels.mapping import NO_WORD, OTHER_WORD, SAME_WORD, mapped_sets
from instructerc.labels.shipped import read_shipped

PAIRS = [(name, source) for name in shipped_mappings() for source in mapped_sets(name)]


@pytest.mark.parametrize(("name", "source"), PAIRS)
def test_every_label_has_one_entry_with_a_rule_that_is_stated(name, source):
    data, labels = read_shipped(f"mappings/{name}"), load_label_set(source)
    target = load_label_set(data["target"])
    assert set(data["labels"][source]) == set(labels.names)
    for label, (end, rule, *feeling) in data["labels"][source].items():
        assert end is None or end in target.names, label
        assert (end is None) == (rule == "none"), label
        assert rule in data["rules"], label
        assert len(feeling) == ("ring" in rule), label


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_stated_rule_is_used(name):
    data = read_shipped(f"mappings/{name}")
    used = {entry[1] for entries in data["labels"].values() for entry in entries.values()}
    assert used == set(data["rules"])


@pytest.mark.parametrize("source", mapped_sets("wheel"))
def test_what_the_wheel_mapping_says_of_the_wheel_stands_on_the_wheel(source):
    wheel = load_wheel("willcox")
    for entry in map_labels(source, "wheel").entries:
        if entry.feeling is not None:
            assert wheel.core(entry.feeling) == entry.target, entry


@pytest.mark.parametrize(("name", "source"), PAIRS)
def test_the_unified_label_set_resolves_words_as_the_mapping_does(name, source):
    mapping, labels = map_labels(source, name), load_label_set(source)
    for label in labels.names:
        assert mapping.target.resolve(label) == mapping.map(label), label


def test_goemotions_is_grouped_as_its_release_does_it(real_corpus):
    path = real_corpus("goemotions") / "ekman_mapping.json"
    groups = json.loads(path.read_text(encoding="utf-8"))
    mapping = map_labels("goemotions", "ekman")
    assert {label: mapping.map(label) for labels in groups.values() for label in labels} == {
        label: group for group, labels in groups.items() for label in labels
    }
    assert mapping.map("neutral") == "neutral"


def test_the_paper_and_the_wheel_differ_where_the_wheel_says_otherwise():
    for label, paper, wheel in (("frustrated", "fear", "mad"), ("excited", "excited", "joyful")):
        assert map_labels("iemocap", "paper").map(label) == paper
        assert map_labels("iemocap", "wheel").map(label) == wheel
    assert map_labels("meld", "paper").map("surprise") == "powerful"
    assert map_labels("meld", "wheel").map("surprise") == "surprise"


def test_losses_are_named():
    mapping = map_labels("iemocap", "wheel")
    assert mapping.merged == {"joyful": ("happy", "excited"), "mad": ("angry", "frustrated")}
    assert mapping.lost == ()
    assert mapping.unreached == ("peaceful", "powerful", "scared", "surprise", "disgust")
    assert map_labels("emorynlp", "ekman").lost == ("peaceful", "powerful")
    assert (mapping.map("FRU"), mapping.map("xxx")) == ("mad", None)
    with pytest.raises(LabelError, match="'bored' is not in label set 'iemocap'"):
        mapping.map("bored")


def test_a_target_may_be_the_label_set_or_the_mapping():
    assert map_labels("meld", "unified-wheel") == map_labels("meld", "wheel")
    assert map_labels(load_label_set("meld"), load_label_set("unified-wheel")).name == "wheel"


def test_other_pairs_are_compared_by_their_words():
    mapping = map_labels("meld", "emorynlp")
    assert mapping.name is None
    assert {entry.label: (entry.target, entry.rule) for entry in mapping.entries} == {
        "neutral": ("neutral", SAME_WORD),
        "surprise": (None, NO_WORD),
        "fear": ("scared", OTHER_WORD),
        "sadness": ("sad", OTHER_WORD),
        "joy": ("joyful", OTHER_WORD),
        "disgust": (None, NO_WORD),
        "anger": ("mad", OTHER_WORD),
    }
    own = LabelSet("mine", ["furious", "calm"], {"furious": ["angry"]})
    assert [entry.target for entry in map_labels(own, "emorynlp").entries] == ["mad", "peaceful"]
    assert map_labels("willcox", "ekman").map("mad") == "anger"


def test_a_mapping_that_does_not_begin_there_says_where_it_begins():
    with pytest.raises(LabelError, match=r"mapping 'paper' cannot map from 'goemotions'; it maps from iemocap, "):
        map_labels("goemotions", "paper")
    with pytest.raises(LabelError, match=r"no mapping or label set 'whee' \(did you mean 'wheel'\?\)"):
        map_labels("meld", "whee")


def test_a_label_set_names_a_mapping_that_there_is(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("labels: [neutral, joyful]\nmapping: papers\n", encoding="utf-8")
    with pytest.raises(LabelError, match=r"no mapping 'papers' \(did you mean 'paper'\?\); there are ekman, paper"):
        load_label_set(path)


@pytest.mark.parametrize("name", shipped_label_sets())
def test_every_set_maps_onto_itself(name):
    labels = load_label_set(name)
    mapping = map_labels(labels, LabelSet("copy", labels.names))
    assert [entry.target for entry in mapping.entries] == list(labels.names)
    assert (mapping.merged, mapping.lost, mapping.unreached) == ({}, (), ())
