"""Labels that are not the model's own: which calibration they get, and how much new ones are raised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.errors import InputError
from instructerc.evaluation import Calibration, calibration_of, unsure_below_of
from instructerc.evaluation.unseen import fit_unseen_bonus
from instructerc.labels import LabelSet, load_label_set

OWN = LabelSet("own", ("calm", "glad", "cross"))
SETTINGS = ModelSettings(
    "embedded",
    OWN,
    "encoder-3",
    temperature=2.0,
    calibration="prior",
    bias=(0.1, 0.2, -0.3),
    domain="chat",
    biases={"mail": (0.4, 0.0, -0.4)},
    seen_labels=("calm", "cross", "glad", "tired"),
    unseen_bonus=0.7,
    other_temperatures={"chat": {2: 1.5, 4: 1.1}},
)


def test_some_of_the_models_own_labels_keep_their_biases():
    assert calibration_of(SETTINGS, OWN) == Calibration("prior", 2.0, (0.1, 0.2, -0.3))
    some = LabelSet("some", ("cross", "calm"))
    assert calibration_of(SETTINGS, some) == Calibration("prior", 2.0, (-0.3, 0.1))
    assert calibration_of(SETTINGS, some, "mail") == Calibration("prior", 2.0, (-0.4, 0.4))


def test_their_probabilities_are_those_of_all_labels_without_the_others():
    rows = np.log([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]])
    whole = np.exp(calibration_of(SETTINGS, OWN).apply(rows))[:, [2, 0]]
    some = np.exp(calibration_of(SETTINGS, LabelSet("some", ("cross", "calm"))).apply(rows[:, [2, 0]]))
    assert some == pytest.approx(whole / whole.sum(axis=1, keepdims=True), abs=1e-6)


def test_a_bias_of_prompts_that_list_all_labels_holds_for_these_alone():
    settings = replace(SETTINGS, calibration="contextual", unseen_bonus=0.0, biases={}, other_temperatures={})
    assert calibration_of(settings, OWN).bias == (0.1, 0.2, -0.3)
    assert calibration_of(settings, LabelSet("some", ("cross", "calm"))).bias == ()


@pytest.mark.parametrize(
    ("names", "temperature", "bias"),
    [
        (("calm", "Tired"), 1.5, ()),
        (("lonely", "smug"), 1.5, ()),
        (("calm", "lonely", "Tired"), 1.3, (0.0, -0.7, 0.0)),
        (("calm", "glad", "cross", "tired", "lonely"), 1.1, (0.0, 0.0, 0.0, 0.0, -0.7)),
    ],
)
def test_a_new_label_is_raised_beside_learnt_ones_and_few_labels_make_less_sure(names, temperature, bias):
    found = calibration_of(SETTINGS, LabelSet("custom", names))
    assert (found.method, found.temperature, found.bias) == ("prior", pytest.approx(temperature), bias)
    assert calibration_of(SETTINGS, LabelSet("custom", names), "mail").temperature == 2.0


MELD = load_label_set("meld")
ENGLISH, GERMAN, ITALIAN = "joy,anger,sadness,neutral", "Freude,Wut,Trauer,neutral", "gioia,rabbia,tristezza,neutro"
OF_MELD = replace(
    SETTINGS,
    label_set=MELD,
    bias=(-0.4, 0.4, 0.0, -0.4, -0.5, 0.9, -0.1),
    biases={},
    seen_labels=("joy", "anger", "sadness", "neutral", "lonely"),
    unsure_below=0.5,
    other_unsure_below={2: 0.6, 8: 0.4},
)


@pytest.mark.parametrize("words", [GERMAN, ITALIAN, "Joy,Anger,Sadness,Neutral"])
def test_the_same_labels_in_another_language_are_calibrated_alike(words):
    rows = np.log([[0.2, 0.4, 0.3, 0.1], [0.7, 0.1, 0.1, 0.1]])
    english, other = load_label_set(ENGLISH), load_label_set(words)
    calibration = calibration_of(OF_MELD, other)
    assert calibration == calibration_of(OF_MELD, english) == Calibration("prior", 2.0, (-0.5, -0.1, -0.4, -0.4))
    assert np.array_equal(calibration.apply(rows), calibration_of(OF_MELD, english).apply(rows))
    assert unsure_below_of(OF_MELD, other) == unsure_below_of(OF_MELD, english) == 0.5


def test_a_new_label_is_one_that_is_asked_by_a_new_word():
    """`einsam` is asked as lonely, which training had, and `verhext` as it is."""
    found = calibration_of(OF_MELD, load_label_set("Freude,einsam,verhext,Wut"))
    assert found == Calibration("prior", 1.1, (0.0, 0.0, -0.7, 0.0))


def test_where_the_prompt_lists_the_labels_they_are_the_words_that_a_model_is_asked_by():
    settings = replace(OF_MELD, kind="causal", prompt="compact-1")
    assert calibration_of(settings, load_label_set(ENGLISH)).temperature == 2.0
    assert calibration_of(settings, load_label_set(GERMAN)) == Calibration("prior", 1.1, (-0.7, -0.7, -0.7, 0.0))
    assert unsure_below_of(settings, load_label_set(GERMAN)) == pytest.approx(0.6 - 0.2 / 3)


def test_a_temperature_alone_serves_other_labels_too():
    settings = ModelSettings("embedded", OWN, "encoder-3", temperature=1.3)
    assert calibration_of(settings, LabelSet("custom", ("calm", "lonely"))) == Calibration("temperature", 1.3)


def test_model_json_keeps_it(tmp_path):
    write_settings(tmp_path, SETTINGS)
    found = read_settings(tmp_path)
    assert found.seen_labels == SETTINGS.seen_labels
    assert (found.unseen_bonus, found.other_temperatures) == (0.7, {"chat": {2: 1.5, 4: 1.1}})
    write_settings(tmp_path, replace(SETTINGS, seen_labels=(), unseen_bonus=0.0, other_temperatures={}))
    found = read_settings(tmp_path)
    assert (found.seen_labels, found.unseen_bonus, found.other_temperatures) == ((), 0.0, {})


def test_the_bonus_is_the_largest_that_costs_nothing():
    # New label 2 stands 1.05 below a learnt one where it is right, and 2.55 below where it is wrong.
    right, wrong = [0.0, -9.0, -1.05], [0.0, -9.0, -2.55]
    rows, gold = [right] * 2 + [wrong] * 4, [2] * 2 + [0] * 4
    assert fit_unseen_bonus(rows, gold, [True, True, False]) == 2.5
    # Where new labels are never right, any answer with one is wrong.
    assert fit_unseen_bonus(rows, [0] * 6, [True, True, False]) == 1.0


def test_without_both_kinds_of_labels_there_is_nothing_to_raise():
    assert fit_unseen_bonus([[0.0, -1.0]], [1], [True, True]) == 0.0
    assert fit_unseen_bonus([[0.0, -1.0]], [1], [False, False]) == 0.0
    with pytest.raises(InputError, match="a column each"):
        fit_unseen_bonus([[0.0, -1.0]], [1], [True])
