"""The head: folds by conversation, names where nothing can be learnt, and figures that are of turns not seen."""

from __future__ import annotations

import numpy as np
import pytest

from instructerc.evaluation import expected_calibration_error
from instructerc.recognition.label_head import NAMES_ALONE, draw_folds, fit_head


def _turns(n_turns, noise, seed=0):
    """Returns states whose first numbers tell the label, scores by names that tell nothing, gold labels and groups."""
    draw = np.random.default_rng(seed)
    gold = draw.integers(3, size=n_turns)
    states = np.eye(3)[gold] @ np.eye(3, 8) + noise * draw.normal(size=(n_turns, 8))
    return states, np.full((n_turns, 3), -np.log(3)), gold, np.arange(n_turns) // 5


def test_folds_keep_groups_together_and_are_alike_in_size():
    groups = np.repeat(np.arange(20), np.arange(1, 21))
    folds = draw_folds(groups, 3)
    assert all(len(set(folds[groups == group])) == 1 for group in range(20))
    assert set(folds) == set(range(5))
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 20
    assert (draw_folds(groups, 3) == folds).all()
    assert (draw_folds(groups, 4) != folds).any()


def test_what_can_be_learnt_is_learnt_and_calibrated():
    states, names, gold, groups = _turns(300, 0.4)
    fitted = fit_head(states, names, gold, groups, 0)
    assert fitted.held_out.sum(axis=1) == pytest.approx(1)
    assert (fitted.held_out.argmax(axis=1) == gold).mean() > 0.85
    assert expected_calibration_error(fitted.held_out, gold) < 0.08
    fresh, _, truth, _ = _turns(300, 0.4, seed=1)
    assert ((fresh @ fitted.weights + fitted.bias).argmax(axis=1) == truth).mean() > 0.85


def test_held_out_figures_do_not_know_their_labels():
    states, names, gold, groups = _turns(300, 0.4)
    wrong = np.random.default_rng(5).permutation(gold)
    fitted = fit_head(states, names, wrong, groups, 0)
    assert (fitted.held_out.argmax(axis=1) == wrong).mean() < 0.45


def test_names_that_tell_all_are_kept_where_states_tell_nothing():
    states, _, gold, groups = _turns(60, 0.0)
    names = np.log(np.where(np.eye(3)[gold] > 0, 0.8, 0.1))
    fitted = fit_head(np.zeros_like(states), names, gold, groups, 0)
    assert fitted.name_scale > 0
    assert (fitted.held_out.argmax(axis=1) == gold).all()


def _half_true(gold):
    """Returns scores by names that are right for seven turns of ten."""
    draw = np.random.default_rng(2)
    said = np.where(draw.random(len(gold)) < 0.6, gold, draw.integers(3, size=len(gold)))
    return np.log(np.where(np.eye(3)[said] > 0, 0.6, 0.2))


def test_names_answer_alone_where_no_fit_is_clearly_better():
    states, _, gold, groups = _turns(60, 10.0)
    names = _half_true(gold)
    fitted = fit_head(states, names, gold, groups, 0)
    assert fitted.chosen == NAMES_ALONE
    assert not fitted.weights.any()
    assert not fitted.bias.any()
    assert (fitted.held_out.argmax(axis=1) == names.argmax(axis=1)).all()


def test_a_fit_that_is_clearly_better_is_chosen():
    states, _, gold, groups = _turns(600, 1.0)
    names = _half_true(gold)
    fitted = fit_head(states, names, gold, groups, 0)
    assert fitted.chosen.penalty is not None
    right = (fitted.held_out.argmax(axis=1) == gold).mean()
    assert right > (names.argmax(axis=1) == gold).mean() + 0.03


def test_a_label_without_a_turn_has_numbers():
    states, names, gold, groups = _turns(40, 0.4)
    fitted = fit_head(states, names, np.minimum(gold, 1), groups, 0)
    assert np.isfinite(fitted.weights).all()
    assert (fitted.held_out.argmax(axis=1) != 2).all()
