"""Scores of predicted labels: a confusion matrix first, every score from it.

A division by zero scores 0, and every label of the set takes part even where the gold labels lack it, as in
scikit-learn with `labels=range(O), zero_division=0`; tests hold the two together. An abstention is a miss of its
gold label and an error of no other: it costs recall, never precision.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError

IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]

ABSTAINED = -1
"""The predicted index that stands for no answer."""


def confusion_matrix(gold: npt.ArrayLike, predicted: npt.ArrayLike, n_labels: int) -> npt.NDArray[np.int64]:
    """Returns how often each gold label (row) was answered by each label (column); the last column counts abstentions.

    Args:
        gold: label indices, 0 to O-1. Shape: [U]
        predicted: label indices, or `ABSTAINED`. Shape: [U]
        n_labels: O.

    Shape: [O, O+1]

    Raises:
        InputError: lengths that differ, or an index outside the label set.
    """
    gold_index, predicted_index = as_indices(gold, n_labels, 0), as_indices(predicted, n_labels, ABSTAINED)
    if gold_index.shape != predicted_index.shape:
        raise InputError(f"{gold_index.size} gold labels for {predicted_index.size} predictions; expected one each")
    column = np.where(predicted_index == ABSTAINED, n_labels, predicted_index)
    cells = np.bincount(gold_index * (n_labels + 1) + column, minlength=n_labels * (n_labels + 1))
    return cells.astype(np.int64).reshape(n_labels, n_labels + 1)


def precision_recall_f1(matrix: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Returns precision, recall and F1 of each label, fractions from 0 to 1. Shape: [O] each."""
    hits, answered, support = label_counts(matrix)
    return _ratio(hits, answered), _ratio(hits, support), f1_of_counts(hits, answered, support)


def weighted_f1(matrix: IntArray) -> float:
    """Returns the mean F1 over labels, each weighted by its share of the gold labels."""
    hits, answered, support = label_counts(matrix)
    return float(weighted_f1_of_counts(hits, answered, support))


def macro_f1(matrix: IntArray) -> float:
    """Returns the plain mean F1 over all labels of the set, the ones without gold included."""
    return float(precision_recall_f1(matrix)[2].mean())


def micro_f1(matrix: IntArray, *, excluded: int | None = None) -> float:
    """Returns the F1 of the pooled counts; `excluded` is the index of a label left out of the pool.

    Without an excluded label and without abstentions this is the accuracy. DailyDialog is scored with its
    "no emotion" excluded.
    """
    counts = np.stack(label_counts(matrix))  # [3, O]
    if excluded is not None:
        counts = np.delete(counts, excluded, axis=1)
    hits, answered, support = counts.sum(axis=1)
    return float(f1_of_counts(hits, answered, support))


def accuracy(matrix: IntArray) -> float:
    """Returns the share of utterances that got their gold label; an abstention counts as wrong."""
    return float(_ratio(np.trace(matrix), matrix.sum()))


def label_counts(matrix: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Returns per label how often it was right, answered, and gold. Shape: [O] each."""
    answers = matrix[:, :-1]
    return np.diagonal(answers), answers.sum(axis=0), matrix.sum(axis=1)


def f1_of_counts(hits: npt.ArrayLike, answered: npt.ArrayLike, support: npt.ArrayLike) -> FloatArray:
    """Returns F1 elementwise: 2 hits / (answered + support). Shape: that of the arguments."""
    return _ratio(2 * np.asarray(hits), np.asarray(answered) + np.asarray(support))


def weighted_f1_of_counts(hits: npt.ArrayLike, answered: npt.ArrayLike, support: npt.ArrayLike) -> FloatArray:
    """Returns weighted F1 over the last axis. Shape: [..., O] each → [...]"""
    weights = np.asarray(support)
    return _ratio((f1_of_counts(hits, answered, weights) * weights).sum(axis=-1), weights.sum(axis=-1))


def as_indices(values: npt.ArrayLike, n_labels: int, lowest: int) -> npt.NDArray[np.int64]:
    """Returns `values` as a flat array of label indices from `lowest` to O-1. Shape: [U]

    Raises:
        InputError: something else than whole numbers in one dimension, or one out of range.
    """
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and not np.issubdtype(array.dtype, np.integer)):
        raise InputError(f"label indices must be whole numbers in one dimension, got {array.dtype} of {array.shape}")
    outside = array[(array < lowest) | (array >= n_labels)]
    if outside.size:
        raise InputError(f"label index {outside[0]} is outside {lowest} to {n_labels - 1}")
    return array.astype(np.int64)


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> FloatArray:
    above, below = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below != 0)
