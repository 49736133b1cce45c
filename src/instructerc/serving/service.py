"""Live conversations: a turn is written, acknowledged, and scored; after a crash it is scored on the next start."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from instructerc.conversation import Utterance
from instructerc.errors import InstructERCError, LabelError
from instructerc.labels import LabelSet
from instructerc.serving.contract.refusals import DeadlineExceeded, NotFound
from instructerc.serving.contract.schemas import (
    Session,
    SessionDetail,
    SessionList,
    SessionRequest,
    SessionUtterance,
    UtteranceRequest,
)
from instructerc.serving.keeping import store
from instructerc.serving.keeping.store import SessionReader
from instructerc.serving.keeping.writer import WriteQueue
from instructerc.serving.scoring.answers import to_answer
from instructerc.serving.scoring.choices import Choice
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.settings import ServeSettings
from instructerc.serving.watching.subscribers import Subscribers

EVERYBODY = None
FAULT = "recognition failed; it is tried again when the service starts anew"
_CHOICES_KEPT = 4096
# An answer that the database does not take is offered again after these many seconds.
_AGAIN_S = (0.2, 1.0, 3.0)
_log = logging.getLogger("instructerc.serving")


class SessionService:
    """Opens, feeds, corrects and deletes sessions.

    Args:
        settings: bounds and retention.
        engine: recognises.
        reader: reads what is kept.
        writer: writes it.
    """

    def __init__(
        self, settings: ServeSettings, engine: RecognitionEngine, reader: SessionReader, writer: WriteQueue
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.reader = reader
        self.writer = writer
        self.subscribers = Subscribers()
        self.has_deleted = False
        self._retention = timedelta(days=settings.retention_days) if settings.retention_days > 0 else None
        # Owner and choice of sessions in use, so that a turn costs one write and no read.
        self._known: dict[str, tuple[str, Choice]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._scoring: dict[tuple[str, int], asyncio.Task[SessionUtterance]] = {}

    async def open(self, owner: str, request: SessionRequest) -> Session:
        """Returns a new session.

        Raises:
            LabelError: no such labels.
            Conflict: too many sessions are kept.
        """
        choice = Choice.from_request(request)
        write = partial(
            store.create_session,
            owner=owner,
            title=request.title,
            choice=choice.to_data(),
            retention=self._retention,
            limit=self.settings.max_sessions,
        )
        name = await self.writer.write(write)
        return self._to_session(await asyncio.to_thread(self.reader.session, name))

    async def get(self, owner: str | None, session: str, after: int = 0) -> SessionDetail:
        """Returns a session with its turns after number `after`.

        Raises:
            NotFound: no such session of this owner.
        """
        found = await self._find(owner, session)

        def read() -> SessionDetail:
            utterances = [self.to_utterance(row) for row in self.reader.turns(session, after)]
            return SessionDetail(**self._to_session(found).model_dump(), utterances=utterances)

        return await asyncio.to_thread(read)

    async def list(self, owner: str | None, limit: int, after: str | None) -> SessionList:
        """Returns sessions, the newest first; see `SessionReader.sessions`."""
        rows = await asyncio.to_thread(self.reader.sessions, owner, limit + 1, after)
        page = [self._to_session(row) for row in rows[:limit]]
        return SessionList(sessions=page, next=page[-1].id if len(rows) > limit else None)

    async def delete(self, owner: str | None, session: str) -> None:
        """Deletes a session and everything that is kept of it.

        Raises:
            NotFound: no such session of this owner.
        """
        await self._find(owner, session)
        await self.writer.write(partial(store.delete_session, session=session))
        self.has_deleted = True
        self._forget(session)

    async def correct(self, owner: str | None, session: str, turn: int, label: str | None) -> SessionUtterance:
        """Returns a turn with a person's label.

        Raises:
            NotFound: no such turn of this owner.
            LabelError: no label of the session's set.
        """
        choice = await self._choice(owner, session)
        known = None if label is None else self.label_set(choice).resolve(label)
        if label is not None and known is None:
            raise LabelError(f"label {label!r} is not scored in this session's label set")
        row = await self.writer.write(partial(store.correct, session=session, turn=turn, label=known))
        utterance = self.to_utterance(row)
        self.subscribers.publish(session, utterance)
        return utterance

    async def add(self, owner: str | None, session: str, request: UtteranceRequest) -> SessionUtterance:
        """Returns the next turn of a session, scored, or still pending where that takes longer than the deadline.

        Raises:
            QueueFull, NotFound, Conflict: as `accept`.
            DeadlineExceeded: it could not be written in time, and may be written yet.
        """
        try:
            async with asyncio.timeout(self.settings.deadline_s):
                utterance, scoring = await self.accept(owner, session, request)
        except TimeoutError:
            raise DeadlineExceeded("the turn was not written in time; send it again with the same key") from None
        if scoring is None:
            return utterance
        done, _ = await asyncio.wait({scoring}, timeout=self.settings.deadline_s)
        return scoring.result() if done else utterance

    async def accept(
        self, owner: str | None, session: str, request: UtteranceRequest
    ) -> tuple[SessionUtterance, asyncio.Task[SessionUtterance] | None]:
        """Returns the next turn of a session once it is written, and its scoring; none where it was scored before.

        Raises:
            QueueFull: it would wait too long; nothing was written.
            NotFound: no such session of this owner.
            Conflict: its key belongs to other words, or the session is full.
        """
        choice = await self._choice(owner, session)
        self.engine.reserve(session)
        # What was begun is finished, whether or not its sender still waits.
        return await asyncio.shield(self._spawn(self._write(session, choice, request)))

    async def resume(self) -> int:
        """Scores what was accepted before the process ended; returns how many turns that are."""
        waiting = await asyncio.to_thread(self.reader.pending)
        for session, row in waiting:
            self.engine.reserve(session, patient=True)
            self._score_soon(session, row.pop("choice"), row)
        return len(waiting)

    async def delete_expired(self) -> int:
        """Deletes the sessions whose time is over; returns how many."""
        names = await self.writer.write(store.delete_expired)
        self.has_deleted = self.has_deleted or bool(names)
        for name in names:
            self._forget(name)
        return len(names)

    async def finish(self, timeout_s: float) -> None:
        """Waits until every accepted turn is scored, for at most `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                # What is written now begins to be scored.
                while self._tasks:
                    await asyncio.wait(self._tasks)
        self.subscribers.end_all()

    def label_set(self, choice: Choice) -> LabelSet:
        """Returns the labels that a choice is answered with."""
        return choice.label_set() or self.engine.recognizer.label_set

    @staticmethod
    def to_utterance(row: dict[str, Any]) -> SessionUtterance:
        """Returns a kept turn as the service gives it out."""
        fields = {name: row[name] for name in SessionUtterance.model_fields if name != "received_at"}
        if row["status"] == "pending" and row["detail"] is not None:
            # It is kept as pending, so that it is tried again on the next start.
            fields["status"] = "failed"
        return SessionUtterance(**fields, received_at=row["received_at"].replace(tzinfo=UTC))

    async def _write(
        self, session: str, choice: Choice, request: UtteranceRequest
    ) -> tuple[SessionUtterance, asyncio.Task[SessionUtterance] | None]:
        limit = self.settings.max_session_turns
        write = partial(store.add_turn, session=session, request=request, retention=self._retention, limit=limit)
        try:
            kept = await self.writer.write(write)
        except BaseException as error:
            self.engine.release(session)
            if isinstance(error, NotFound):
                self._forget(session)
            raise
        utterance = self.to_utterance(kept.row)
        running = self._scoring.get((session, kept.turn))
        if kept.row["status"] != "pending" or running is not None:
            self.engine.release(session)
            return utterance, running
        if kept.is_new:
            self.subscribers.publish(session, utterance)
        return utterance, self._score_soon(session, choice, kept.row)

    def _score_soon(
        self, session: str, choice: Choice | dict[str, object], row: dict[str, Any]
    ) -> asyncio.Task[SessionUtterance]:
        place = session, int(row["turn"])
        task = self._scoring[place] = self._spawn(self._score(session, choice, row))
        task.add_done_callback(lambda _: self._scoring.pop(place, None))
        return task

    async def _score(self, session: str, choice: Choice | dict[str, object], row: dict[str, Any]) -> SessionUtterance:
        """Returns a turn with its answer, which is written and then told; a place in the queue is reserved for it."""
        turn = row["turn"]
        outcome: dict[str, Any] = {"answer": None, "detail": None}
        put = False
        try:
            history = partial(self.reader.history, session, turn - 1, self.settings.max_session_turns)
            known = choice if isinstance(choice, Choice) else Choice.from_data(choice)
            said = Utterance(row["speaker"], row["text"])
            put = True
            answer = to_answer(await self.engine.live(session, known, turn - 1, said, history))
            outcome |= {"status": "scored", "answer": answer.model_dump(mode="json")}
        except InstructERCError as error:
            outcome |= {"status": "failed", "detail": str(error)}
        except Exception as error:
            _log.error("turn %d of session %s: %s", turn, session, type(error).__name__)
            outcome |= {"status": "pending", "detail": FAULT}
        finally:
            if not put:
                self.engine.release(session)
        kept = await self._record(session, turn, outcome)
        # Told once it is written: who reads the session then and watches it from there on misses nothing.
        utterance = self.to_utterance(row | outcome if kept is None else kept)
        self.subscribers.publish(session, utterance)
        return utterance

    async def _record(self, session: str, turn: int, outcome: dict[str, Any]) -> dict[str, Any] | None:
        """Returns a turn as it is kept with its outcome; None where the database takes nothing, now and for a while."""
        write = partial(store.record_outcome, session=session, turn=turn, **outcome)
        for wait_s in (*_AGAIN_S, None):
            try:
                return await self.writer.write(write)
            except SQLAlchemyError as error:
                _log.error("the answer to turn %d of session %s: %s", turn, session, type(error).__name__)
            if wait_s is not None:
                await asyncio.sleep(wait_s)
        return None

    async def _find(self, owner: str | None, session: str) -> dict[str, Any]:
        found = await asyncio.to_thread(self.reader.session, session)
        if owner is not EVERYBODY and found["owner"] != owner:
            # Whether it exists is nobody else's business.
            raise NotFound("no such session")
        return found

    async def _choice(self, owner: str | None, session: str) -> Choice:
        known = self._known.get(session)
        if known is None:
            found = await self._find(EVERYBODY, session)
            known = (found["owner"], Choice.from_data(found["choice"]))
            while len(self._known) >= _CHOICES_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[session] = known
        if owner is not EVERYBODY and known[0] != owner:
            raise NotFound("no such session")
        return known[1]

    def _forget(self, session: str) -> None:
        self._known.pop(session, None)
        self.engine.forget(session)
        self.subscribers.end(session)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            # Whoever waits for it is told; where nobody does, asyncio would log what it held.
            if not task.cancelled():
                task.exception()

        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)
        return task

    def _to_session(self, row: dict[str, Any]) -> Session:
        choice = Choice.from_data(row["choice"])
        labels = self.label_set(choice)
        expires: datetime | None = row["expires_at"]
        return Session(
            id=row["id"],
            title=row["title"],
            created_at=row["created_at"].replace(tzinfo=UTC),
            expires_at=None if expires is None else expires.replace(tzinfo=UTC),
            label_set=labels.name,
            labels=list(labels.names),
            context=choice.context,
            min_probability=choice.min_probability,
            n_utterances=row["n_utterances"],
        )
