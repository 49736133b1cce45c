"""A head for a user's own labels, chosen by cross-validation over conversations; numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from instructerc.evaluation import apply_temperature, confusion_matrix, fit_temperature, macro_f1, weighted_f1
from instructerc.recognition.softmax_regression import Float64Array, IntArray, fit_softmax

N_FOLDS = 5
# How much the labels' names count beside what is learnt, how far weights may go, how much rare labels are lifted.
_NAME_SCALES = (0.0, 1.0, 2.0)
_PENALTIES = (1000.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)
_LIFTS = (0.0, 0.25, 0.5, 0.75)
_FITS = tuple(product(_NAME_SCALES, _PENALTIES))
_CHOOSING_TOLERANCE = 1e-3
# With few turns one draw of the folds says little.
_TURNS_PER_CHOICE = 600
_MOST_DRAWS = 4


@dataclass(frozen=True)
class Candidate:
    """One way to fit a head.

    Attributes:
        name_scale: how much the scores by label names count; 0 for nothing.
        penalty: on the squared weights; None where there are none, and the names answer alone.
        lift: power of a label's share by which its chance is divided, so that rare labels are not passed over.
    """

    name_scale: float
    penalty: float | None
    lift: float


# Of few turns, the best of many fits is the best by chance.
NAMES_ALONE = Candidate(1.0, None, 0.0)


@dataclass(frozen=True, eq=False)
class FittedHead:
    """A head for states, and what it gives turns that it was not fitted on.

    Attributes:
        weights: on states. Shape: [H, O]
        bias: Shape: [O]
        name_scale: how much the scores by label names count.
        chosen: how it was fitted.
        held_out: probabilities of turns by heads that were fitted and chosen without their fold. Shape: [U, O]
    """

    weights: Float64Array
    bias: Float64Array
    name_scale: float
    chosen: Candidate
    held_out: Float64Array


def fit_head(states: Float64Array, names: Float64Array, gold: IntArray, groups: IntArray, seed: int) -> FittedHead:
    """Returns the head that does best on conversations that it was not fitted on, its probabilities calibrated there.

    It is the label names alone unless the best fit's loss is lower by more than its standard error over groups (Breiman
    et al. 1984, section 3.4.3).

    Args:
        states: one an utterance. Shape: [U, H]
        names: scores by label names alone. Shape: [U, O]
        gold: label indices. Shape: [U]
        groups: what stays together in cross-validation, from 0; at least two. Shape: [U]
        seed: of the folds.
    """
    scale = float(np.sqrt(np.square(states).sum(axis=1).mean())) or 1.0
    rows = np.column_stack([states / scale, np.ones(len(states))])
    n_draws = max(1, min(_MOST_DRAWS, _TURNS_PER_CHOICE // len(gold)))
    trial = _Trial(rows, names, gold, groups, [draw_folds(groups, seed + draw) for draw in range(n_draws)])
    everything = np.ones(len(gold), dtype=bool)
    number, chosen = trial.choose(everything)
    temperature = trial.temperature(number, chosen, everything)
    weights = np.zeros((rows.shape[1], names.shape[1]))
    if chosen.penalty is not None:
        weights = next(fit_softmax(rows, gold, chosen.name_scale * names, [chosen.penalty]))
    bias = weights[-1] + _lifted(gold, names.shape[1], chosen.lift)
    return FittedHead(
        weights[:-1] / scale / temperature,
        bias / temperature,
        chosen.name_scale / temperature,
        chosen,
        trial.held_out(),
    )


def draw_folds(groups: IntArray, seed: int) -> IntArray:
    """Returns the fold of each utterance: groups in a drawn order, each to the fold that is smallest. Shape: [U]"""
    sizes = np.bincount(groups)
    n_folds = min(N_FOLDS, len(sizes))
    filled, fold_of = np.zeros(n_folds, dtype=np.int64), np.zeros(len(sizes), dtype=np.int64)
    for group in np.random.default_rng(seed).permutation(len(sizes)):
        fold_of[group] = filled.argmin()
        filled[fold_of[group]] += sizes[group]
    return fold_of[groups]


class _Trial:
    """The scores of all candidates on turns that they were not fitted on.

    Args:
        rows: features. Shape: [U, F]
        names: scores by label names alone. Shape: [U, O]
        gold: label indices. Shape: [U]
        groups: what stays together in cross-validation. Shape: [U]
        folds: of each draw, the fold of each utterance. Shape: D times [U]
    """

    def __init__(
        self, rows: Float64Array, names: Float64Array, gold: IntArray, groups: IntArray, folds: Sequence[IntArray]
    ) -> None:
        self.gold = gold
        self.groups = groups
        self.folds = folds
        # Of each fit, and of the names alone at the end. [D, C, U, O]
        self.scores = np.stack([_score_held_out(rows, names, gold, fold) for fold in folds])
        shifted = self.scores - self.scores.max(axis=3, keepdims=True)
        gold_scores = shifted[:, :, np.arange(len(gold)), gold]
        self.losses: Float64Array = (np.log(np.exp(shifted).sum(axis=3)) - gold_scores).mean(axis=0)

    def choose(self, used: npt.NDArray[np.bool_]) -> tuple[int, Candidate]:
        """Returns the fit of the least loss, with the lift of the best F1, or the names alone; and its number.

        Loss is the steadier judge of few turns; what a lift is good for shows in F1 alone.

        Args:
            used: utterances that may be looked at. Shape: [U]
        """
        number = int(self.losses[:-1, used].mean(axis=1).argmin())
        gains = self.losses[-1, used] - self.losses[number, used]
        if gains.mean() <= _standard_error(gains, self.groups[used]):
            return len(_FITS), NAMES_ALONE
        f1 = [self._mean_f1(number, lift, used) for lift in _LIFTS]
        return number, Candidate(*_FITS[number], _LIFTS[int(np.argmax(f1))])

    def temperature(self, number: int, chosen: Candidate, used: npt.NDArray[np.bool_]) -> float:
        """Returns what the scores are divided by, so that probabilities are as often right as they say."""
        scores = self._lifted_scores(number, chosen.lift, used)
        return fit_temperature(scores.reshape(-1, scores.shape[-1]), np.tile(self.gold[used], len(self.folds)))

    def held_out(self) -> Float64Array:
        """Returns each utterance's probabilities, its fold of the first draw looked at for nothing. Shape: [U, O]"""
        found = np.empty((len(self.gold), self.scores.shape[3]))
        for fold in np.unique(self.folds[0]):
            out = self.folds[0] == fold
            number, chosen = self.choose(~out)
            lifted = _lifted(self.gold[~out], found.shape[1], chosen.lift)
            found[out] = apply_temperature(self.scores[0, number, out] + lifted, self.temperature(number, chosen, ~out))
        return found

    def _lifted_scores(self, number: int, lift: float, used: npt.NDArray[np.bool_]) -> Float64Array:
        """Returns a candidate's scores in every draw. Shape: [D, used, O]"""
        lifted: Float64Array = self.scores[:, number, used] + _lifted(self.gold[used], self.scores.shape[3], lift)
        return lifted

    def _mean_f1(self, number: int, lift: float, used: npt.NDArray[np.bool_]) -> float:
        answers = self._lifted_scores(number, lift, used).argmax(axis=2)
        matrices = [confusion_matrix(self.gold[used], row, self.scores.shape[3]) for row in answers]
        return float(np.mean([weighted_f1(matrix) + macro_f1(matrix) for matrix in matrices]))


def _score_held_out(rows: Float64Array, names: Float64Array, gold: IntArray, folds: IntArray) -> Float64Array:
    """Returns the scores of utterances by every fit without their fold, and by the names alone.

    Shape: [C, U, O]
    """
    found = np.empty((len(_FITS) + 1, *names.shape))
    found[-1] = names
    for fold in np.unique(folds):
        out = folds == fold
        for place, scale in enumerate(_NAME_SCALES):
            fits = fit_softmax(
                rows[~out], gold[~out], scale * names[~out], _PENALTIES, tolerance=_CHOOSING_TOLERANCE, quick=True
            )
            for number, weights in enumerate(fits, place * len(_PENALTIES)):
                found[number, out] = scale * names[out] + rows[out] @ weights
    return found


def _standard_error(values: Float64Array, groups: IntArray) -> float:
    """Returns that of the mean of values which come in groups: a conversation's turns are alike."""
    _, group = np.unique(groups, return_inverse=True)
    sums = np.bincount(group, weights=values)
    if len(sums) < 2:
        return np.inf
    return float(sums.std(ddof=1) * np.sqrt(len(sums)) / len(values))


def _lifted(gold: IntArray, n_labels: int, lift: float) -> Float64Array:
    """Returns what is added to each label's score; a label without any utterance counts as one of one. Shape: [O]"""
    counts = np.bincount(gold, minlength=n_labels) + 1.0
    added: Float64Array = -lift * np.log(counts / counts.sum())
    return added
