"""A model's answers to development splits, and the calibration that follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from instructerc.backbones.base import FloatArray
from instructerc.backbones.settings import ModelSettings
from instructerc.errors import InputError
from instructerc.evaluation import (
    Calibration,
    CalibrationMethod,
    calibration_of,
    fit_calibration,
    fit_temperature,
    fit_unsure_below,
)
from instructerc.labels import LabelSet
from instructerc.training.scoring import Scored

ENOUGH_TURNS = 300
"""Labelled turns that a kind of talk needs for a calibration of its own."""


@dataclass(frozen=True)
class DevelopmentAnswers:
    """A model's answers to the development split of one corpus.

    Attributes:
        label_set: the options of the questions.
        domain: the kind of talk that was told to the model.
        scored: the answers.
    """

    label_set: LabelSet
    domain: str
    scored: Scored


def mean_weighted_f1(answers: Mapping[str, DevelopmentAnswers]) -> float:
    """Returns the mean of the corpora's weighted F1, a fraction."""
    return sum(one.scored.weighted_f1 for one in answers.values()) / len(answers)


def check_own_labels(asked: Mapping[str, LabelSet], labels: LabelSet) -> None:
    """Raises unless a model is asked for its own labels of at least one corpus.

    Args:
        asked: label set by corpus.
        labels: the model's own.

    Raises:
        InputError: no corpus has them.
    """
    if not any(one.names == labels.names for one in asked.values()):
        raise InputError(
            f"the calibration is fitted on labels of the model's own set {labels.name!r}, and none of "
            f"{', '.join(asked)} has them; give a corpus that does"
        )


def weighted_f1_by_corpus(answers: Mapping[str, DevelopmentAnswers], figure: str) -> dict[str, float]:
    """Returns the mean figure under its name and, where there are several corpora, each one's under `NAME_CORPUS`."""
    every = {f"{figure}_{name}": one.scored.weighted_f1 for name, one in answers.items()} if len(answers) > 1 else {}
    return {figure: mean_weighted_f1(answers), **every}


def calibrate(
    method: CalibrationMethod,
    answers: Mapping[str, DevelopmentAnswers],
    labels: LabelSet,
    content_free: FloatArray | None = None,
) -> Calibration:
    """Returns a calibration fitted on the answers of the model's own label set, each corpus weighing the same.

    Args:
        method: which.
        answers: by corpus.
        labels: the model's own label set.
        content_free: see `fit_calibration`. Shape: [C, O]

    Raises:
        InputError: no corpus has labels of that set.
    """
    own = _own(answers, labels)
    scored = Scored.joined([one.scored for one in own])
    return fit_calibration(method, scored.log_probs, scored.gold, len(labels), content_free, _even_weights(own))


def calibrate_again(
    calibration: Calibration, answers: Mapping[str, DevelopmentAnswers], labels: LabelSet
) -> Calibration:
    """Returns the calibration of answers of another precision, by the same method.

    What prompts without content showed, a `contextual` bias, stays.

    Raises:
        InputError: no corpus has labels of the model's own set.
    """
    return _refitted(calibration, _own(answers, labels), labels)


def calibrations_by_domain(
    calibration: Calibration, answers: Mapping[str, DevelopmentAnswers], labels: LabelSet
) -> dict[str, Calibration]:
    """Returns a calibration for each kind of talk that has enough labelled turns of the model's own label set."""
    if calibration.method == "none":
        return {}
    by_domain: dict[str, list[DevelopmentAnswers]] = {}
    for one in _own(answers, labels):
        by_domain.setdefault(one.domain, []).append(one)
    return {
        domain: _refitted(calibration, some, labels)
        for domain, some in by_domain.items()
        if domain and sum(len(one.scored.gold) for one in some) >= ENOUGH_TURNS
    }


def as_told(answers: Mapping[str, DevelopmentAnswers], settings: ModelSettings) -> dict[str, DevelopmentAnswers]:
    """Returns answers as a recogniser of the model gives them: calibrated for their kind of talk."""
    told = {}
    for name, one in answers.items():
        log_probs = calibration_of(settings, one.label_set, one.domain).apply(one.scored.log_probs)
        told[name] = replace(one, scored=replace(one.scored, log_probs=log_probs))
    return told


def fit_unsure(told: Mapping[str, DevelopmentAnswers], settings: ModelSettings) -> float:
    """Returns the probability below which a model's answers with its own labels are told as unsure.

    It is fitted on answers about the kind of talk that the model is told by default, where these have enough turns for
    a calibration of their own; else on all that have its labels, each corpus weighing the same.

    Args:
        told: what `as_told` returns.
        settings: of the model.

    Raises:
        InputError: no corpus has labels of the model's own set.
    """
    own = _own(told, settings.label_set)
    usual = [one for one in own if one.domain == settings.domain]
    if sum(len(one.scored.gold) for one in usual) >= ENOUGH_TURNS:
        own = usual
    scored = Scored.joined([one.scored for one in own])
    return fit_unsure_below(np.exp(scored.log_probs), scored.gold, _even_weights(own))


def _own(answers: Mapping[str, DevelopmentAnswers], labels: LabelSet) -> list[DevelopmentAnswers]:
    check_own_labels({name: one.label_set for name, one in answers.items()}, labels)
    return [one for one in answers.values() if one.label_set.names == labels.names]


def _refitted(calibration: Calibration, answers: Sequence[DevelopmentAnswers], labels: LabelSet) -> Calibration:
    scored, weights = Scored.joined([one.scored for one in answers]), _even_weights(answers)
    if calibration.method != "contextual":
        return fit_calibration(calibration.method, scored.log_probs, scored.gold, len(labels), weights=weights)
    rows = scored.log_probs - np.asarray(calibration.bias)
    return replace(calibration, temperature=fit_temperature(rows, scored.gold, weights))


def _even_weights(answers: Sequence[DevelopmentAnswers]) -> FloatArray | None:
    """Returns weights of turns with which corpora weigh the same; None where there is one. Shape: [U]"""
    if len(answers) == 1:
        return None
    return np.concatenate([np.full(len(one.scored.gold), 1 / len(one.scored.gold)) for one in answers])
