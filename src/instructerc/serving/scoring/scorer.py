"""Turns that were written are scored, and what becomes of them is written, once, and told.

Where several processes share a database, a turn is claimed by the one that took it. That one renews its claim while
scoring takes long; a turn whose claim is not renewed is taken over by another process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from instructerc.conversation import Utterance
from instructerc.errors import InstructERCError
from instructerc.serving.contract.choices import Choice
from instructerc.serving.keeping.rows import TurnOutcome, TurnRow
from instructerc.serving.keeping.sessions import SessionKeeper
from instructerc.serving.scoring.answers import to_answer
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.watching.subscribers import Subscribers

FAULT = "recognition failed; the service will try again when it restarts"
_log = logging.getLogger("instructerc.serving")

T = TypeVar("T")


class TurnScorer:
    """Scores turns in tasks of its own, which go on whether or not their senders wait.

    Args:
        engine: recognises.
        keeper: keeps what comes of it.
        subscribers: are told.
    """

    def __init__(self, engine: RecognitionEngine, keeper: SessionKeeper, subscribers: Subscribers) -> None:
        self._engine = engine
        self._keeper = keeper
        self._subscribers = subscribers
        self._tasks: set[asyncio.Task[Any]] = set()
        self._scoring: dict[tuple[str, int], asyncio.Task[TurnRow]] = {}
        self._is_over = False
        # What was being scored when claims were looked at last.
        self._looked_at: set[tuple[str, int]] = set()

    def running(self, session: str, turn: int) -> asyncio.Task[TurnRow] | None:
        """Returns the scoring of a turn, while it goes on."""
        return self._scoring.get((session, turn))

    def begin(self, row: TurnRow, choice: Choice | dict[str, object]) -> asyncio.Task[TurnRow]:
        """Returns the scoring of a turn, for which a place in the queue is reserved.

        Args:
            row: the turn, as it was written.
            choice: how it is answered, or what is kept of that.
        """
        return self._begin(row, self._score(row, choice))

    def begin_again(self, rows: Sequence[TurnRow], choice: Choice) -> None:
        """Scores turns whose words or history changed, one after the other, so that other sessions' go between them."""
        before: asyncio.Task[TurnRow] | None = None
        for row in rows:
            before = self._begin(row, self._score_after(before, row, choice))

    def _begin(self, row: TurnRow, scoring: Coroutine[Any, Any, TurnRow]) -> asyncio.Task[TurnRow]:
        place = row.session, row.turn

        def done(task: asyncio.Task[TurnRow]) -> None:
            # Another one may have begun, since the turn changed.
            if self._scoring.get(place) is task:
                del self._scoring[place]

        task = self._scoring[place] = self.spawn(scoring)
        task.add_done_callback(done)
        return task

    async def resume(self) -> int:
        """Scores what was accepted before the process ended; returns how many turns that are."""
        return await self._take_up(starting=True)

    async def take_over(self) -> int:
        """Scores what other processes left behind; returns how many turns that are. To be called every few seconds."""
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for session, turn in self._looked_at & self._scoring.keys():
            numbers[session].append(turn)
        self._looked_at = set(self._scoring)
        await asyncio.gather(*(self._keeper.renew(session, found) for session, found in numbers.items()))
        return await self._take_up(starting=False)

    async def _take_up(self, *, starting: bool) -> int:
        """Scores turns that no process scores."""
        rows = await self._keeper.claim(starting=starting)
        # One that is scored here all the time was not renewed, since the database was away.
        left = [(row, choice) for row, choice in rows if self.running(row.session, row.turn) is None]
        for row, choice in left:
            self._engine.reserve(row.session, patient=True)
            self.begin(row, choice)
        return len(left)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Returns a task that `finish` waits for."""

        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            # Whoever waits for it is told; where nobody does, asyncio would log what it held.
            if not task.cancelled():
                task.exception()

        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)
        return task

    async def finish(self, timeout_s: float) -> None:
        """Waits until every accepted turn is scored, for at most `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                # What is written now begins to be scored.
                while self._tasks:
                    await asyncio.wait(self._tasks)
        # What waits for its turn to be scored again is left to another process, or to the next start.
        self._is_over = True

    async def _score_after(self, before: asyncio.Task[TurnRow] | None, row: TurnRow, choice: Choice) -> TurnRow:
        """Returns a turn with its answer, once the one before it has its own."""
        if before is not None:
            await asyncio.wait({before})
        newest = self.running(row.session, row.turn)
        if self._is_over:
            return row
        if newest is not asyncio.current_task():
            # What this one would find is out of date already.
            return await newest if newest is not None else row
        self._engine.reserve(row.session, patient=True)
        return await self._score(row, choice)

    async def _score(self, row: TurnRow, choice: Choice | dict[str, object]) -> TurnRow:
        """Returns a turn with its answer, which is written and then told."""
        outcome = await self._outcome(row, choice)
        kept = await self._keeper.record(row, outcome)
        # Told once it is written: who reads the session then and watches it from there on misses nothing.
        told = kept or replace(row, status=outcome.status, answer=outcome.answer, detail=outcome.detail, version=0)
        self._subscribers.publish(told)
        return told

    async def _outcome(self, row: TurnRow, choice: Choice | dict[str, object]) -> TurnOutcome:
        put = False
        try:
            history = partial(self._keeper.history, row.session, row.turn - 1)
            known = choice if isinstance(choice, Choice) else Choice.from_data(choice)
            said = Utterance(row.speaker, row.text)
            put = True
            found = await self._engine.live(row.session, known, row.turn - 1, said, history, row.revision)
            answer = to_answer(found)
            return TurnOutcome("scored", answer.model_dump(mode="json"))
        except InstructERCError as error:
            return TurnOutcome("failed", detail=str(error))
        except Exception as error:
            _log.error("turn %d of session %s: %s", row.turn, row.session, type(error).__name__)
            return TurnOutcome("pending", detail=FAULT)
        finally:
            if not put:
                self._engine.release(row.session)
