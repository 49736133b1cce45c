"""Scores against scikit-learn, and what must hold for any labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from instructerc.errors import InputError
from instructerc.evaluation import (
    ABSTAINED,
    accuracy,
    confusion_matrix,
    macro_f1,
    micro_f1,
    precision_recall_f1,
    weighted_f1,
)

N_LABELS = 4
# Label 3 is never gold and label 2 is never answered in many of the drawn samples: the zero divisions are met.
PAIRS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([ABSTAINED, 0, 1, 3])), min_size=1, max_size=40)
ANY_PAIRS = st.lists(
    st.tuples(st.integers(0, N_LABELS - 1), st.integers(ABSTAINED, N_LABELS - 1)), min_size=1, max_size=40
)


def _columns(pairs):
    gold, predicted = zip(*pairs, strict=True)
    return np.array(gold), np.array(predicted)


@pytest.mark.slow
@given(PAIRS | ANY_PAIRS)
def test_scores_equal_scikit_learn(pairs):
    gold, predicted = _columns(pairs)
    matrix = confusion_matrix(gold, predicted, N_LABELS)
    labels = list(range(N_LABELS))

    per_class = metrics.precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
    for ours, theirs in zip((*precision_recall_f1(matrix), matrix.sum(axis=1)), per_class, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    for average, ours in (("weighted", weighted_f1), ("macro", macro_f1), ("micro", micro_f1)):
        theirs = metrics.f1_score(gold, predicted, labels=labels, average=average, zero_division=0)
        assert ours(matrix) == pytest.approx(theirs, abs=1e-12)
    assert accuracy(matrix) == pytest.approx(metrics.accuracy_score(gold, predicted))
    answered = metrics.confusion_matrix(gold, predicted, labels=[*labels, ABSTAINED])[:-1]
    np.testing.assert_array_equal(matrix, answered)


@given(ANY_PAIRS, st.integers(0, N_LABELS - 1))
def test_micro_f1_without_a_label_equals_scikit_learn(pairs, excluded):
    gold, predicted = _columns(pairs)
    kept = [label for label in range(N_LABELS) if label != excluded]
    theirs = metrics.f1_score(gold, predicted, labels=kept, average="micro", zero_division=0)
    assert micro_f1(confusion_matrix(gold, predicted, N_LABELS), excluded=excluded) == pytest.approx(theirs, abs=1e-12)


@given(ANY_PAIRS, st.randoms(use_true_random=False))
def test_scores_are_fractions_and_know_no_order(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    matrix, again = (confusion_matrix(*_columns(rows), N_LABELS) for rows in (pairs, shuffled))
    np.testing.assert_array_equal(matrix, again)
    for score in (weighted_f1, macro_f1, micro_f1, accuracy):
        assert 0 <= score(matrix) <= 1


@given(st.lists(st.integers(0, N_LABELS - 1), min_size=1, max_size=20))
def test_all_right_scores_one_and_no_answer_scores_zero(gold):
    right = confusion_matrix(gold, gold, N_LABELS)
    assert weighted_f1(right) == micro_f1(right) == accuracy(right) == 1
    silent = confusion_matrix(gold, [ABSTAINED] * len(gold), N_LABELS)
    assert weighted_f1(silent) == micro_f1(silent) == accuracy(silent) == 0


def test_an_abstention_costs_recall_and_not_precision():
    answered = confusion_matrix([0, 0, 1], [0, 1, 1], 2)
    abstained = confusion_matrix([0, 0, 1], [0, ABSTAINED, 1], 2)
    assert precision_recall_f1(answered)[0].tolist() == [1, 0.5]
    assert precision_recall_f1(abstained)[0].tolist() == [1, 1]
    assert precision_recall_f1(abstained)[1].tolist() == [0.5, 1]


@pytest.mark.parametrize(
    ("gold", "predicted", "said"),
    [
        ([0, 1], [0], "2 gold labels for 1 predictions"),
        ([0, 7], [0, 0], "label index 7 is outside 0 to 1"),
        ([-1, 0], [0, 0], "label index -1 is outside 0 to 1"),
        ([0, 1], [0, 2], "label index 2 is outside -1 to 1"),
        ([0.0, 1.0], [0, 1], "whole numbers"),
        ([[0, 1]], [[0, 1]], "one dimension"),
    ],
)
def test_indices_that_are_none_are_named(gold, predicted, said):
    with pytest.raises(InputError, match=said):
        confusion_matrix(gold, predicted, 2)
