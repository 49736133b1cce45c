"""Tests beside the bootstrap: McNemar's, Holm's correction for several, and the interval of a mean over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError

# Student's t at 97.5 %, by degrees of freedom from 1.
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
_LEAST_P = 0.001


@dataclass(frozen=True, slots=True)
class McNemar:
    """Which utterances one of two models alone is right about.

    Attributes:
        only_a: right in A and wrong in B.
        only_b: right in B and wrong in A.
        p_value: two-sided exact probability of so uneven a division by chance. It takes utterances as independent,
            which those of one conversation are not: read it beside the bootstrap over conversations.
    """

    only_a: int
    only_b: int
    p_value: float


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """How much a figure differs between seeds.

    Attributes:
        mean: over the seeds.
        sd: standard deviation of the seeds, or None for one seed.
        interval: 95 % interval of the mean by Student's t, or None for one seed.
    """

    mean: float
    sd: float | None
    interval: tuple[float, float] | None


def mcnemar(gold: npt.ArrayLike, predicted_a: npt.ArrayLike, predicted_b: npt.ArrayLike) -> McNemar:
    """Returns McNemar's exact test of two models' accuracy. Shape: [U] each

    Raises:
        InputError: lengths that differ.
    """
    labels, a, b = map(np.asarray, (gold, predicted_a, predicted_b))
    if not labels.shape == a.shape == b.shape:
        raise InputError(f"gold labels and answers have shapes {labels.shape}, {a.shape} and {b.shape}; expected one")
    right_a, right_b = a == labels, b == labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n, fewer = only_a + only_b, min(only_a, only_b)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    # Whole numbers, since both are far beyond what a float can hold.
    p_value = min(1.0, (2 * tail * 10**18 // 2**n) / 10**18)
    return McNemar(only_a, only_b, p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns each p corrected for the number of tests (Holm 1979), in the order in which they came.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda one: p_values[one])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def format_p(p_value: float | None) -> str:
    """Returns a p for a reader, with a dash where there is none; none is ever 0.

    Example:
        >>> format_p(0.0312), format_p(0.0002)
        ('0.031', '< 0.001')
    """
    if p_value is None:
        return "–"
    return "< 0.001" if p_value < _LEAST_P else f"{p_value:.3f}"


def seed_spread(figures: Sequence[float]) -> SeedSpread:
    """Returns mean, standard deviation and the mean's interval of a figure over seeds.

    Raises:
        InputError: no figure.
    """
    if not figures:
        raise InputError("a mean over seeds needs at least one of them")
    mean = statistics.fmean(figures)
    if len(figures) == 1:
        return SeedSpread(mean, None, None)
    sd = statistics.stdev(figures)
    half = _t_quantile(len(figures) - 1) * sd / math.sqrt(len(figures))
    return SeedSpread(mean, sd, (mean - half, mean + half))


def _t_quantile(degrees: int) -> float:
    """Returns Student's t at 97.5 %; beyond the table by the first terms of its expansion, exact to 1e-3."""
    return _T[degrees - 1] if degrees <= len(_T) else 1.95996 + 2.37227 / degrees + 2.82250 / degrees**2
