"""Softmax regression around scores that are known already, in numpy: quick enough for cross-validation.

The weights minimise

    sum over utterances of -log softmax(offsets + features @ weights)[gold]  +  penalty / 2 * |weights|²

which is convex. It is solved in the basis of the features' own axes, where the curvature is bounded by a diagonal
(Böhning 1992); L-BFGS (Liu and Nocedal 1989) that begins each step from that diagonal needs about ten of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]
Array = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]

_MEMORY = 10
_STEPS = 500
_SUFFICIENT = 1e-4
_HALVINGS = 40


def fit_softmax(
    features: npt.ArrayLike,
    gold: npt.ArrayLike,
    offsets: npt.ArrayLike,
    penalties: Sequence[float],
    *,
    tolerance: float = 1e-6,
    quick: bool = False,
) -> Iterator[Float64Array]:
    """Yields the weights for each penalty, float64; each fit begins where the one before it ended. Shape: [H, O] each

    Args:
        features: one row an utterance. Shape: [U, H]
        gold: label indices. Shape: [U]
        offsets: scores before anything is learnt. Shape: [U, O]
        penalties: above 0; in falling order they are quickest.
        tolerance: the largest entry that the slope may be left with, for one utterance.
        quick: whether float32 will do, which is half the time; then no tolerance below 1e-4 is reached.
    """
    kind = np.float32 if quick else np.float64
    rows = np.asarray(features, dtype=np.float64)
    index = np.asarray(gold, dtype=np.int64)
    squares, axes = np.linalg.eigh(rows.T @ rows)
    # Of more features than utterances, the other directions hold nothing.
    squares, axes = np.maximum(squares[-len(rows) :], 0.0), axes[:, -len(rows) :]
    turned: Array = (rows @ axes).astype(kind)
    known: Array = np.asarray(offsets, dtype=kind)
    wanted = np.zeros_like(known)
    wanted[np.arange(len(index)), index] = 1.0
    curvature = (squares / 4).astype(kind)[:, None]
    weights = np.zeros((len(squares), known.shape[1]), dtype=kind)
    for penalty in penalties:
        weights = _minimise(turned, wanted, known, penalty, curvature, weights, tolerance * len(index))
        yield axes @ weights.astype(np.float64)


def softmax_loss(weights: Array, features: Array, wanted: Array, offsets: Array, penalty: float) -> tuple[float, Array]:
    """Returns what is minimised and its slope in the weights.

    Args:
        weights: Shape: [H, O]
        features: Shape: [U, H]
        wanted: 1 at each utterance's gold label, else 0. Shape: [U, O]
        offsets: Shape: [U, O]
        penalty: above 0.
    """
    scores = offsets + features @ weights
    scores -= scores.max(axis=1, keepdims=True)
    chances = np.exp(scores)
    totals = chances.sum(axis=1, keepdims=True)
    chances /= totals
    loss = float(np.log(totals).sum() - (scores * wanted).sum() + penalty / 2 * np.square(weights).sum())
    return loss, features.T @ (chances - wanted) + penalty * weights


def _minimise(
    features: Array,
    wanted: Array,
    offsets: Array,
    penalty: float,
    curvature: Array,
    weights: Array,
    tolerance: float,
) -> Array:
    curvature = curvature + curvature.dtype.type(penalty)
    pairs: deque[tuple[Array, Array, float]] = deque(maxlen=_MEMORY)
    loss, slope = softmax_loss(weights, features, wanted, offsets, penalty)
    for _ in range(_STEPS):
        if np.abs(slope).max() <= tolerance:
            break
        step = -_direction(slope, pairs, curvature)
        fall = float((slope * step).sum())
        part = 1.0
        for _ in range(_HALVINGS):
            found = softmax_loss(weights + part * step, features, wanted, offsets, penalty)
            if found[0] <= loss + _SUFFICIENT * part * fall:
                break
            part /= 2
        else:  # as low as float64 can tell
            break
        moved, bent = part * step, found[1] - slope
        weights, (loss, slope) = weights + moved, found
        along = float((moved * bent).sum())
        if along > 0:
            pairs.append((moved, bent, 1 / along))
    return weights


def _direction(slope: Array, pairs: deque[tuple[Array, Array, float]], curvature: Array) -> Array:
    """Returns the slope divided by the curvature that the last steps have shown."""
    turned = slope.copy()
    shares = []
    for moved, bent, inverse in reversed(pairs):
        share = inverse * float((moved * turned).sum())
        turned -= share * bent
        shares.append(share)
    turned /= curvature
    for (moved, bent, inverse), share in zip(pairs, reversed(shares), strict=True):
        turned += (share - inverse * float((bent * turned).sum())) * moved
    return turned
