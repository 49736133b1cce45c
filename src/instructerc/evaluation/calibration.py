"""How far probabilities can be believed, and what mends them: a bias per option and a temperature.

Here `log_probs` are log p(option | prompt), natural logarithm, any float dtype, [U, O]; the rows of a probability
matrix sum to 1. All sums are taken in float64.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError, did_you_mean
from instructerc.evaluation.scores import FloatArray, as_indices

CalibrationMethod: TypeAlias = Literal["none", "temperature", "prior", "contextual"]
METHODS: tuple[CalibrationMethod, ...] = get_args(CalibrationMethod)
TEMPERATURE_BOUNDS = (0.05, 20.0)
PRIOR_TOLERANCE = 1e-6
N_BINS = 15
_SMALLEST = 1e-12  # a gold label with probability 0 would make the mean likelihood infinite
_UNSEEN = 0.5  # utterances that a label without any in development counts as
_WITH_BIAS = ("prior", "contextual")
_PRIOR_STEPS = 1000
_PRIOR_TURNS = 200
_HALVINGS = 60
_RIDGE = 1e-10


@dataclass(frozen=True)
class Calibration:
    """What turns a model's option log-probabilities into probabilities that can be believed: (log p - bias) / T.

    Attributes:
        method: `none`; `temperature` (Guo et al. 2017); `prior`, which takes out the preference that development
            shows for some labels; `contextual`, the preference that prompts without content show (Zhao et al. 2021).
        temperature: T, above 0; above 1 flattens.
        bias: natural logarithm, one number per option; empty takes nothing off, as other options than the fitted ones
            need it.

    Raises:
        InputError: an unknown method, or numbers that it cannot have.

    Example:
        >>> calibration = Calibration("contextual", bias=(-0.2, -1.7))
        >>> np.exp(calibration.apply([-0.2, -1.7])).tolist()
        [0.5, 0.5]
    """

    method: CalibrationMethod = "none"
    temperature: float = 1.0
    bias: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(
                f"no calibration {self.method!r}{did_you_mean(str(self.method), METHODS)}; "
                f"there are {', '.join(METHODS)}"
            )
        if not (self.temperature > 0 and math.isfinite(self.temperature)):
            raise InputError(f"a temperature must be a number above 0, got {self.temperature!r}")
        if not all(map(math.isfinite, self.bias)):
            raise InputError(f"a bias must be finite numbers, got {self.bias}")
        if self.bias and self.method not in _WITH_BIAS:
            raise InputError(
                f"calibration {self.method!r} with {len(self.bias)} bias numbers; "
                f"only {' and '.join(_WITH_BIAS)} have a bias"
            )
        if self.method == "none" and self.temperature != 1:
            raise InputError(f"calibration 'none' has temperature 1, got {self.temperature!r}; use 'temperature'")

    def apply(self, log_probs: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Returns calibrated log-probabilities, normalised over the last axis, float32.

        Args:
            log_probs: Shape: [.., O].

        Shape: [.., O]

        Raises:
            InputError: another number of options than the bias has.
        """
        rows = np.asarray(log_probs, dtype=np.float64)
        if self.bias:
            if rows.shape[-1:] != (len(self.bias),):
                raise InputError(
                    f"this calibration was fitted on {len(self.bias)} options and is given scores of shape "
                    f"{rows.shape}; fit one on these options, or use 'temperature', which takes any"
                )
            rows = rows - self.bias
        return _log_softmax(rows / self.temperature).astype(np.float32)

    def to_data(self) -> dict[str, Any]:
        """Returns it as plain JSON data."""
        return {"method": self.method, "temperature": self.temperature, "bias": list(self.bias)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Calibration:
        """Returns what `to_data` wrote.

        Raises:
            InputError: data of another form.
        """
        try:
            known = {"method": str(data["method"]), "temperature": float(data["temperature"])}
            bias = tuple(map(float, data["bias"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"a calibration is method, temperature and bias, got {data!r}") from error
        return cls(bias=bias, **known)  # type: ignore[arg-type]


def expected_calibration_error(probabilities: npt.ArrayLike, gold: npt.ArrayLike, *, n_bins: int = N_BINS) -> float:
    """Returns the mean distance between confidence and accuracy, a fraction, over equal-width bins (Guo et al. 2017).

    The confidence is the highest probability of an utterance; bin k holds confidences in (k/n, (k+1)/n].

    Args:
        probabilities: rows that sum to 1. Shape: [U, O]
        gold: label indices. Shape: [U]
        n_bins: number of bins on [0, 1].

    Raises:
        InputError: shapes that disagree, no utterance, or rows that are not probabilities.
    """
    rows, gold_index = _checked_probabilities(probabilities, gold)
    confidence = rows.max(axis=1)
    correct = rows.argmax(axis=1) == gold_index
    gaps = np.bincount(_bins(confidence, n_bins), weights=correct - confidence, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(rows))


def calibration_error_by_chance(probabilities: npt.ArrayLike, gold: npt.ArrayLike, *, n_bins: int = N_BINS) -> float:
    """Returns the calibration error that a model with these confidences would have if each of them were true.

    It isn't 0: in a bin of n turns, accuracy differs from the confidence by chance. The right answers of a bin are
    taken for normally distributed with variance Σ c(1 - c), whose mean distance is √(2/π) standard deviations. The
    measured error says something where it is clearly larger (Roelofs et al. 2022 call this the bias of the estimate).

    Args:
        probabilities: rows that sum to 1. Shape: [U, O]
        gold: label indices; only checked. Shape: [U]
        n_bins: number of bins on [0, 1].

    Raises:
        InputError: shapes that disagree, no utterance, or rows that are not probabilities.
    """
    rows, _ = _checked_probabilities(probabilities, gold)
    confidence = rows.max(axis=1)
    variances = np.bincount(_bins(confidence, n_bins), weights=confidence * (1 - confidence), minlength=n_bins)
    return float(np.sqrt(2 / np.pi * np.maximum(variances, 0)).sum() / len(rows))


def _bins(confidence: FloatArray, n_bins: int) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = np.clip(np.ceil(confidence * n_bins).astype(np.int64) - 1, 0, n_bins - 1)
    return numbers


def brier_score(probabilities: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Returns the mean squared distance to the gold label, summed over the options: 0 (best) to 2.

    Raises:
        InputError: shapes that disagree, no utterance, or rows that are not probabilities.
    """
    rows, gold_index = _checked_probabilities(probabilities, gold)
    distance = rows.copy()
    distance[np.arange(len(rows)), gold_index] -= 1.0
    return float(np.square(distance).sum(axis=1).mean())


def negative_log_likelihood(probabilities: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Returns the mean of -log p(gold label) in nats; a probability below 1e-12 counts as 1e-12.

    Raises:
        InputError: shapes that disagree, no utterance, or rows that are not probabilities.
    """
    rows, gold_index = _checked_probabilities(probabilities, gold)
    return float(-np.log(np.maximum(rows[np.arange(len(rows)), gold_index], _SMALLEST)).mean())


def fit_temperature(log_probs: npt.ArrayLike, gold: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Returns the temperature T for which softmax(log_probs / T) gives the gold labels the highest likelihood.

    The negative log-likelihood is convex in 1/T, so its slope is followed to its only zero by bisection; where it has
    none between the bounds 0.05 and 20, the nearer bound comes back.

    Args:
        log_probs: finite log-probabilities or logits. Shape: [U, O]
        gold: label indices. Shape: [U]
        weights: how much each utterance counts, above 0; all alike where None. Shape: [U]

    Raises:
        InputError: shapes that disagree, no utterance, or a value that is not finite.
    """
    rows, gold_index = _checked_rows(log_probs, gold)
    shares = _checked_weights(weights, len(rows))
    rows = rows - rows.max(axis=1, keepdims=True)
    gold_rows = rows[np.arange(len(rows)), gold_index]

    def slope(inverse: float) -> float:
        """d NLL / d(1/T): what the model expects of its log-probs, less what the gold labels got."""
        return float(np.average((_softmax(rows * inverse) * rows).sum(axis=1) - gold_rows, weights=shares))

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


def fit_calibration(
    method: CalibrationMethod,
    log_probs: npt.ArrayLike,
    gold: npt.ArrayLike,
    n_labels: int,
    content_free: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> Calibration:
    """Returns the calibration of a model, fitted on its answers to development.

    `prior` takes the bias and the temperature with the highest likelihood together (bias-corrected temperature scaling,
    Alexandari et al. 2020): the mean predicted distribution is then the distribution of the gold labels; a label
    without any utterance counts as half of one. `contextual` takes the mean answer to prompts without content,
    log-probabilities averaged (Zhao et al. 2021 average probabilities), so that such a prompt has equal probabilities
    for all options, and then the temperature that suits the rows less that bias.

    Args:
        method: which; `none` looks at nothing.
        log_probs: finite log-probabilities or logits. Shape: [U, O]
        gold: label indices. Shape: [U]
        n_labels: O.
        content_free: answers to the same question about texts without content; for `contextual`. Shape: [C, O]
        weights: how much each utterance counts, above 0; all alike where None. Shape: [U]

    Raises:
        InputError: an unknown method, shapes that disagree, no utterance, a value that is not finite, or `contextual`
            without its answers.
    """
    if method not in METHODS or method == "none":
        return Calibration(method)
    rows, gold_index = _checked_rows(log_probs, gold)
    if rows.shape[1] != n_labels:
        raise InputError(f"scores of {rows.shape[1]} options for {n_labels} labels; expected one each")
    if method == "prior":
        return _prior_calibration(rows, gold_index, n_labels, weights)
    bias = _contextual_bias(content_free, n_labels) if method == "contextual" else None
    temperature = fit_temperature(rows if bias is None else rows - bias, gold_index, weights)
    return Calibration(method, temperature, () if bias is None else tuple(bias.tolist()))


def _prior_calibration(
    rows: FloatArray, gold: npt.NDArray[np.int64], n_labels: int, weights: npt.ArrayLike | None
) -> Calibration:
    """Returns the bias and the temperature of highest likelihood, each fitted in turn until neither moves."""
    each = _checked_weights(weights, len(rows))
    counts = np.bincount(gold, each, n_labels).astype(np.float64)
    counts[counts == 0] = _UNSEEN
    shares = counts / counts.sum()
    before, temperature = 0.0, 1.0
    turns = 0
    bias = _prior_bias(rows, shares, each)
    while abs(temperature - before) > PRIOR_TOLERANCE * temperature and turns < _PRIOR_TURNS:
        before, temperature = temperature, fit_temperature(rows - bias, gold, weights)
        # The bias is the one of this temperature, so that the shares are met.
        bias = temperature * _prior_bias(rows / temperature, shares, each)
        turns += 1
    return Calibration("prior", temperature, tuple(bias.tolist()))


def _prior_bias(rows: FloatArray, shares: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Returns the bias b for which the weighted mean of softmax(rows - b) is `shares`. Shape: [O]

    The distance of the two is the slope of a convex function, mean log sum exp(rows - b) + shares · b. It is followed
    to its bottom by Newton steps, each halved until the function falls as it should.
    """

    def height(bias: FloatArray) -> float:
        moved = rows - bias
        top = moved.max(axis=1)
        sums = top + np.log(np.exp(moved - top[:, None]).sum(axis=1))
        return float(np.average(sums, weights=weights) + shares @ bias)

    bias = np.zeros(rows.shape[1])
    for _ in range(_PRIOR_STEPS):
        chances = _softmax(rows - bias)
        mean = np.average(chances, axis=0, weights=weights)
        gap = mean - shares
        if np.abs(gap).max() <= PRIOR_TOLERANCE:
            break
        together = chances if weights is None else chances * weights[:, None]
        curvature = np.diag(mean) - chances.T @ together / len(rows)
        step = np.linalg.solve(curvature + _RIDGE * np.eye(len(bias)), gap)
        here, fall = height(bias), float(gap @ step)
        parts = (0.5**halvings for halvings in range(_HALVINGS))
        part = next((part for part in parts if height(bias + part * step) <= here - 1e-4 * part * fall), None)
        if part is None:  # as low as float64 can tell
            break
        bias = bias + part * step
    centred: FloatArray = bias - bias.mean()
    return centred


def _contextual_bias(content_free: npt.ArrayLike | None, n_labels: int) -> FloatArray:
    if content_free is None:
        raise InputError("calibration 'contextual' needs the answers to prompts without content, and got none")
    answers = np.asarray(content_free, dtype=np.float64)
    if answers.ndim != 2 or not len(answers) or answers.shape[1] != n_labels:
        raise InputError(f"answers to prompts without content are a matrix by {n_labels} options, got {answers.shape}")
    if not np.isfinite(answers).all():
        raise InputError("a score that is not finite cannot be calibrated")
    mean: FloatArray = answers.mean(axis=0)
    return mean


def _softmax(rows: FloatArray) -> FloatArray:
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    total: FloatArray = powers / powers.sum(axis=1, keepdims=True)
    return total


def _log_softmax(rows: FloatArray) -> FloatArray:
    shifted = rows - rows.max(axis=-1, keepdims=True)
    normalised: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def _checked_rows(values: npt.ArrayLike, gold: npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or not rows.size:
        raise InputError(f"expected a matrix of utterances by options, got shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise InputError("a score that is not finite cannot be calibrated")
    gold_index = as_indices(gold, rows.shape[1], 0)
    if len(gold_index) != len(rows):
        raise InputError(f"{len(gold_index)} gold labels for {len(rows)} rows of scores; expected one each")
    return rows, gold_index


def _checked_weights(weights: npt.ArrayLike | None, n_rows: int) -> FloatArray | None:
    """Returns weights whose mean is 1; None where all are alike."""
    if weights is None:
        return None
    found = np.asarray(weights, dtype=np.float64)
    if found.shape != (n_rows,) or not np.isfinite(found).all() or (found <= 0).any():
        raise InputError(f"weights are {n_rows} finite numbers above 0, one for each row of scores")
    scaled: FloatArray = found / found.mean()
    return scaled


def _checked_probabilities(values: npt.ArrayLike, gold: npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    rows, gold_index = _checked_rows(values, gold)
    # float32 rows sum to 1 within some 1e-6; log-probs or logits given by mistake are far off
    if (rows < 0).any() or (np.abs(rows.sum(axis=1) - 1) > 1e-3).any():
        raise InputError("probabilities must be 0 or above and sum to 1 in each row")
    return rows, gold_index
