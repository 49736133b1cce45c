"""Worker processes on this machine; one that dies is started again and its shards are done anew."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType

from instructerc.conversation import Conversation
from instructerc.errors import InstructERCError, ModelError
from instructerc.scale.model import ModelAbout, ModelChoice
from instructerc.scale.scoring import ScoredShard, ShardScorer
from instructerc.scale.shards import Shard

# One shard is scored and one waits, so that no worker waits for the reader.
_AT_ONCE = 2
_MOST_DEATHS = 5


@dataclass(slots=True)
class _Worker:
    """A process, with the shards that it was sent and has not answered, and whether its model is loaded."""

    process: BaseProcess
    pipe: Connection
    shards: list[Shard] = field(default_factory=list)
    ready: bool = False


class LocalEngine:
    """Processes of this machine; see `Engine`.

    Args:
        choice: the model.
        n_workers: how many processes.
        threads: CPU threads of each; see `ModelChoice.load`.
    """

    def __init__(self, choice: ModelChoice, n_workers: int, threads: int | None) -> None:
        self.n_cores = n_workers * (threads or 1)
        self._n_workers = n_workers
        self._choice = choice
        self._threads = threads
        # A forked process would share locks and threads of the model libraries.
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._about: ModelAbout | None = None
        self._deaths: Counter[tuple[int, int]] = Counter()
        # In a row, without a worker that got further.
        self._failed_starts = 0

    def __enter__(self) -> LocalEngine:
        self._workers = [self._start() for _ in range(self._n_workers)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.pipe.close()
            if error is not None:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(10)
            worker.process.kill()

    def pids(self) -> list[int]:
        """Returns the process ids of the workers, by which whoever watches a run from outside finds or ends one."""
        return [worker.process.pid or 0 for worker in self._workers]

    def about(self) -> ModelAbout:
        """Returns what the first worker says of its model; see `Engine`."""
        while self._about is None:
            self._take(self._workers[0])
        return self._about

    def score(self, shards: Iterable[Shard]) -> Iterator[tuple[Shard, ScoredShard]]:
        """Yields each shard once with its answers; see `Engine`."""
        waiting = iter(shards)
        ended = False
        while True:
            for n_busy in range(_AT_ONCE):
                for worker in self._workers:
                    if not ended and len(worker.shards) == n_busy:
                        shard = next(waiting, None)
                        if shard is None:
                            ended = True
                        else:
                            self._send(worker, shard)
            busy = [worker for worker in self._workers if worker.shards]
            if not busy:
                return
            ready = wait([worker.pipe for worker in busy])
            for worker in busy:
                if worker.pipe in ready:
                    found = self._take(worker)
                    if found is not None:
                        yield found

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        arguments = (theirs, self._choice, self._threads)
        process = self._context.Process(target=work, args=arguments, daemon=True, name="instructerc-worker")
        with _without_ctrl_c():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _send(self, worker: _Worker, shard: Shard) -> None:
        worker.shards.append(shard)
        try:
            worker.pipe.send(shard.conversations)
        except OSError:
            self._restart(worker)

    def _take(self, worker: _Worker) -> tuple[Shard, ScoredShard] | None:
        """Returns what a worker has done, or None where it said or suffered something else."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._restart(worker)
            return None
        self._failed_starts = 0
        if isinstance(message, ModelAbout):
            self._about = message
            worker.ready = True
            return None
        if isinstance(message, str):
            raise InstructERCError(message)
        return worker.shards.pop(0), message

    def _restart(self, worker: _Worker) -> None:
        """Starts a worker anew that died, and sends it what it had not done.

        Raises:
            ModelError: it died of the same shard again and again, or before its first one.
        """
        worker.process.join(10)
        what = "as it started"
        if worker.ready and worker.shards:
            shard = worker.shards[0]
            what = f"at conversation {shard.conversations[0].id!r} or one after it"
            self._deaths[shard.name] += 1
            n_deaths = self._deaths[shard.name]
        else:
            self._failed_starts += 1
            n_deaths = self._failed_starts
        if n_deaths >= _MOST_DEATHS:
            raise ModelError(
                f"a worker ended {n_deaths} times {what} (exit status {worker.process.exitcode}); it may need more "
                "memory than there is: use fewer --processes. The same command continues from there"
            )
        shards = worker.shards
        worker.pipe.close()
        fresh = self._start()
        worker.process, worker.pipe, worker.shards, worker.ready = fresh.process, fresh.pipe, [], False
        for shard in shards:
            self._send(worker, shard)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Lets processes be started to which Ctrl-C never comes, so that none of them ends with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started by the first process, it would let the signal through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def work(pipe: Connection, choice: ModelChoice, threads: int | None) -> None:
    """Answers shards until the pipe is closed, as it is when the driver ends, however it ends."""
    # Ctrl-C goes to the driver, which ends its workers; where it could not be held off before, from here on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waiting: SimpleQueue[tuple[Conversation, ...]] = SimpleQueue()
    # The driver may send while this process scores: neither may wait for the other to read.
    Thread(target=_receive, args=(pipe, waiting), daemon=True).start()
    try:
        scorer = ShardScorer(choice, threads)
        message: object = scorer.about
        while True:
            pipe.send(message)
            message = scorer.score(waiting.get())
    except InstructERCError as error:
        pipe.send(str(error))
    except Exception as error:
        pipe.send(f"a worker failed: {type(error).__name__}: {error}")
    # Until the driver has read it.
    Event().wait()


def _receive(pipe: Connection, waiting: SimpleQueue[tuple[Conversation, ...]]) -> None:
    try:
        while True:
            waiting.put(pipe.recv())
    except (EOFError, OSError):
        # Nobody is left to take an answer.
        os._exit(0)
