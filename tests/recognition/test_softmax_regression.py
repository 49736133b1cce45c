"""Softmax regression: scikit-learn's weights, a true slope, and the bottom of what is minimised."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from instructerc.recognition.softmax_regression import fit_softmax, softmax_loss


@pytest.fixture
def problem():
    """Features, gold labels of three, and offsets."""
    draw = np.random.default_rng(0)
    features = draw.normal(size=(60, 5))
    gold = (features[:, :3] + draw.normal(size=(60, 3))).argmax(axis=1)
    return features, gold, draw.normal(size=(60, 3))


@pytest.mark.parametrize("penalty", [10.0, 1.0, 0.05])
def test_weights_are_those_of_scikit_learn(problem, penalty):
    features, gold, offsets = problem
    theirs = LogisticRegression(C=1 / penalty, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(features, gold)
    [ours] = fit_softmax(features, gold, np.zeros_like(offsets), [penalty])
    assert ours.dtype == np.float64
    assert ours == pytest.approx(theirs.coef_.T, abs=1e-4)


def test_more_features_than_rows_are_those_of_scikit_learn():
    draw = np.random.default_rng(1)
    features, gold = draw.normal(size=(12, 40)), np.arange(12) % 3
    theirs = LogisticRegression(C=1, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(features, gold)
    [ours] = fit_softmax(features, gold, np.zeros((12, 3)), [1.0])
    assert ours == pytest.approx(theirs.coef_.T, abs=1e-4)


def test_the_slope_is_the_difference_of_losses(problem):
    features, gold, offsets = problem
    weights, wanted = np.random.default_rng(2).normal(size=(5, 3)), np.eye(3)[gold]
    _, slope = softmax_loss(weights, features, wanted, offsets, 0.7)
    for place in np.ndindex(weights.shape):
        step = np.zeros_like(weights)
        step[place] = 1e-5
        ahead, behind = (softmax_loss(weights + s, features, wanted, offsets, 0.7)[0] for s in (step, -step))
        assert (ahead - behind) / 2e-5 == pytest.approx(slope[place], abs=1e-5)


def test_a_path_of_penalties_ends_where_each_fit_alone_does(problem):
    features, gold, offsets = problem
    path = list(fit_softmax(features, gold, offsets, [100.0, 1.0, 0.01], tolerance=1e-9))
    for penalty, weights in zip([100.0, 1.0, 0.01], path, strict=True):
        [alone] = fit_softmax(features, gold, offsets, [penalty], tolerance=1e-9)
        assert weights == pytest.approx(alone, abs=1e-6)
        _, slope = softmax_loss(weights, features, np.eye(3)[gold], offsets, penalty)
        assert np.abs(slope).max() < 1e-5


def test_a_strong_penalty_leaves_the_offsets(problem):
    features, gold, offsets = problem
    [weights] = fit_softmax(features, gold, offsets, [1e9])
    assert np.abs(weights).max() < 1e-6
