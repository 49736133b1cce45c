"""Recognition on worker threads, behind a bounded queue.

A session always goes to the same worker, which keeps the states of its past turns. Whole conversations have workers of
their own on the same copies of the model, so that a live turn never waits for the end of a batch's step; only a model
that keeps no states has both in one thread. How long a job would wait is
estimated from the time that the last ones took: above a bound it is refused at once, which keeps the waiting time of
those that were accepted short whatever comes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from instructerc.conversation import Conversation, Utterance
from instructerc.recognition import Recognition, Recognizer
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import DeadlineExceeded
from instructerc.serving.scoring.worker import BatchJob, EngineEvents, LiveJob, Load, Worker


class RecognitionEngine:
    """Answers live turns and whole conversations.

    Args:
        load: returns a recognizer for a worker. It is called once for each, or once in all where copies of the model
            are not worth their memory: then one worker answers together what waits.
        n_workers: worker threads of each kind, at most.
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
        self.live_wait_s = live_wait_s
        self.batch_wait_s = batch_wait_s
        self.recognizer = load()
        n_copies = n_workers if self.recognizer.worth_copying else 1
        recognizers = [self.recognizer, *(load() for _ in range(n_copies - 1))]
        memory = live_memory_bytes // n_copies
        self._live = [Worker(one, memory, told, f"live-{number}") for number, one in enumerate(recognizers)]
        # One run of a model in torch takes its lock; it is quicker to go between the runs than to compete for it.
        self._whole = (
            [Worker(one, 0, told, f"whole-{number}") for number, one in enumerate(recognizers)]
            if self.recognizer.keeps_states
            else self._live
        )
        self._workers = list(dict.fromkeys([*self._live, *self._whole]))
        for worker in self._workers:
            worker.start()

    async def live(
        self,
        session: str,
        choice: Choice,
        before: int,
        turn: Utterance,
        load_history: Callable[[int], Sequence[Utterance]],
        revision: int = 0,
    ) -> Recognition:
        """Returns the recognition of a session's turn, for which `reserve` was called.

        Args:
            session: its id.
            choice: how it is answered.
            before: number after which this turn comes.
            turn: the turn.
            load_history: returns the turns before it from some number + 1 on, where the worker does not have them;
                called in the worker.
            revision: changes of earlier words that it is to know of; what is kept of another revision is not used.

        Raises:
            InstructERCError: a turn that the model cannot read.
        """
        future: Future[Recognition] = Future()
        job = LiveJob(future, None, time.monotonic(), session, choice, before, revision, turn, load_history)
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
        worker = min(self._whole, key=lambda one: one.load.batch_turns)
        worker.reserve(0, n_turns, self.batch_wait_s)
        worker.put(BatchJob(future, deadline, now, choice, conversations, n_turns))
        try:
            async with asyncio.timeout(deadline_s):
                return await asyncio.wrap_future(future)
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

    def _worker(self, session: str) -> Worker:
        # A stable hash: Python's own differs between processes, and this one is only for spreading.
        return self._live[sum(session.encode()) % len(self._live)]
