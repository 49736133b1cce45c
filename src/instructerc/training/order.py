"""In which order an epoch goes through the trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from torch.utils.data import Sampler

_GROUP = 8


class LengthGroupedSampler(Sampler[int]):
    """Shuffled order in which a batch holds trees of similar length; the same for the same seed and epoch.

    Args:
        lengths: size of each tree, in any unit.
        batch_size: trees per batch.
        seed: of the shuffle.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order comes next; counted from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng([self.seed, self.epoch])
        order = random.permutation(len(self.lengths))
        group = self.batch_size * _GROUP
        batches: list[Any] = []
        for begin in range(0, len(order), group):
            chunk = order[begin : begin + group]
            chunk = chunk[np.argsort(-self.lengths[chunk], kind="stable")]
            batches.extend(chunk[first : first + self.batch_size] for first in range(0, len(chunk), self.batch_size))
        full = [batch for batch in batches if len(batch) == self.batch_size]
        short = [batch for batch in batches if len(batch) < self.batch_size]
        random.shuffle(full)
        for batch in [*full, *short]:
            yield from batch.tolist()


class ShuffledSampler(Sampler[int]):
    """A new order in each epoch; the same for the same seed and epoch.

    Args:
        size: number of trees.
        seed: of the shuffle.
        difficulty: of each tree; where given, an epoch goes from easy to hard, and only equals are shuffled.
    """

    def __init__(self, size: int, seed: int, difficulty: Sequence[int] | None = None) -> None:
        self.size = size
        self.seed = seed
        self.difficulty = None if difficulty is None else np.asarray(difficulty)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order comes next; counted from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.size)
        if self.difficulty is not None:
            order = order[np.argsort(self.difficulty[order], kind="stable")]
        yield from order.tolist()
