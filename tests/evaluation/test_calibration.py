"""Calibration against naive loops and scikit-learn, the fitted temperature against a grid, and the biases' promises."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from instructerc.errors import InputError
from instructerc.evaluation import (
    Calibration,
    apply_temperature,
    brier_score,
    calibration_error_by_chance,
    expected_calibration_error,
    fit_calibration,
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


def test_by_chance_is_the_mean_error_of_gold_labels_that_are_drawn_from_the_model():
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.full(4, 0.7), 800)
    draws = [(random.random((800, 1)) > probabilities.cumsum(axis=1)).sum(axis=1).clip(max=3) for _ in range(300)]
    errors = [expected_calibration_error(probabilities, gold) for gold in draws]
    by_chance = calibration_error_by_chance(probabilities, draws[0])
    assert by_chance == pytest.approx(np.mean(errors), rel=0.05)
    # A model that is too sure is far above it.
    overconfident = apply_temperature(np.log(probabilities), 0.4)
    assert expected_calibration_error(overconfident, draws[0]) > 3 * calibration_error_by_chance(
        overconfident, draws[0]
    )


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


@settings(max_examples=30)
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
    for score in (
        expected_calibration_error,
        calibration_error_by_chance,
        brier_score,
        negative_log_likelihood,
    ):
        with pytest.raises(InputError, match=said):
            score(rows, gold)


def test_a_temperature_must_be_above_zero():
    with pytest.raises(InputError, match="above 0"):
        apply_temperature([[0.0, 0.0]], 0.0)


@settings(max_examples=20)
@given(SEEDS)
@pytest.mark.parametrize("method", ["temperature", "prior"])
def test_a_weight_is_as_many_equal_utterances(method, seed):
    log_probs, gold = _sample(seed, temperature=1.5)
    gold[:4] = range(4)  # a label without utterances counts as half of one, whatever the weights
    counts = np.random.default_rng(seed).integers(1, 4, len(gold))
    repeated = fit_calibration(method, np.repeat(log_probs, counts, 0), np.repeat(gold, counts), 4)
    weighted = fit_calibration(method, log_probs, gold, 4, weights=counts)
    assert weighted.temperature == pytest.approx(repeated.temperature, rel=1e-4)
    assert weighted.bias == pytest.approx(repeated.bias, abs=1e-4)


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, float("nan")]])
def test_wrong_weights_are_refused(weights):
    with pytest.raises(InputError, match="weights are 2 finite numbers above 0"):
        fit_temperature(np.log([[0.9, 0.1], [0.4, 0.6]]), [0, 1], weights)


METHODS = ("none", "temperature", "prior", "contextual")
CONTENT_FREE = np.log([[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1]])


def _likelihood(log_probs, gold):
    return negative_log_likelihood(np.exp(log_probs.astype(np.float64)), gold)


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(METHODS), st.floats(-50, 50))
def test_applying_gives_normalised_float32_rows_and_does_not_mind_a_shift(seed, method, shift):
    log_probs, gold = _sample(seed, temperature=2.0)
    calibration = fit_calibration(method, log_probs, gold, 4, CONTENT_FREE)
    applied = calibration.apply(log_probs.astype(np.float32))
    assert applied.dtype == np.float32
    assert applied.shape == log_probs.shape
    np.testing.assert_allclose(np.exp(applied.astype(np.float64)).sum(-1), 1, atol=1e-6)
    np.testing.assert_allclose(calibration.apply(log_probs + shift), applied, atol=1e-4)
    np.testing.assert_array_equal(calibration.apply(log_probs.astype(np.float32)[None, :3])[0], applied[:3])
    np.testing.assert_array_equal(calibration.apply(log_probs.astype(np.float32)[0]), applied[0])


@given(SEEDS)
def test_none_is_the_identity_on_normalised_rows(seed):
    log_probs, gold = _sample(seed)
    calibration = fit_calibration("none", log_probs, gold, 4)
    assert calibration == Calibration()
    np.testing.assert_array_equal(calibration.apply(log_probs), log_probs.astype(np.float32))


@pytest.mark.slow
@settings(max_examples=40)
@given(SEEDS, st.sampled_from([0.1, 1.0, 5.0, 100.0]), st.integers(2, 12), st.integers(1, 80))
def test_prior_gives_the_mean_prediction_the_shares_of_the_gold_labels(seed, sharpness, n_options, n):
    generator = np.random.default_rng(seed)
    log_probs = sharpness * generator.normal(size=(n, n_options)) + generator.normal(size=n_options)
    gold = generator.integers(0, n_options, n)
    counts = np.bincount(gold, minlength=n_options).astype(float)
    shares = np.where(counts > 0, counts, 0.5) / np.where(counts > 0, counts, 0.5).sum()
    fitted = fit_calibration("prior", log_probs, gold, n_options)
    np.testing.assert_allclose(np.exp(fitted.apply(log_probs).astype(np.float64)).mean(0), shares, atol=1e-4)
    assert sum(fitted.bias) == pytest.approx(0, abs=1e-6 * sharpness * fitted.temperature)


def test_prior_of_a_model_that_is_right_about_the_shares_changes_nothing_and_takes_a_known_bias_out():
    log_probs, _ = _sample(5, n=4_000)
    gold = np.array([np.random.default_rng(index).choice(4, p=row) for index, row in enumerate(np.exp(log_probs))])
    preference = np.array([1.5, -1.0, 0.0, -0.5])
    assert fit_calibration("prior", log_probs, gold, 4).bias == pytest.approx((0, 0, 0, 0), abs=0.1)
    assert fit_calibration("prior", log_probs + preference, gold, 4).bias == pytest.approx(preference, abs=0.1)


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 4))
def test_contextual_gives_a_prompt_without_content_all_options_alike(seed, n_answers):
    log_probs, gold = _sample(seed)
    content_free, _ = _sample(seed + 1, n=n_answers)
    calibration = fit_calibration("contextual", log_probs, gold, 4, content_free)
    np.testing.assert_allclose(calibration.apply(content_free.mean(0)), math.log(1 / 4), atol=1e-6)
    # A shift of one answer tells nothing about its options.
    shifted = content_free + np.arange(n_answers)[:, None]
    again = fit_calibration("contextual", log_probs, gold, 4, shifted)
    np.testing.assert_allclose(again.apply(log_probs), calibration.apply(log_probs), atol=1e-5)


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(METHODS[1:]), st.sampled_from([0.4, 1.0, 2.5]))
def test_the_temperature_never_lowers_the_likelihood(seed, method, true_temperature):
    log_probs, gold = _sample(seed, temperature=true_temperature)
    fitted = fit_calibration(method, log_probs, gold, 4, CONTENT_FREE)
    before = Calibration(method, 1.0, fitted.bias)
    assert _likelihood(fitted.apply(log_probs), gold) <= _likelihood(before.apply(log_probs), gold) + 1e-6
    if method == "temperature":
        assert fitted == Calibration("temperature", fit_temperature(log_probs, gold))


@settings(max_examples=30)
@given(SEEDS, st.sampled_from([0.4, 1.0, 2.5]))
def test_prior_has_the_highest_likelihood_of_all_biases_and_temperatures(seed, true_temperature):
    log_probs, gold = _sample(seed, temperature=true_temperature)
    gold[:4] = range(4)
    fitted = fit_calibration("prior", log_probs, gold, 4)
    best = _likelihood(fitted.apply(log_probs), gold)
    temperature = Calibration("temperature", fit_temperature(log_probs, gold))
    assert best <= _likelihood(temperature.apply(log_probs), gold) + 1e-6
    random = np.random.default_rng(seed)
    for size in (0.01, 0.1, 1.0):
        bias = tuple(np.asarray(fitted.bias) + size * random.normal(size=4))
        moved = Calibration("prior", fitted.temperature * math.exp(size * random.normal()), bias)
        assert best <= _likelihood(moved.apply(log_probs), gold) + 1e-5


@pytest.mark.parametrize("method", METHODS)
def test_plain_data_and_back(method):
    log_probs, gold = _sample(2)
    calibration = fit_calibration(method, log_probs, gold, 4, CONTENT_FREE)
    data = json.loads(json.dumps(calibration.to_data(), allow_nan=False))
    assert Calibration.from_data(data) == calibration
    assert set(data) == {"method", "temperature", "bias"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "method, temperature and bias"),
        ({"method": "none", "temperature": "warm", "bias": []}, "method, temperature and bias"),
        ({"method": "none", "temperature": 1, "bias": None}, "method, temperature and bias"),
        ({"method": "pior", "temperature": 1, "bias": [0, 0]}, "did you mean 'prior'"),
        ({"method": "temperature", "temperature": 1, "bias": [0, 0]}, "only prior and contextual have a bias"),
        ({"method": "none", "temperature": 2, "bias": []}, "use 'temperature'"),
        ({"method": "temperature", "temperature": 0, "bias": []}, "above 0"),
        ({"method": "temperature", "temperature": float("inf"), "bias": []}, "above 0"),
        ({"method": "prior", "temperature": 1, "bias": [0, float("nan")]}, "finite"),
    ],
)
def test_data_that_is_no_calibration_is_refused(data, said):
    with pytest.raises(InputError, match=said):
        Calibration.from_data(data)


def test_a_bias_of_another_length_is_refused():
    calibration = Calibration("prior", 1.0, (0.0, 1.0, -1.0))
    for scores in (np.zeros((2, 4)), np.zeros(2), np.zeros((3, 1)), np.float32(0)):
        with pytest.raises(InputError, match="fitted on 3 options"):
            calibration.apply(scores)
    for any_options in (Calibration("temperature", 2.0), Calibration("prior", 2.0)):
        assert any_options.apply(np.zeros((1, 9))).shape == (1, 9)


@pytest.mark.parametrize(
    ("method", "n_labels", "content_free", "said"),
    [
        ("platt", 4, None, "no calibration 'platt'; there are none, temperature, prior, contextual"),
        ("prior", 5, None, "4 options for 5 labels"),
        ("contextual", 4, None, "got none"),
        ("contextual", 4, np.zeros((0, 4)), "matrix by 4 options"),
        ("contextual", 4, np.zeros((2, 3)), "matrix by 4 options"),
        ("contextual", 4, np.zeros(4), "matrix by 4 options"),
        ("contextual", 4, np.full((1, 4), -np.inf), "not finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused(method, n_labels, content_free, said):
    log_probs, gold = _sample(0)
    with pytest.raises(InputError, match=said):
        fit_calibration(method, log_probs, gold, n_labels, content_free)
