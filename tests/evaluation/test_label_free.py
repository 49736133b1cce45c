"""Calibration without labels: what is expected of labels, what is taken off, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from instructerc.errors import InputError
from instructerc.evaluation.label_free import NEUTRAL_SHARE, expected_shares, fit_label_free
from instructerc.labels import load_label_set


def test_neutral_is_expected_half_of_the_time_and_the_others_alike():
    labels = load_label_set("meld")
    shares = expected_shares(labels)
    assert shares.sum() == pytest.approx(1)
    assert shares[labels.names.index("neutral")] == NEUTRAL_SHARE
    assert len(set(np.delete(shares, labels.names.index("neutral")).round(9))) == 1


def test_without_neutral_every_label_is_expected_alike():
    assert expected_shares(load_label_set("happy,sad,calm")).tolist() == pytest.approx([1 / 3] * 3)
    assert expected_shares(load_label_set("neutral,sad")).tolist() == pytest.approx([0.5, 0.5])


def test_contextual_gives_what_says_nothing_its_expected_shares():
    content_free = np.log([[0.8, 0.15, 0.05], [0.9, 0.02, 0.08]])
    calibration = fit_label_free("contextual", content_free, [0.5, 0.25, 0.25])
    assert (calibration.method, calibration.temperature) == ("contextual", 1.0)
    assert np.exp(calibration.apply(content_free.mean(axis=0))) == pytest.approx([0.5, 0.25, 0.25], abs=1e-6)


def test_prior_takes_off_the_mean_prediction_over_the_input():
    rows = np.log([[0.9, 0.1], [0.7, 0.3]])
    calibration = fit_label_free("prior", rows, [0.5, 0.5])
    assert np.exp(calibration.apply(np.log([0.8, 0.2]))) == pytest.approx([0.5, 0.5], abs=1e-6)
    # Both answers were the first label; now the second row is the second.
    assert calibration.apply(rows).argmax(axis=1).tolist() == [0, 1]


def test_none_takes_nothing_off():
    rows = np.log([[0.9, 0.1]])
    assert fit_label_free("none", rows, [0.5, 0.5]).apply(rows) == pytest.approx(rows, abs=1e-6)


@pytest.mark.parametrize("rows", [np.zeros((0, 2)), np.zeros(2), [[np.nan, 0.0]]])
def test_answers_that_nothing_can_be_fitted_on_are_refused(rows):
    with pytest.raises(InputError, match="matrix of finite answers"):
        fit_label_free("prior", rows, [0.5, 0.5])


def test_an_unknown_method_names_the_nearest():
    with pytest.raises(InputError, match="contextual"):
        fit_label_free("contextal", [[0.0, 0.0]], [0.5, 0.5])
