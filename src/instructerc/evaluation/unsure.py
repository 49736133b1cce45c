"""Below which probability an answer is told as unsure: where answers are more often wrong than right."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from instructerc.backbones.settings import ModelSettings
from instructerc.errors import InputError
from instructerc.evaluation.model_calibration import known_as
from instructerc.evaluation.scores import as_indices
from instructerc.labels import LabelSet

MOST_UNSURE = 0.5
"""Share of the development turns that may be told as unsure at most."""
_PER_CENTS = np.arange(101) / 100


def fit_unsure_below(probabilities: npt.ArrayLike, gold: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Returns the probability, in whole per cent, below which answers to development are more often wrong than right.

    Of the probabilities with no more than half of the turns below, it is the one whose answers below hold the largest
    surplus of wrong ones over right ones, the highest where there are several. So just below it at most half are right,
    and just above it at least half (the reject rule of Chow 1970, for errors that cost twice an answer withheld). The
    bound is for models that are seldom right: "unsure" at most turns would say nothing of any.

    Args:
        probabilities: calibrated; the highest of a row is its confidence. Shape: [U, O]
        gold: label indices. Shape: [U]
        weights: how much each turn counts, above 0; all alike where None. Shape: [U]

    Raises:
        InputError: shapes that disagree, or no turn.
    """
    rows = np.asarray(probabilities, np.float64)
    if rows.ndim != 2 or not rows.size:
        raise InputError(f"expected a matrix of turns by options, got shape {rows.shape}")
    index = as_indices(gold, rows.shape[1], 0)
    each = np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)
    if not len(rows) == len(index) == len(each):
        raise InputError(f"{len(index)} gold labels and {len(each)} weights for {len(rows)} rows; expected one each")
    below = rows.max(axis=1) < _PER_CENTS[:, None]
    shares = below @ each / each.sum()
    surplus = below @ np.where(rows.argmax(axis=1) == index, -each, each)
    # Sums that are the same may differ by rounding.
    surplus[shares > MOST_UNSURE + 1e-9] = -np.inf
    return float(_PER_CENTS[np.flatnonzero(surplus >= surplus.max() - 1e-9 * each.sum())[-1]])


def unsure_below_of(settings: ModelSettings, labels: LabelSet) -> float | None:
    """Returns the probability below which a model's answers with these labels are told as unsure.

    Some of the model's own labels have the one of all, as they have their calibration; between the numbers of other
    labels for which one was fitted it is linear. None where none was.
    """
    if set(known_as(settings, labels)) <= set(known_as(settings, settings.label_set)):
        return settings.unsure_below
    fitted = settings.other_unsure_below
    counts = sorted(fitted)
    return float(np.interp(len(labels), counts, [fitted[count] for count in counts])) if counts else None
