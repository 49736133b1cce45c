"""A model folder that is fitted on conversations with labels that are not its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instructerc.backbones.settings import read_settings
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.evaluation import fit_temperature, fit_unsure_below
from instructerc.labels import LabelSet
from instructerc.recognition import Recognizer
from instructerc.recognition.other_labels import _few_options, calibrate_other_labels

LABELS = LabelSet("own", ("fine", "lost", "keen"))


@pytest.fixture
def folder(embedded_folder, tmp_path):
    return Path(shutil.copytree(embedded_folder, tmp_path / "model"))


def _answers(folder, talks):
    """Returns log-probabilities of the labels, turn by turn."""
    answers = Recognizer.from_pretrained(folder).with_choices(LABELS).recognize_many(talks)
    return np.log([[turn.probabilities[name] for name in LABELS.names] for turns in answers for turn in turns])


def test_the_folder_says_what_was_fitted(folder, labelled):
    before = read_settings(folder)
    # Labels of which the model gets three in four right, so that its temperature is a number between the bounds.
    best = iter(_answers(folder, labelled).argmax(axis=1))
    talks = [
        Conversation(
            talk.id,
            [
                replace(turn, emotion=LABELS.names[(next(best) + (number % 4 == 3)) % 3])
                for number, turn in enumerate(talk.utterances)
            ],
        )
        for talk in labelled
    ]
    found = calibrate_other_labels(folder, ["fine", "keen"], talks, LABELS)
    assert read_settings(folder) == found
    assert (found.seen_labels, list(found.other_temperatures)) == (("fine", "keen"), [before.domain])
    assert (found.temperature, found.bias, found.calibration) == (before.temperature, before.bias, before.calibration)
    # No other temperature is better on these turns than the one that was written.
    gold = [LABELS.index(turn.emotion) for talk in talks for turn in talk.utterances]
    assert list(found.other_temperatures[before.domain]) == [3]
    assert 0.06 < found.other_temperatures[before.domain][3] < 19
    assert fit_temperature(_answers(folder, talks), gold) == pytest.approx(1.0, abs=0.01)
    # The threshold is that of the answers as they are given now.
    assert found.other_unsure_below == {3: fit_unsure_below(np.exp(_answers(folder, talks)), gold)}


def test_conversations_without_labels_are_refused(folder):
    before = (folder / "model.json").read_bytes()
    with pytest.raises(InputError, match="no turn is labelled with own"):
        calibrate_other_labels(folder, ["fine"], [Conversation("a", [Utterance("Ann", "hi")])], LABELS)
    assert (folder / "model.json").read_bytes() == before


def test_few_labels_are_fitted_on_draws_in_which_what_fits_none_is_neutral(folder, labelled):
    names = ("fine", "neutral", "lost", "keen", "odd", "new")
    talks = [
        Conversation(
            talk.id,
            [
                replace(turn, emotion=names[(number + len(turn.text)) % 6])
                for number, turn in enumerate(talk.utterances)
            ],
        )
        for talk in labelled
    ]
    found = calibrate_other_labels(folder, names, talks, LabelSet("own", names))
    [temperatures] = found.other_temperatures.values()
    assert sorted(temperatures) == sorted(found.other_unsure_below) == [5, 6]
    rows, gold = _few_options(np.log([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]] * 2), np.array([1, 5]), 1)
    assert rows.shape == (20, 5)
    assert np.exp(rows[:, 0]) == pytest.approx(0.2)
    assert set(gold[:10]) == {0}
    # The last label is among the drawn ones four times in five; else neutral is right.
    assert {bool(np.isclose(row[hit], np.log(0.6))) for row, hit in zip(rows[10:], gold[10:], strict=True) if hit} == {
        True
    }
