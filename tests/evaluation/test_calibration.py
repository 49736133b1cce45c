"""Calibration against naive loops and scikit-learn, and the fitted temperature against a grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from instructerc.errors import InputError
from instructerc.evaluation import (
    apply_temperature,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
)

SEEDS = st.integers(0, 10_000)


def _sample(seed, *, n=60, n_options=4, temperature=1.0):
    """Returns log-probs [U, O], and gold labels drawn from softmax(log_probs / temperature)."""
    generator = np.random.default_rng(seed)
    log_probs = generator.normal(scale=2.0, size=(n, n_options))
    log_probs -= np.log(np.exp(log_probs).sum(axis=1, keepdims=True))
    chances = apply_temperature(log_probs, temperature)
    gold = np.array([generator.choice(n_options, p=row) for row in chances])
    return log_probs, gold


def _naive_calibration_error(probabilities, gold, n_bins):
    total = 0.0
    for k in range(n_bins):
        members = [
            (max(row), int(np.argmax(row) == label))
            for row, label in zip(probabilities, gold, strict=True)
            if k / n_bins < max(row) <= (k + 1) / n_bins
        ]
        if members:
            confidence, correct = (sum(column) / len(members) for column in zip(*members, strict=True))
            total += len(members) / len(gold) * abs(confidence - correct)
    return total


@settings(deadline=None)
@given(SEEDS)
def test_scores_equal_naive_loops_and_scikit_learn(seed):
    log_probs, gold = _sample(seed)
    probabilities = np.exp(log_probs)
    assert expected_calibration_error(probabilities, gold) == pytest.approx(
        _naive_calibration_error(probabilities, gold, 15), abs=1e-9
    )
    labels = list(range(4))
    assert negative_log_likelihood(probabilities, gold) == pytest.approx(
        metrics.log_loss(gold, probabilities, labels=labels), rel=1e-9
    )
    theirs = metrics.brier_score_loss(gold, probabilities, labels=labels, scale_by_half=False)
    assert brier_score(probabilities, gold) == pytest.approx(theirs, rel=1e-9)


@settings(deadline=None)
@given(SEEDS)
def test_scores_keep_their_bounds_and_know_no_order(seed):
    log_probs, gold = _sample(seed, n=30)
    probabilities = np.exp(log_probs)
    order = np.random.default_rng(seed).permutation(len(gold))
    for score, highest in (
        (expected_calibration_error, 1.0),
        (brier_score, 2.0),
        (negative_log_likelihood, math.inf),
    ):
        value = score(probabilities, gold)
        assert 0 <= value <= highest
        assert score(probabilities[order], gold[order]) == pytest.approx(value, abs=1e-12)


def test_certain_and_right_is_perfect_and_certain_and_wrong_is_the_worst():
    right, wrong = np.eye(3), np.roll(np.eye(3), 1, axis=1)
    gold = np.arange(3)
    assert (
        expected_calibration_error(right, gold) == brier_score(right, gold) == negative_log_likelihood(right, gold) == 0
    )
    assert expected_calibration_error(wrong, gold) == 1
    assert brier_score(wrong, gold) == 2
    assert negative_log_likelihood(wrong, gold) == pytest.approx(-math.log(1e-12))


def test_a_confidence_on_an_edge_stands_in_the_lower_bin():
    # two bins: 0.5 stands in the lower one, right and 0.5 off; 0.9 in the upper one, wrong and 0.9 off the other way
    assert expected_calibration_error([[0.5, 0.5], [0.9, 0.1]], [0, 1], n_bins=2) == pytest.approx((0.5 + 0.9) / 2)


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.sampled_from([0.4, 1.0, 2.5]))
def test_the_fitted_temperature_is_the_best_of_a_fine_grid(seed, true_temperature):
    log_probs, gold = _sample(seed, temperature=true_temperature)
    fitted = fit_temperature(log_probs, gold)
    assert 0.05 <= fitted <= 20
    best = negative_log_likelihood(apply_temperature(log_probs, fitted), gold)
    for temperature in np.geomspace(0.05, 20, 200):
        assert best <= negative_log_likelihood(apply_temperature(log_probs, temperature), gold) + 1e-9


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 3.0])
def test_the_fitted_temperature_finds_the_one_that_drew_the_labels(true_temperature):
    log_probs, gold = _sample(7, n=20_000, temperature=true_temperature)
    assert fit_temperature(log_probs, gold) == pytest.approx(true_temperature, rel=0.05)


def test_the_temperature_stops_at_its_bounds():
    log_probs = np.log([[0.7, 0.3], [0.4, 0.6]])
    assert fit_temperature(log_probs, [0, 1]) == 0.05  # always right: as sharp as allowed
    assert fit_temperature(log_probs, [1, 0]) == 20  # always wrong: as flat as allowed


def test_the_temperature_does_not_mind_a_shift_or_the_dtype():
    log_probs, gold = _sample(3)
    fitted = fit_temperature(log_probs, gold)
    assert fit_temperature(log_probs + 5.0, gold) == pytest.approx(fitted, rel=1e-9)
    assert fit_temperature(log_probs.astype(np.float32), gold) == pytest.approx(fitted, rel=1e-4)


@pytest.mark.parametrize(
    ("rows", "gold", "said"),
    [
        ([[0.5, 0.5]], [0, 1], "2 gold labels for 1 rows"),
        ([[0.5, 0.5]], [2], "label index 2 is outside"),
        ([[-0.7, -0.7]], [0], "sum to 1"),
        ([[0.5, 0.6]], [0], "sum to 1"),
        ([[float("nan"), 1.0]], [0], "not finite"),
        ([], [], "utterances by options"),
    ],
)
def test_rows_that_are_no_probabilities_are_refused(rows, gold, said):
    for score in (expected_calibration_error, brier_score, negative_log_likelihood):
        with pytest.raises(InputError, match=said):
            score(rows, gold)


def test_a_temperature_must_be_above_zero():
    with pytest.raises(InputError, match="above 0"):
        apply_temperature([[0.0, 0.0]], 0.0)
