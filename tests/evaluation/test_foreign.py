"""Confidence on turns in another language: lowered to what is right, and the order of the labels stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.errors import InputError
from instructerc.evaluation import Foreign, fit_foreign


def _answers(n_turns, accuracy, seed=0):
    """Returns answers that are surer than they are right, and gold labels."""
    draw = np.random.default_rng(seed)
    logits = draw.normal(size=(n_turns, 7)) * 3
    best = logits.argmax(axis=1)
    gold = np.where(draw.random(n_turns) < accuracy, best, draw.integers(0, 7, n_turns))
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), gold


@pytest.mark.parametrize("accuracy", [0.2, 0.4, 0.7])
def test_the_mean_confidence_becomes_the_accuracy(accuracy):
    log_probs, gold = _answers(800, accuracy)
    mean = fit_foreign(log_probs, gold).apply(log_probs).max(axis=1).mean()
    assert mean == pytest.approx((log_probs.argmax(axis=1) == gold).mean(), abs=1e-3)


def test_answers_worse_than_chance_get_the_least_confidence():
    log_probs, gold = _answers(200, 1.0)
    lowered = fit_foreign(log_probs, (gold + 1) % 7).apply(log_probs)
    assert lowered.max() < 0.2


@given(st.lists(st.floats(-20, 0), min_size=2, max_size=9), st.floats(1, 30), st.floats(0, 0.99))
def test_it_is_a_distribution_no_surer_than_before_in_the_same_order(row, temperature, mix):
    log_probs = np.array(row) - np.log(np.exp(row).sum())
    lowered = Foreign(temperature, mix).apply(log_probs)
    assert lowered.sum() == pytest.approx(1)
    assert lowered.max() <= np.exp(log_probs).max() + 1e-9
    assert lowered[log_probs.argmax()] == lowered.max()


def test_it_survives_as_data_and_refuses_what_it_cannot_have():
    assert Foreign.from_data(Foreign(2.0, 0.25).to_data()) == Foreign(2.0, 0.25)
    for data in ({}, {"temperature": "warm", "mix": 0}, {"temperature": 0, "mix": 0}, {"temperature": 1, "mix": 2}):
        with pytest.raises(InputError):
            Foreign.from_data(data)
    with pytest.raises(InputError):
        fit_foreign(np.zeros((2, 3)), [0])
