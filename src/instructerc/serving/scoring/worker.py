"""One thread of recognition: live turns first, whole conversations in steps between them, where it has both.

It keeps the states of the past turns of its sessions; no other thread has them, so no state is locked.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, InstructERCError
from instructerc.recognition import LiveSession, Recognition, Recognizer, answer_together
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import DeadlineExceeded, QueueFull
from instructerc.sharing import BoundedCache

_STEP = 64
# Turns longer than this on average make a step shorter, so that live turns wait as little.
_STEP_CHARACTERS = 64 * 100
_LIVE_BETWEEN_STEPS = 16
# Small requests are recognised together, up to so many turns.
_TOGETHER = 256
_RECOGNIZERS = 64
# A model may not say how much memory its states take.
_SESSIONS = 20_000
# Of more sessions than this, the ones that were answered last are read ahead for.
_READY = 256
_IDLE_S = 600.0
_LOOK_S = 30.0
# Weight of the newest job in the mean time of a turn.
_NEW = 0.05
_OUTLIER = 4.0
_log = logging.getLogger("instructerc.serving")


@dataclass(slots=True)
class _Job:
    """What is to be done: who waits for it, until when, and since when; times are of `time.monotonic`."""

    future: Future[Any]
    deadline: float | None
    accepted: float


@dataclass(slots=True)
class LiveJob(_Job):
    """A turn of a session, after number `before`; with the words that earlier ones have since a revision."""

    session: str
    choice: Choice
    before: int
    revision: int
    turn: Utterance
    load_history: Callable[[int], Sequence[Utterance]]


@dataclass(slots=True)
class BatchJob(_Job):
    """Whole conversations."""

    choice: Choice
    conversations: Sequence[Conversation]
    n_turns: int


@dataclass(slots=True)
class _Running:
    """Whole conversations that were begun, of one job or of several that choose alike: their steps, and turns done."""

    jobs: list[BatchJob]
    started: float
    steps: Generator[int, None, list[list[Recognition]]] | None = None
    n_done: int = 0


@dataclass(slots=True)
class _KeptStates:
    """States of a session after a turn, with the words of a revision, and when it spoke last."""

    session: LiveSession
    last: int
    revision: int
    used_at: float


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


class Worker(threading.Thread):
    """A thread with a recognizer of its own.

    Args:
        recognizer: answers.
        live_memory: bytes of kept states.
        events: called after each job.
        name: of the thread.
    """

    def __init__(self, recognizer: Recognizer, live_memory: int, events: EngineEvents, name: str) -> None:
        super().__init__(name=f"recognition-{name}", daemon=True)
        self.load = Load()
        self._base = recognizer
        self._answers_together = not recognizer.keeps_states
        self._events = events
        self._live_memory = live_memory
        self._changed = threading.Condition()
        self._live: deque[LiveJob] = deque()
        self._batch: deque[BatchJob] = deque()
        # Jobs that failed together with others: whose fault it was is found one by one.
        self._alone: deque[BatchJob] = deque()
        self._closing = False
        self._ended = False
        self._recognizers = BoundedCache[Choice, Recognizer](_RECOGNIZERS)
        # The one that spoke last stands last.
        self._sessions: OrderedDict[str, _KeptStates] = OrderedDict()
        self._kept_bytes = 0
        self._forgotten: deque[str] = deque()
        # Sessions that were answered, to be made ready for their next turn while nobody waits.
        self._answered: deque[str] = deque(maxlen=_READY)

    def reserve(self, n_live: int, n_batch: int, wait_s: float) -> None:
        """Counts turns as waiting, before they are put.

        Raises:
            QueueFull: they would wait longer than `wait_s`.
        """
        with self._changed:
            load = self.load
            if self._answers_together and n_live and load.live + n_live <= _LIVE_BETWEEN_STEPS:
                # It joins those that are answered next, however long one run of a large model takes.
                wait_s = float("inf")
            waits = load.live * load.live_s + (load.batch_turns * load.batch_s if n_batch else 0)
            if waits > wait_s:
                raise QueueFull(waits - wait_s)
            load.live += n_live
            load.batch_turns += n_batch

    def release(self, n_live: int) -> None:
        """Takes back a reservation of live turns that are not put after all."""
        with self._changed:
            self.load.live -= n_live

    def put(self, job: LiveJob | BatchJob) -> None:
        """Takes a job for which there is a reservation."""
        with self._changed:
            if self._ended:
                _fail(job, RuntimeError("the worker has ended"))
            elif isinstance(job, LiveJob):
                self._live.append(job)
            else:
                self._batch.append(job)
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
        running: _Running | None = None
        while True:
            with self._changed:
                is_idle = not (self._waits or running or self._closing)
                if is_idle and not self._answered:
                    self._changed.wait(_LOOK_S)
                if self._closing and not (self._waits or running):
                    self._ended = True
                    return
                live = [self._live.popleft() for _ in range(min(len(self._live), _LIVE_BETWEEN_STEPS))]
                if running is None and (self._batch or self._alone):
                    running = _Running(self._pick(), time.monotonic())
            self._drop_forgotten()
            self._drop_idle()
            if is_idle and not live:
                self._prepare()
            self._run_live(live)
            if running is not None and self._step(running):
                running = None

    @property
    def _waits(self) -> bool:
        return bool(self._live or self._batch or self._alone)

    def _pick(self) -> list[BatchJob]:
        """Returns the next jobs of whole conversations: those that choose alike and are small go together."""
        if self._alone:
            return [self._alone.popleft()]
        jobs = [self._batch.popleft()]
        n_turns = jobs[0].n_turns
        while self._batch and self._batch[0].choice == jobs[0].choice:
            n_turns += self._batch[0].n_turns
            if n_turns > _TOGETHER:
                break
            jobs.append(self._batch.popleft())
        return jobs

    def _run_live(self, jobs: Sequence[LiveJob]) -> None:
        """Answers live turns: one by one where the model keeps states of each session, else all of them at once."""
        if self._answers_together and jobs:
            self._run_together(jobs)
            return
        for job in jobs:
            self._run_together([job])

    def _run_together(self, jobs: Sequence[LiveJob]) -> None:
        begun = time.monotonic()
        asked: list[tuple[LiveJob, LiveSession]] = []
        answers: list[Recognition | InputError] = []
        for job in jobs:
            try:
                if not _is_late(job, begun):
                    asked.append((job, self._session_of(job)))
            except Exception as error:
                _fail(job, error)
        try:
            answers = self._answer(asked)
        except Exception as error:
            for job, _ in asked:
                _fail(job, error)
        took = (time.monotonic() - begun) / len(jobs)
        for (job, session), answer in zip(asked, answers, strict=False):
            if not isinstance(answer, InputError):
                self._keep(job, session)
        with self._changed:
            self.load.live -= len(jobs)
            # What failed at once says nothing of the next; one that was held up by the machine, not much.
            if not all(isinstance(answer, InputError) for answer in answers):
                self.load.live_s += _NEW * (min(took, _OUTLIER * self.load.live_s) - self.load.live_s)
        for (job, _), answer in zip(asked, answers, strict=False):
            if isinstance(answer, InputError):
                _fail(job, answer)
            else:
                _finish(job, answer)
        self._tell("live", len(jobs), begun - jobs[0].accepted, took * len(jobs))

    def _answer(self, asked: Sequence[tuple[LiveJob, LiveSession]]) -> list[Recognition | InputError]:
        if self._answers_together:
            return answer_together([(session, job.turn) for job, session in asked])
        answers: list[Recognition | InputError] = []
        for job, session in asked:
            try:
                answers.append(session.add(job.turn.speaker, job.turn.text))
            except InputError as error:
                answers.append(error)
        return answers

    def _session_of(self, job: LiveJob) -> LiveSession:
        """Returns the session of a turn as it is before that turn: the one that was kept, or one that is reread.

        Turns that another process answered meanwhile are read after those that are kept.
        """
        kept = self._take(job.session)
        if kept is not None and kept.revision == job.revision and kept.last <= job.before:
            session, known = kept.session, kept.last
        else:
            session, known = self._recognizer(job.choice).session(), 0
        if known < job.before:
            for turn in job.load_history(known):
                # One that the model could not read is not part of what it remembers.
                with suppress(InputError):
                    session.skip(turn.speaker, turn.text)
        return session

    def _prepare(self) -> None:
        """Reads a few turns ahead for the session that was answered first, so that its next turn is quick."""
        if not self._answered:
            return
        name = self._answered.popleft()
        kept = self._sessions.get(name)
        if kept is None:
            return
        before = kept.session.nbytes
        try:
            if kept.session.prepare():
                self._answered.appendleft(name)
        except Exception as error:
            _log.error("reading ahead: %s", type(error).__name__)
        self._kept_bytes += kept.session.nbytes - before

    def _keep(self, job: LiveJob, session: LiveSession) -> None:
        # A session that speaks twice at once was read twice; the later one stays.
        self._take(job.session)
        self._sessions[job.session] = _KeptStates(session, job.before + 1, job.revision, time.monotonic())
        self._kept_bytes += session.nbytes
        self._answered.append(job.session)
        while len(self._sessions) > (1 if self._kept_bytes > self._live_memory else _SESSIONS):
            self._take(next(iter(self._sessions)))

    def _step(self, running: _Running) -> bool:
        """Goes on with whole conversations for a step, and says whether they are done or given up."""
        jobs, begun, before = running.jobs, time.monotonic(), running.n_done
        results: list[list[Recognition]] | None = None
        fault: Exception | None = None
        finished = True
        awaited = [job for job in jobs if not _is_late(job, begun)]
        try:
            if awaited:
                if running.steps is None:
                    talks = [talk for job in jobs for talk in job.conversations]
                    steps = self._recognizer(jobs[0].choice).recognize_in_steps(talks, _turns_of_step(talks))
                    running.steps = steps
                running.n_done = next(running.steps)
                finished = False
        except StopIteration as end:
            results = end.value
        except Exception as error:
            fault = error
        again = awaited if fault is not None and len(jobs) > 1 else []
        took, n_turns = time.monotonic() - begun, running.n_done - before
        with self._changed:
            if n_turns > 0:
                self.load.batch_s += _NEW * (took / n_turns - self.load.batch_s)
            self._alone.extend(again)
            if finished:
                self.load.batch_turns -= sum(job.n_turns for job in jobs) - sum(job.n_turns for job in again)
        if results is not None:
            _finish_each(jobs, results)
        elif fault is not None and not again:
            _fail(jobs[0], fault)
        if finished:
            total = sum(job.n_turns for job in jobs)
            self._tell("batch", total, running.started - jobs[0].accepted, time.monotonic() - running.started)
        return finished

    def _tell(self, kind: str, n_turns: int, waited: float, worked: float) -> None:
        try:
            self._events.on_job(kind, n_turns, waited, worked)
        except Exception as error:
            # Nothing that only watches may end the worker.
            _log.error("metrics: %s", type(error).__name__)

    def _recognizer(self, choice: Choice) -> Recognizer:
        [found] = self._recognizers.find([choice], lambda _: [choice.recognizer(self._base)])
        return found

    def _take(self, session: str) -> _KeptStates | None:
        """Returns what was kept of a session, which is kept no more."""
        kept = self._sessions.pop(session, None)
        if kept is not None:
            self._kept_bytes -= kept.session.nbytes
        return kept

    def _drop_forgotten(self) -> None:
        while self._forgotten:
            self._take(self._forgotten.popleft())

    def _drop_idle(self) -> None:
        """Drops the states of sessions in which nobody has spoken for a while: they can be recomputed."""
        since = time.monotonic() - _IDLE_S
        while self._sessions and next(iter(self._sessions.values())).used_at < since:
            self._take(next(iter(self._sessions)))


def _turns_of_step(talks: Sequence[Conversation]) -> int:
    turns = [turn for talk in talks for turn in talk.utterances]
    n_characters = sum(len(turn.text) for turn in turns)
    return max(1, min(_STEP, _STEP_CHARACTERS * len(turns) // max(1, n_characters)))


def _finish_each(jobs: Sequence[BatchJob], results: Sequence[list[Recognition]]) -> None:
    """Gives each job its own conversations' answers, which come in the order of the jobs."""
    begin = 0
    for job in jobs:
        end = begin + len(job.conversations)
        _finish(job, results[begin:end])
        begin = end


def _is_late(job: _Job, now: float) -> bool:
    """Returns whether nobody waits for a job any more, and then ends it."""
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
        known = isinstance(error, InstructERCError)
        job.future.set_exception(error if known else RuntimeError(f"recognition failed: {type(error).__name__}"))
