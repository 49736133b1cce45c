"""How much a label that training never named must be raised beside labels that it did."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError
from instructerc.evaluation.scores import confusion_matrix, weighted_f1

_STEP = 0.1
_MOST = 5.0
# A label of a user's own is worth a little of the others: at a cost of none, the bonus jumped with every training.
_COST = 0.01


def fit_unseen_bonus(log_probs: npt.ArrayLike, gold: npt.ArrayLike, seen: npt.ArrayLike) -> float:
    """Returns the largest bonus, in nats to a tenth, that costs at most a point of weighted F1 on development.

    A model trained with some labels prefers them to others ("generalised zero-shot", Chao et al. 2016): without a
    bonus, it hardly ever answers a new name beside one that it has learnt. How often a user's new label is right is
    not known beforehand. So it is raised as far as talk with all labels in their usual shares loses a point at most.

    Args:
        log_probs: log p(option | prompt), not calibrated. Shape: [U, O]
        gold: label indices. Shape: [U]
        seen: whether each label was an option in training; where all or none were, the bonus is 0. Shape: [O]

    Raises:
        InputError: shapes that disagree.
    """
    rows, known = np.asarray(log_probs, np.float64), np.asarray(seen, bool)
    if rows.ndim != 2 or known.shape != rows.shape[1:]:
        raise InputError(f"scores of shape {rows.shape} for {known.size} labels; expected a column each")
    if known.all() or not known.any():
        return 0.0

    def quality(bonus: float) -> float:
        return weighted_f1(confusion_matrix(gold, (rows - bonus * known).argmax(axis=1), rows.shape[1]))

    least = quality(0.0) - _COST
    steps = (round(_STEP * number, 1) for number in range(round(_MOST / _STEP), 0, -1))
    return next((bonus for bonus in steps if quality(bonus) >= least), 0.0)
