"""Calibration without a single label: of a model that was not trained for the labels it is given."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError, LabelError, did_you_mean
from instructerc.evaluation.calibration import Calibration
from instructerc.evaluation.scores import FloatArray
from instructerc.labels import LabelSet

LabelFreeMethod: TypeAlias = Literal["contextual", "prior", "none"]
LABEL_FREE_METHODS: tuple[LabelFreeMethod, ...] = ("contextual", "prior", "none")
CONTENT_FREE = ("N/A", "...", "[MASK]")
"""Texts that say nothing (Zhao et al. 2021, section 4)."""
NEUTRAL_SHARE = 0.5
"""What is expected of a conversation of which nothing is known: every second turn is neutral."""


def expected_shares(label_set: LabelSet) -> FloatArray:
    """Returns how often each label is expected: neutral, if there is one, half of the time, the others equally often.

    Shape: [O], float64; sums to 1.
    """
    n_labels = len(label_set)
    shares = np.full(n_labels, 1 / n_labels)
    try:
        neutral = label_set.resolve("neutral")
    except LabelError:
        neutral = None
    if neutral is not None and n_labels > 1:
        shares[:] = (1 - NEUTRAL_SHARE) / (n_labels - 1)
        shares[label_set.names.index(neutral)] = NEUTRAL_SHARE
    return shares


def fit_label_free(method: LabelFreeMethod, log_probs: npt.ArrayLike, shares: npt.ArrayLike) -> Calibration:
    """Returns a calibration fitted on answers alone; the temperature stays 1, since only labels could tell it.

    `contextual` takes off what the model answers to prompts without content (Zhao et al. 2021; log-probabilities are
    averaged). `prior` takes off the mean prediction over the input itself (batch calibration, Zhou et al. 2024). Where
    these papers then expect all labels equally often, both here expect `shares`.

    Args:
        method: which; `none` looks at nothing.
        log_probs: answers to prompts without content, or to the input. Shape: [U, O]
        shares: of each label; above 0. Shape: [O]

    Raises:
        InputError: an unknown method, or no answers.
    """
    if method not in LABEL_FREE_METHODS:
        raise InputError(
            f"no calibration {method!r} without labels{did_you_mean(str(method), LABEL_FREE_METHODS)}; "
            f"there are {', '.join(LABEL_FREE_METHODS)}"
        )
    if method == "none":
        return Calibration()
    rows = np.asarray(log_probs, dtype=np.float64)
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise InputError(f"expected a matrix of finite answers by options, got shape {rows.shape}")
    mean = rows.mean(axis=0) if method == "contextual" else np.log(np.exp(rows).mean(axis=0))
    return Calibration(method, bias=tuple((mean - np.log(np.asarray(shares))).tolist()))
