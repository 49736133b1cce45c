"""In which order an epoch goes through the trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset, Sampler

from instructerc.prompts import PromptTree
from instructerc.training.data import TrainingSet
from instructerc.training.drafts import Draft

_GROUP = 8


class DrawnSampler(Sampler[int]):
    """Which items an epoch goes through; the same for the same seed and epoch.

    Args:
        shares: share of an epoch for each item; of those with the same share, so many are redrawn each time.
        seed: of the draw.
    """

    def __init__(self, shares: Sequence[float], seed: int) -> None:
        self.shares = np.asarray(shares)
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order comes next; counted from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return sum(_drawn(share, int((self.shares == share).sum())) for share in np.unique(self.shares).tolist())

    def draw(self, random: np.random.Generator) -> npt.NDArray[np.int64]:
        """Returns the items of an epoch, shuffled."""
        order = random.permutation(len(self.shares))
        kept = np.ones(len(order), bool)
        for share in np.unique(self.shares).tolist():
            alike = np.flatnonzero(self.shares[order] == share)
            kept[alike[_drawn(share, len(alike)) :]] = False
        drawn: npt.NDArray[np.int64] = order[kept]
        return drawn


def _drawn(share: float, size: int) -> int:
    return max(1, round(share * size)) if size else 0


class LengthGroupedSampler(DrawnSampler):
    """Shuffled order in which a batch holds trees of similar length; the same for the same seed and epoch.

    Args:
        lengths: size of each item, in any unit.
        batch_size: items per batch.
        seed: of the shuffle.
        shares: see `DrawnSampler`; all where None.
    """

    def __init__(
        self, lengths: Sequence[int], batch_size: int, seed: int, shares: Sequence[float] | None = None
    ) -> None:
        super().__init__([1.0] * len(lengths) if shares is None else shares, seed)
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng([self.seed, self.epoch])
        order = self.draw(random)
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


class ShuffledSampler(DrawnSampler):
    """A new order in each epoch; the same for the same seed and epoch.

    Args:
        size: number of items.
        seed: of the shuffle.
        difficulty: of each item; where given, an epoch goes from easy to hard, and only equals are shuffled.
        shares: see `DrawnSampler`; all where None.
    """

    def __init__(
        self,
        size: int,
        seed: int,
        difficulty: Sequence[int] | None = None,
        shares: Sequence[float] | None = None,
    ) -> None:
        super().__init__([1.0] * size if shares is None else shares, seed)
        self.difficulty = None if difficulty is None else np.asarray(difficulty)

    def __iter__(self) -> Iterator[int]:
        order = self.draw(np.random.default_rng([self.seed, self.epoch]))
        if self.difficulty is not None:
            order = order[np.argsort(self.difficulty[order], kind="stable")]
        yield from order.tolist()


class DrawnItems(Dataset[list[PromptTree]]):
    """The items of a training set as prompts, redrawn in each epoch if the recipe says so.

    Args:
        training: the training set.
        seed: of the draws.
        fits: says whether a prompt is within the model's window; one that is not is taken as it stands in the corpus.
    """

    def __init__(self, training: TrainingSet, seed: int, fits: Callable[[PromptTree], bool]) -> None:
        self.training = training
        self.seed = seed
        self.fits = fits
        self.sampler: DrawnSampler | None = None

    def __len__(self) -> int:
        return len(self.training.items)

    def __getitem__(self, index: int) -> list[PromptTree]:
        epoch = self.sampler.epoch if self.sampler else 0
        random = np.random.default_rng([self.seed, epoch, index])
        return [self._tree(self.training.drafts[number], random, epoch, index) for number in self.training.items[index]]

    def _tree(self, draft: Draft, random: np.random.Generator, epoch: int, index: int) -> PromptTree:
        if draft.variation:
            # The drafts of an item share the words of their options, so that these are read once.
            tree = draft.draw(random, np.random.default_rng([self.seed, epoch, index, 1]))
            if self.fits(tree):
                return tree
        return draft.plain
