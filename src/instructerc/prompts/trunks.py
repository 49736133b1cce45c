"""Cutting a conversation that is longer than the model's window into overlapping trunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MIN_HISTORY = 12
"""Earlier turns that every target sees where they exist and fit (the paper's window, Table 5)."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """Utterances `start` to `end` (exclusive) share one trunk; those from `first` on are asked in it."""

    start: int
    first: int
    end: int


class TrunkCutter:
    """Decides, utterance by utterance, where a new trunk begins.

    The decision about an utterance depends on nothing that comes later, so a live session cuts where a
    batch does. A trunk grows until the next utterance does not fit; the new one begins `min_history`
    turns before it, or as many as fit.

    Attributes:
        budget: tokens that a trunk may hold, the instruction not counted.
        min_history: earlier turns that a target sees, where they exist and fit.
    """

    def __init__(self, budget: int, min_history: int = MIN_HISTORY) -> None:
        self.budget = budget
        self.min_history = min_history
        self._start = 0
        self._lengths: list[int] = []

    def add(self, length: int) -> int:
        """Takes the token count of the next utterance; returns the index of its trunk's first utterance.

        Raises:
            ValueError: an utterance longer than the budget; it has to be cut before.
        """
        if length > self.budget:
            raise ValueError(f"an utterance of {length} tokens does not fit a trunk of {self.budget}")
        self._lengths.append(length)
        if sum(self._lengths) > self.budget:
            kept = self._lengths[-self.min_history - 1 :]
            while sum(kept) > self.budget:
                kept = kept[1:]
            self._start += len(self._lengths) - len(kept)
            self._lengths = kept
        return self._start


def cut_into_trunks(lengths: Sequence[int], budget: int, min_history: int = MIN_HISTORY) -> Iterator[Trunk]:
    """Yields the trunks of a conversation; every utterance is asked in exactly one of them.

    Args:
        lengths: U token counts, one per utterance, none above `budget`.
        budget: tokens that a trunk may hold.
        min_history: earlier turns that a target sees, where they exist and fit.
    """
    cutter = TrunkCutter(budget, min_history)
    start = first = 0
    for index, length in enumerate(lengths):
        begin = cutter.add(length)
        if begin != start:
            yield Trunk(start, first, index)
            start, first = begin, index
    if lengths:
        yield Trunk(start, first, len(lengths))
