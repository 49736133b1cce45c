"""Recognition on worker threads, behind a bounded queue: live turns first, whole conversations in steps between them.

A session always goes to the same worker, which keeps the states of its past turns; so no state is shared and none is
locked. How long a job would wait is estimated from the time that the last ones took: above a bound it is refused at
once, which keeps the waiting time of those that were accepted short whatever comes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InstructERCError
from instructerc.recognition import LiveSession, Recognition, Recognizer
from instructerc.serving.choices import Choice

_STEP = 64
_LIVE_BETWEEN_STEPS = 16
_RECOGNIZERS = 64
# Weight of the newest job in the mean time of a turn.
_NEW = 0.05
_OUTLIER = 4.0


class QueueFull(Exception):
    """A job that would wait too long.

    Attributes:
        retry_after_s: time after which the queue is expected to have room.
    """

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the queue is full; try again in {max(1, round(retry_after_s))} s")
        self.retry_after_s = retry_after_s


class DeadlineExceeded(Exception):
    """A job that was not done in its time."""


@dataclass(slots=True)
class _Job:
    future: Future[Any]
    deadline: float | None
    accepted: float


@dataclass(slots=True)
class _LiveJob(_Job):
    session: str
    choice: Choice
    before: int
    turn: Utterance
    load_history: Callable[[], Sequence[Utterance]]


@dataclass(slots=True)
class _BatchJob(_Job):
    choice: Choice
    conversations: Sequence[Conversation]
    n_turns: int


@dataclass(slots=True)
class Load:
    """What a worker has to do and how quick it is; written under its lock.

    Attributes:
        live: live turns that wait or run.
        batch_turns: turns of whole conversations that wait or run.
        live_s: mean time of a live turn, in seconds.
        batch_s: mean time of a turn of a whole conversation, in seconds.
    """

    live: int = 0
    batch_turns: int = 0
    live_s: float = 0.004
    batch_s: float = 0.002


@dataclass(slots=True)
class EngineEvents:
    """Called by workers after each job, for metrics.

    Attributes:
        on_job: kind (`live` or `batch`), turns, seconds of waiting, seconds of work.
    """

    on_job: Callable[[str, int, float, float], None] = field(default=lambda *_: None)


class _Worker(threading.Thread):
    def __init__(self, recognizer: Recognizer, live_memory: int, events: EngineEvents, number: int) -> None:
        super().__init__(name=f"recognition-{number}", daemon=True)
        self.load = Load()
        self._base = recognizer
        self._events = events
        self._live_memory = live_memory
        self._changed = threading.Condition()
        self._live: deque[_LiveJob] = deque()
        self._batch: deque[_BatchJob] = deque()
        self._closing = False
        self._recognizers: OrderedDict[Choice, Recognizer] = OrderedDict()
        self._sessions: OrderedDict[str, tuple[LiveSession, int]] = OrderedDict()
        self._kept_bytes = 0
        self._forgotten: deque[str] = deque()

    def reserve(self, n_live: int, n_batch: int, wait_s: float) -> None:
        """Counts turns as waiting, before they are put.

        Raises:
            QueueFull: they would wait longer than `wait_s`.
        """
        with self._changed:
            load = self.load
            waits = load.live * load.live_s + (load.batch_turns * load.batch_s if n_batch else 0)
            if waits > wait_s:
                raise QueueFull(waits - wait_s)
            load.live += n_live
            load.batch_turns += n_batch

    def release(self, n_live: int) -> None:
        """Takes back a reservation of live turns that are not put after all."""
        with self._changed:
            self.load.live -= n_live

    def put(self, job: _LiveJob | _BatchJob) -> None:
        """Takes a job for which there is a reservation."""
        with self._changed:
            (self._live if isinstance(job, _LiveJob) else self._batch).append(job)  # type: ignore[arg-type]
            self._changed.notify()

    def forget(self, session: str) -> None:
        """Drops what is kept of a session, before the next job."""
        self._forgotten.append(session)

    def close(self) -> None:
        """Ends the thread once everything that was accepted is done."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def run(self) -> None:
        """Works until it is closed and nothing waits."""
        steps: Any = None
        running: _BatchJob | None = None
        started = 0.0
        while True:
            with self._changed:
                while not (self._live or self._batch or running or self._closing):
                    self._changed.wait()
                if self._closing and not (self._live or self._batch or running):
                    return
                live = [self._live.popleft() for _ in range(min(len(self._live), _LIVE_BETWEEN_STEPS))]
                if running is None and self._batch:
                    running, started = self._batch.popleft(), time.monotonic()
                    steps = None
            self._drop_forgotten()
            for job in live:
                self._run_live(job)
            if running is not None:
                steps, finished = self._step(running, steps, started)
                running = None if finished else running

    def _run_live(self, job: _LiveJob) -> None:
        begun = time.monotonic()
        try:
            if _is_late(job, begun):
                return
            answer = self._answer_live(job)
        except Exception as error:
            _fail(job, error)
            self._sessions.pop(job.session, None)
        else:
            _finish(job, answer)
        finally:
            took = time.monotonic() - begun
            with self._changed:
                self.load.live -= 1
                # One turn that was held up by the machine is no reason to refuse the next.
                self.load.live_s += _NEW * (min(took, _OUTLIER * self.load.live_s) - self.load.live_s)
            self._events.on_job("live", 1, begun - job.accepted, took)

    def _answer_live(self, job: _LiveJob) -> Recognition:
        session, known = self._sessions.pop(job.session, (None, 0))
        if session is not None:
            self._kept_bytes -= session.nbytes
        if session is None or known != job.before:
            session = self._recognizer(job.choice).session()
            for turn in job.load_history():
                session.skip(turn.speaker, turn.text)
        answer = session.add(job.turn.speaker, job.turn.text)
        self._sessions[job.session] = (session, job.before + 1)
        self._kept_bytes += session.nbytes
        while self._kept_bytes > self._live_memory and len(self._sessions) > 1:
            _, (oldest, _) = self._sessions.popitem(last=False)
            self._kept_bytes -= oldest.nbytes
        return answer

    def _step(self, job: _BatchJob, steps: Any, started: float) -> tuple[Any, bool]:
        """Returns the running generator after one step, and whether the job is done."""
        try:
            if steps is None:
                if _is_late(job, started):
                    return self._end_batch(job, started, None)
                steps = self._recognizer(job.choice).recognize_in_steps(job.conversations, _STEP)
            next(steps)
        except StopIteration as end:
            _finish(job, end.value)
            return self._end_batch(job, started, job.n_turns)
        except Exception as error:
            _fail(job, error)
            return self._end_batch(job, started, None)
        # Nobody waits for it any more.
        if _is_late(job, time.monotonic()):
            steps.close()
            return self._end_batch(job, started, None)
        return steps, False

    def _end_batch(self, job: _BatchJob, started: float, n_turns: int | None) -> tuple[None, bool]:
        took = time.monotonic() - started
        with self._changed:
            self.load.batch_turns -= job.n_turns
            if n_turns:
                self.load.batch_s += _NEW * (took / n_turns - self.load.batch_s)
        self._events.on_job("batch", job.n_turns, started - job.accepted, took)
        return None, True

    def _recognizer(self, choice: Choice) -> Recognizer:
        found = self._recognizers.pop(choice, None) or choice.recognizer(self._base)
        self._recognizers[choice] = found
        while len(self._recognizers) > _RECOGNIZERS:
            self._recognizers.popitem(last=False)
        return found

    def _drop_forgotten(self) -> None:
        while self._forgotten:
            session, _ = self._sessions.pop(self._forgotten.popleft(), (None, 0))
            if session is not None:
                self._kept_bytes -= session.nbytes


class Engine:
    """Answers live turns and whole conversations.

    Args:
        load: returns a recognizer for a worker; each has one of its own.
        n_workers: worker threads.
        live_wait_s: a live turn that would wait longer is refused.
        batch_wait_s: whole conversations that would wait longer are refused.
        live_memory_bytes: of kept states, over all workers.
        events: called after each job.
    """

    def __init__(
        self,
        load: Callable[[], Recognizer],
        n_workers: int,
        live_wait_s: float,
        batch_wait_s: float,
        live_memory_bytes: int,
        events: EngineEvents | None = None,
    ) -> None:
        told = events or EngineEvents()
        memory = live_memory_bytes // n_workers
        self.live_wait_s = live_wait_s
        self.batch_wait_s = batch_wait_s
        recognizers = [load() for _ in range(n_workers)]
        self.recognizer = recognizers[0]
        self._workers = [_Worker(one, memory, told, number) for number, one in enumerate(recognizers)]
        for worker in self._workers:
            worker.start()

    async def live(
        self,
        session: str,
        choice: Choice,
        before: int,
        turn: Utterance,
        load_history: Callable[[], Sequence[Utterance]],
    ) -> Recognition:
        """Returns the recognition of a session's next turn, for which `reserve` was called.

        Args:
            session: its id.
            choice: how it is answered.
            before: number of turns before this one.
            turn: the turn.
            load_history: returns the turns before it, where the worker does not have them; called in the worker.

        Raises:
            InstructERCError: a turn that the model cannot read.
        """
        future: Future[Recognition] = Future()
        job = _LiveJob(future, None, time.monotonic(), session, choice, before, turn, load_history)
        self._worker(session).put(job)
        return await asyncio.wrap_future(future)

    async def recognize(
        self, choice: Choice, conversations: Sequence[Conversation], deadline_s: float | None = None
    ) -> list[list[Recognition]]:
        """Returns the recognitions of each conversation.

        Raises:
            QueueFull: they would wait too long.
            DeadlineExceeded: they were not done in time.
            InstructERCError: a turn that the model cannot read, or labels that it cannot tell apart.
        """
        future: Future[list[list[Recognition]]] = Future()
        now, n_turns = time.monotonic(), sum(map(len, conversations))
        deadline = None if deadline_s is None else now + deadline_s
        worker = min(self._workers, key=lambda one: one.load.batch_turns)
        worker.reserve(0, n_turns, self.batch_wait_s)
        worker.put(_BatchJob(future, deadline, now, choice, conversations, n_turns))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), deadline_s)
        except TimeoutError:
            raise DeadlineExceeded(f"no answer within {deadline_s:g} s; send less at once") from None

    def reserve(self, session: str, n_turns: int = 1, *, patient: bool = False) -> None:
        """Counts live turns of a session as waiting, before they are accepted.

        Args:
            session: its id.
            n_turns: how many.
            patient: however long the queue is, since they were accepted before.

        Raises:
            QueueFull: they would wait too long.
        """
        self._worker(session).reserve(n_turns, 0, float("inf") if patient else self.live_wait_s)

    def release(self, session: str, n_turns: int = 1) -> None:
        """Takes back a reservation of turns that were not accepted."""
        self._worker(session).release(n_turns)

    def forget(self, session: str) -> None:
        """Drops what is kept in memory of a session."""
        self._worker(session).forget(session)

    @property
    def loads(self) -> list[Load]:
        """What each worker has to do."""
        return [worker.load for worker in self._workers]

    @property
    def is_alive(self) -> bool:
        """Whether every worker runs."""
        return all(worker.is_alive() for worker in self._workers)

    async def close(self, timeout_s: float) -> None:
        """Finishes what was accepted, for at most `timeout_s`."""
        for worker in self._workers:
            worker.close()
        for worker in self._workers:
            await asyncio.to_thread(worker.join, timeout_s / len(self._workers))

    def _worker(self, session: str) -> _Worker:
        # A stable hash: Python's own differs between processes, and this one is only for spreading.
        return self._workers[sum(session.encode()) % len(self._workers)]


def _is_late(job: _Job, now: float) -> bool:
    """Says whether nobody waits for a job any more, and then ends it."""
    if job.future.cancelled():
        return True
    if job.deadline is not None and now > job.deadline:
        _fail(job, DeadlineExceeded("no answer in time"))
        return True
    return False


def _finish(job: _Job, result: Any) -> None:
    if job.future.set_running_or_notify_cancel():
        job.future.set_result(result)


def _fail(job: _Job, error: Exception) -> None:
    if job.future.set_running_or_notify_cancel():
        # What a person can mend is told as it is; anything else is a fault of ours.
        known = isinstance(error, InstructERCError | DeadlineExceeded)
        job.future.set_exception(error if known else RuntimeError(f"recognition failed: {type(error).__name__}"))
