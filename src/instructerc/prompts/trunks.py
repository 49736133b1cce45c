"""Cutting a conversation that is longer than the model's window into overlapping trunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

MIN_HISTORY = 12
"""Earlier turns that every target sees where they exist and fit (the paper's window)."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """Utterances `start` to `end` (exclusive) share one trunk; those from `first` on are asked in it."""

    start: int
    first: int
    end: int


class Cutter(Protocol):
    """Decides, utterance by utterance and without looking ahead, where a new trunk begins."""

    def add(self, length: int, reserve: int = 0) -> int:
        """Returns the index of the first utterance of the next one's trunk.

        Args:
            length: tokens of the next utterance.
            reserve: tokens that the questions about it need besides.

        Raises:
            ValueError: more than the budget; the utterance has to be cut before.
        """
        ...


@dataclass(frozen=True, slots=True)
class History:
    """What a target sees of the turns before it.

    Attributes:
        mode: `trunk` shows every earlier turn of the trunk, at least `turns` where they exist and fit; `window`
            shows exactly `turns`, or as many as there are or fit (the paper's windows); `both` is `trunk` with the
            trunk's later turns too, for conversations that are over.
        turns: that number of earlier turns.
    """

    mode: Literal["trunk", "window", "both"] = "trunk"
    turns: int = MIN_HISTORY

    def cutter(self, budget: int) -> Cutter:
        """Returns a new cutter of one conversation for trunks of `budget` tokens."""
        return (WindowCutter if self.mode == "window" else TrunkCutter)(budget, self.turns)

    @property
    def shows_later(self) -> bool:
        """Whether a target sees later turns too."""
        return self.mode == "both"


class TrunkCutter:
    """Decides, utterance by utterance, where a new trunk begins.

    The decision about an utterance depends on nothing that comes later, so a live session cuts where a
    batch does. A trunk grows until the next utterance does not fit; the new one begins `min_history`
    turns before it, or as many as fit.

    Attributes:
        budget: tokens that a trunk and the questions after it may hold, the head not counted.
        min_history: earlier turns that a target sees, where they exist and fit.
    """

    def __init__(self, budget: int, min_history: int = MIN_HISTORY) -> None:
        self.budget = budget
        self.min_history = min_history
        self._start = 0
        self._lengths: list[int] = []

    def add(self, length: int, reserve: int = 0) -> int:
        """Returns the index of the first utterance of the next one's trunk; see `Cutter.add`."""
        room = _room(self.budget, length, reserve)
        self._lengths.append(length)
        if sum(self._lengths) > room:
            kept = self._lengths[-self.min_history - 1 :]
            while sum(kept) > room:
                kept = kept[1:]
            self._start += len(self._lengths) - len(kept)
            self._lengths = kept
        return self._start


class WindowCutter:
    """Gives each utterance a trunk that begins exactly `turns` turns before it, or as many as fit.

    Targets share a trunk where their windows begin alike, which is at the start of a conversation.

    Attributes:
        budget: tokens that a trunk and the questions after it may hold, the head not counted.
        turns: earlier turns that a target sees, where they exist and fit.
    """

    def __init__(self, budget: int, turns: int) -> None:
        self.budget = budget
        self.turns = turns
        self._n_seen = 0
        self._lengths: list[int] = []

    def add(self, length: int, reserve: int = 0) -> int:
        """Returns the index of the first utterance of the next one's window; see `Cutter.add`."""
        room = _room(self.budget, length, reserve)
        self._n_seen += 1
        self._lengths = [*self._lengths, length][-self.turns - 1 :]
        # The full window stays known: the next target may have room for turns that this one had not.
        kept = len(self._lengths)
        while sum(self._lengths[-kept:]) > room:
            kept -= 1
        return self._n_seen - kept


def _room(budget: int, length: int, reserve: int) -> int:
    if length + reserve > budget:
        raise ValueError(f"an utterance of {length} tokens does not fit a trunk of {budget - reserve}")
    return budget - reserve


def cut_into_trunks(lengths: Sequence[int], cutter: Cutter, reserves: Sequence[int] | None = None) -> Iterator[Trunk]:
    """Yields the trunks of a conversation; every utterance is asked in exactly one of them.

    Args:
        lengths: U token counts, one per utterance.
        cutter: a new one, of this conversation alone.
        reserves: U token counts of what is asked about each utterance; none where None.
    """
    start = first = 0
    for index, length in enumerate(lengths):
        begin = cutter.add(length, reserves[index] if reserves else 0)
        if begin != start:
            yield Trunk(start, first, index)
            start, first = begin, index
    if lengths:
        yield Trunk(start, first, len(lengths))
