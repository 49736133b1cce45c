"""Calibration without labels: what a model prefers comes off, and what is expected comes in its place."""

from __future__ import annotations

import numpy as np
import pytest

from instructerc.errors import InputError
from instructerc.evaluation.label_free import expected_shares, fit_label_free
from instructerc.labels import load_label_set


def test_neutral_is_expected_half_of_the_time_and_the_others_alike():
    shares = expected_shares(load_label_set("meld"))
    assert shares[0] == 0.5
    assert np.allclose(shares[1:], 0.5 / 6)
    assert np.allclose(expected_shares(load_label_set("happy,sad,calm")), 1 / 3)


def test_a_prompt_without_content_gets_what_is_expected():
    answers = np.log([[0.7, 0.2, 0.1]])
    calibration = fit_label_free("contextual", answers, [0.5, 0.25, 0.25])
    assert np.allclose(np.exp(calibration.apply(answers[0])), [0.5, 0.25, 0.25], atol=1e-6)


def test_the_mean_prediction_over_the_input_is_taken_off():
    rows = np.log([[0.8, 0.2], [0.6, 0.4]])
    calibration = fit_label_free("prior", rows, [0.5, 0.5])
    assert np.exp(calibration.apply(rows))[0, 0] == pytest.approx((0.8 / 0.7) / (0.8 / 0.7 + 0.2 / 0.3))
    assert calibration.apply(rows).argmax(-1).tolist() == [0, 1]


def test_what_cannot_be_fitted_says_so():
    assert fit_label_free("none", [], [1.0]).bias == ()
    with pytest.raises(InputError, match="there are contextual, prior, none"):
        fit_label_free("temperature", [[0.0]], [1.0])
    with pytest.raises(InputError, match="finite answers"):
        fit_label_free("prior", [[np.inf, 0.0]], [0.5, 0.5])
