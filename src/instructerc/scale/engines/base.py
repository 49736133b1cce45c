"""What every engine offers: shards go in one by one, and come out scored in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self

from instructerc.scale.model import ModelAbout
from instructerc.scale.scoring import ScoredShard
from instructerc.scale.shards import Shard


class Engine(Protocol):
    """Workers that each hold the model; used as a context, which starts and ends them.

    Attributes:
        n_cores: CPU cores that they take.
    """

    n_cores: int

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def about(self) -> ModelAbout:
        """Returns what a worker says of the model that it loaded.

        Raises:
            InstructERCError: the model cannot be loaded.
        """
        ...

    def score(self, shards: Iterable[Shard]) -> Iterator[tuple[Shard, ScoredShard]]:
        """Yields each shard once with its answers; takes no more shards than the workers are about to need.

        Raises:
            InstructERCError: a worker fails in a way that trying again does not mend.
        """
        ...
