"""Actors of a Ray cluster, each with the model: shards go to them through Ray's object store, and answers come back.

What is answered is kept by the driver as it is for the local engine, so a run may be stopped on one and go on with the
other. Ray starts an actor again that died, and gives its shards to it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

from instructerc.errors import InputError, InstructERCError, MissingExtra
from instructerc.scale.model import ModelAbout, ModelChoice
from instructerc.scale.scoring import ScoredShard, ShardScorer
from instructerc.scale.shards import Shard

# One shard is scored and one is on its way.
_AT_ONCE = 2
_MOST_DEATHS = 5


class RayEngine:
    """Actors of a Ray cluster; see `Engine`.

    Args:
        choice: the model; every node must find it under this name.
        n_workers: how many actors; one for each CPU, or for each GPU that the cluster has, where None.
        threads: CPU threads of each actor; one where None.
        address: of the cluster, as `ray.init` takes it; where None, that of `RAY_ADDRESS`, otherwise the one started
            last on this machine, otherwise a new one.
        n_gpus: of each actor.

    Raises:
        MissingExtra: Ray is not installed.
    """

    def __init__(
        self, choice: ModelChoice, n_workers: int | None, threads: int | None, address: str | None, n_gpus: float
    ) -> None:
        try:
            import ray
        except ModuleNotFoundError as error:
            raise MissingExtra("--engine ray", "scale") from error
        self._ray: Any = ray
        self._choice = choice
        self._wanted = n_workers
        self._threads = threads or 1
        self._address = address
        self._n_gpus = n_gpus
        self._actors: list[Any] = []
        self.n_cores = 0

    def __enter__(self) -> RayEngine:
        try:
            self._ray.init(address=self._address, log_to_driver=False, include_dashboard=False)
        except ConnectionError as error:
            where = "a Ray cluster" if self._address is None else f"the Ray cluster {self._address}"
            raise InputError(f"cannot connect to {where}: {_line(error)}") from error
        n_workers = self._wanted or self._room()
        self.n_cores = n_workers * self._threads
        kind = self._ray.remote(ShardScorer).options(
            num_cpus=self._threads,
            num_gpus=self._n_gpus,
            max_restarts=_MOST_DEATHS,
            max_task_retries=_MOST_DEATHS,
        )
        self._actors = [kind.remote(self._choice, self._threads) for _ in range(n_workers)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for actor in self._actors:
            self._ray.kill(actor)
        self._ray.shutdown()

    def _room(self) -> int:
        resources = self._ray.cluster_resources()
        name, each = ("GPU", self._n_gpus) if self._n_gpus else ("CPU", float(self._threads))
        room = int(resources.get(name, 0) // each)
        if not room:
            raise InputError(f"the Ray cluster has {resources.get(name, 0):g} {name} and an actor requires {each:g}")
        return room

    def about(self) -> ModelAbout:
        """Returns what the first actor says of its model; see `Engine`."""
        found: ModelAbout = self._get(self._actors[0].describe.remote())
        return found

    def score(self, shards: Iterable[Shard]) -> Iterator[tuple[Shard, ScoredShard]]:
        """Yields each shard once with its answers; see `Engine`."""
        waiting = iter(shards)
        busy: dict[Any, tuple[Any, Shard]] = {}
        free = [actor for _ in range(_AT_ONCE) for actor in self._actors]
        while True:
            while free and (shard := next(waiting, None)) is not None:
                actor = free.pop(0)
                busy[actor.score.remote(shard.conversations)] = actor, shard
            if not busy:
                return
            [done], _ = self._ray.wait(list(busy), num_returns=1)
            actor, shard = busy.pop(done)
            free.append(actor)
            yield shard, self._get(done)

    def _get(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            raise cause if isinstance(cause, InstructERCError) else InstructERCError(_line(cause)) from error
        except self._ray.exceptions.RayError as error:
            raise InstructERCError(
                f"a Ray actor failed: {_line(error)}. What is done so far is kept, and the same command goes on from "
                "there"
            ) from error


def _line(error: BaseException) -> str:
    """Returns the end of an error's text, where Ray puts its reason."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]
