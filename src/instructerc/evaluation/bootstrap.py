"""Intervals for weighted F1: the cluster bootstrap over conversations.

Utterances of one conversation depend on each other, so whole conversations are drawn with replacement; drawing
utterances would give intervals that are too narrow. A draw is a row of weights, and one matrix product gives the counts
of every draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError
from instructerc.evaluation.scores import ABSTAINED, FloatArray, as_indices, weighted_f1_of_counts

N_DRAWS = 2000
_ROUNDING = 1e-12
_CELLS_AT_ONCE = 4_000_000  # weights held at once: 32 MB, whatever the corpus


@dataclass(frozen=True, slots=True)
class Comparison:
    """A against B on the same utterances.

    Attributes:
        difference: weighted F1 of A less that of B, a fraction.
        interval: 95 % interval of the difference, or None with fewer than two conversations.
        p_value: two-sided bootstrap probability of a difference at least as far from 0, or None as above.
    """

    difference: float
    interval: tuple[float, float] | None
    p_value: float | None


def weighted_f1_interval(
    gold: npt.ArrayLike,
    predicted: npt.ArrayLike,
    conversation: npt.ArrayLike,
    n_labels: int,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Returns the 95 % percentile interval of weighted F1, or None with fewer than two conversations to draw from.

    Args:
        gold: label indices. Shape: [U]
        predicted: label indices or `ABSTAINED`. Shape: [U]
        conversation: which conversation each utterance stands in, any integers. Shape: [U]
        n_labels: O.
        n_draws: how many resamples.
        seed: of the draws; the same seed gives the same interval.

    Raises:
        InputError: lengths that differ, or an index outside the label set.
    """
    return mean_weighted_f1_interval(gold, [predicted], conversation, n_labels, n_draws=n_draws, seed=seed)


def mean_weighted_f1_interval(
    gold: npt.ArrayLike,
    predicted: Sequence[npt.ArrayLike],
    conversation: npt.ArrayLike,
    n_labels: int,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Returns the interval of the mean of several seeds' weighted F1, each draw the same conversations for all.

    Arguments as in `weighted_f1_interval`, with the answers of each seed.

    Raises:
        InputError: lengths that differ, or an index outside the label set.
    """
    counts = [_counts_by_conversation(gold, side, conversation, n_labels) for side in predicted]
    if counts[0].shape[1] < 2:
        return None
    drawn: FloatArray = np.stack(_drawn_scores(counts, n_draws, seed)).mean(axis=0)
    return _interval(drawn)


def compare_predictions(
    gold: npt.ArrayLike,
    predicted_a: npt.ArrayLike,
    predicted_b: npt.ArrayLike,
    conversation: npt.ArrayLike,
    n_labels: int,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Comparison:
    """Returns the paired bootstrap of A's weighted F1 against B's: each draw scores both on the same conversations.

    Arguments as in `weighted_f1_interval`. Shape: [U] each

    Raises:
        InputError: lengths that differ, or an index outside the label set.
    """
    return compare_seeds(gold, [predicted_a], [predicted_b], conversation, n_labels, n_draws=n_draws, seed=seed)


def compare_seeds(
    gold: npt.ArrayLike,
    predicted_a: Sequence[npt.ArrayLike],
    predicted_b: Sequence[npt.ArrayLike],
    conversation: npt.ArrayLike,
    n_labels: int,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Comparison:
    """Returns the paired bootstrap of A's mean weighted F1 over its seeds against B's.

    Each draw scores all seeds of both on the same conversations: the interval says how much depends on the
    conversations, for these seeds.

    Args:
        gold: label indices. Shape: [U]
        predicted_a: answers of each seed of A; the numbers of seeds may differ. Shape: [U] each
        predicted_b: answers of each seed of B. Shape: [U] each
        conversation: which conversation each utterance stands in, any integers. Shape: [U]
        n_labels: O.
        n_draws: how many resamples.
        seed: of the draws.

    Raises:
        InputError: lengths that differ, an index outside the label set, or a side without answers.
    """
    if not (len(predicted_a) and len(predicted_b)):
        raise InputError("a comparison needs the answers of at least one seed of each side")
    sides = [*predicted_a, *predicted_b]
    signs = np.repeat([1 / len(predicted_a), -1 / len(predicted_b)], [len(predicted_a), len(predicted_b)])
    counts = [_counts_by_conversation(gold, side, conversation, n_labels) for side in sides]
    difference = float(signs @ [weighted_f1_of_counts(*one.sum(axis=1)) for one in counts])
    if counts[0].shape[1] < 2:
        return Comparison(difference, None, None)
    drawn: FloatArray = signs @ np.stack(_drawn_scores(counts, n_draws, seed))
    # Equal runs differ by rounding alone, which must count on both sides.
    drawn[np.abs(drawn) < _ROUNDING] = 0.0
    # one is added because the sample itself is one of the possible draws: a p of 0 cannot be shown by drawing
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum())) + 1
    return Comparison(difference, _interval(drawn), min(1.0, 2 * tail / (n_draws + 1)))


def _counts_by_conversation(
    gold: npt.ArrayLike, predicted: npt.ArrayLike, conversation: npt.ArrayLike, n_labels: int
) -> npt.NDArray[np.float64]:
    """Returns hits, answers and gold labels by conversation. Shape: [3, C, O]"""
    gold_index, predicted_index = as_indices(gold, n_labels, 0), as_indices(predicted, n_labels, ABSTAINED)
    names, row = np.unique(np.asarray(conversation), return_inverse=True)
    if not gold_index.size == predicted_index.size == row.size:
        raise InputError(
            f"{gold_index.size} gold labels, {predicted_index.size} predictions and {row.size} conversation numbers; "
            "expected one each"
        )
    answered = predicted_index != ABSTAINED
    hit = gold_index == predicted_index
    counts = [
        np.bincount(row[chosen] * n_labels + labels[chosen], minlength=len(names) * n_labels)
        for chosen, labels in ((hit, gold_index), (answered, predicted_index), (np.ones_like(hit), gold_index))
    ]
    return np.stack(counts).reshape(3, len(names), n_labels).astype(np.float64)


def _drawn_scores(systems: list[npt.NDArray[np.float64]], n_draws: int, seed: int) -> list[FloatArray]:
    """Returns weighted F1 of each draw, for each system on the same draws. Shape: [draws] each"""
    if n_draws < 1:
        raise InputError(f"a bootstrap needs at least one draw, got {n_draws}")
    scores: list[list[FloatArray]] = [[] for _ in systems]
    for weights in _draws(systems[0].shape[1], n_draws, seed):
        for collected, counts in zip(scores, systems, strict=True):
            # [draws, C] @ [3, C, O] → [3, draws, O]
            collected.append(weighted_f1_of_counts(*(weights @ counts)))
    return [np.concatenate(collected) for collected in scores]


def _draws(n_conversations: int, n_draws: int, seed: int) -> Iterator[npt.NDArray[np.float64]]:
    """Yields how often each conversation was drawn, in blocks that bound the memory. Shape: [draws in block, C]"""
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS_AT_ONCE // n_conversations)
    chances = np.full(n_conversations, 1 / n_conversations)
    for start in range(0, n_draws, block):
        size = min(block, n_draws - start)
        yield generator.multinomial(n_conversations, chances, size=size).astype(np.float64)


def _interval(values: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
