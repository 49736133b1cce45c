"""How far probabilities can be believed, and the one number that mends them: a temperature.

Here `log_probs` are log p(option | prompt), natural logarithm, any float dtype, [U, O]; the rows of a probability
matrix sum to 1. All sums are taken in float64.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError
from instructerc.evaluation.scores import FloatArray, as_indices

TEMPERATURE_BOUNDS = (0.05, 20.0)
N_BINS = 15
_SMALLEST = 1e-12  # a gold label with probability 0 would make the mean likelihood infinite


def expected_calibration_error(probabilities: npt.ArrayLike, gold: npt.ArrayLike, *, n_bins: int = N_BINS) -> float:
    """Returns the mean distance between confidence and accuracy, a fraction, over equal-width bins (Guo et al. 2017).

    The confidence is the highest probability of an utterance; bin k holds confidences in (k/n, (k+1)/n].

    Args:
        probabilities: rows that sum to 1. Shape: [U, O]
        gold: label indices. Shape: [U]
        n_bins: number of bins on [0, 1].

    Raises:
        InputError: shapes that disagree, no utterance, or rows that are no probabilities.
    """
    rows, gold_index = _checked_probabilities(probabilities, gold)
    confidence = rows.max(axis=1)
    correct = rows.argmax(axis=1) == gold_index
    bins = np.clip(np.ceil(confidence * n_bins).astype(np.int64) - 1, 0, n_bins - 1)
    gaps = np.bincount(bins, weights=correct - confidence, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(rows))


def brier_score(probabilities: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Returns the mean squared distance to the gold label, summed over the options: 0 (best) to 2.

    Raises:
        InputError: shapes that disagree, no utterance, or rows that are no probabilities.
    """
    rows, gold_index = _checked_probabilities(probabilities, gold)
    distance = rows.copy()
    distance[np.arange(len(rows)), gold_index] -= 1.0
    return float(np.square(distance).sum(axis=1).mean())


def negative_log_likelihood(probabilities: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Returns the mean of -log p(gold label) in nats; a probability below 1e-12 counts as 1e-12.

    Raises:
        InputError: shapes that disagree, no utterance, or rows that are no probabilities.
    """
    rows, gold_index = _checked_probabilities(probabilities, gold)
    return float(-np.log(np.maximum(rows[np.arange(len(rows)), gold_index], _SMALLEST)).mean())


def fit_temperature(log_probs: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Returns the temperature T for which softmax(log_probs / T) gives the gold labels the highest likelihood.

    The negative log-likelihood is convex in 1/T, so its slope is followed to its only zero by bisection; where it has
    none between the bounds 0.05 and 20, the nearer bound comes back.

    Args:
        log_probs: finite log-probabilities or logits. Shape: [U, O]
        gold: label indices. Shape: [U]

    Raises:
        InputError: shapes that disagree, no utterance, or a value that is not finite.
    """
    rows, gold_index = _checked_rows(log_probs, gold)
    rows = rows - rows.max(axis=1, keepdims=True)
    gold_rows = rows[np.arange(len(rows)), gold_index]

    def slope(inverse: float) -> float:
        """d NLL / d(1/T): what the model expects of its log-probs, less what the gold labels got."""
        return float(((_softmax(rows * inverse) * rows).sum(axis=1) - gold_rows).mean())

    low, high = (float(np.log(1 / bound)) for bound in reversed(TEMPERATURE_BOUNDS))
    if slope(float(np.exp(high))) <= 0:
        return TEMPERATURE_BOUNDS[0]
    if slope(float(np.exp(low))) >= 0:
        return TEMPERATURE_BOUNDS[1]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(float(np.exp(middle))) < 0 else (low, middle)
    return float(np.exp(-(low + high) / 2))


def apply_temperature(log_probs: npt.ArrayLike, temperature: float) -> FloatArray:
    """Returns the probabilities softmax(log_probs / temperature), float64. Shape: [U, O]

    Raises:
        InputError: a temperature that is not above 0.
    """
    if not temperature > 0:
        raise InputError(f"a temperature must be above 0, got {temperature!r}")
    return _softmax(np.asarray(log_probs, dtype=np.float64) / temperature)


def _softmax(rows: FloatArray) -> FloatArray:
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    total: FloatArray = powers / powers.sum(axis=1, keepdims=True)
    return total


def _checked_rows(values: npt.ArrayLike, gold: npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or not rows.size:
        raise InputError(f"a matrix of utterances by options is needed, got shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise InputError("a score that is not finite cannot be calibrated")
    gold_index = as_indices(gold, rows.shape[1], 0)
    if len(gold_index) != len(rows):
        raise InputError(f"{len(gold_index)} gold labels for {len(rows)} rows of scores; one each is needed")
    return rows, gold_index


def _checked_probabilities(values: npt.ArrayLike, gold: npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    rows, gold_index = _checked_rows(values, gold)
    # float32 rows sum to 1 within some 1e-6; log-probs or logits given by mistake are far off
    if (rows < 0).any() or (np.abs(rows.sum(axis=1) - 1) > 1e-3).any():
        raise InputError("probabilities must be 0 or above and sum to 1 in each row")
    return rows, gold_index
