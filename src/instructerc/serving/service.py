"""Live conversations: a turn is written, acknowledged, and scored; after a crash by another process, or at a start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC
from functools import partial

from instructerc.errors import LabelError
from instructerc.labels import LabelSet
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import DeadlineExceeded, NotFound
from instructerc.serving.contract.schemas.sessions import (
    Session,
    SessionDetail,
    SessionList,
    SessionRequest,
    SessionUtterance,
    UtteranceChange,
    UtteranceRequest,
)
from instructerc.serving.keeping.rows import ChangedTurns, SessionRow, TurnRow
from instructerc.serving.keeping.sessions import SessionKeeper
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.scoring.scorer import TurnScorer
from instructerc.serving.watching.subscribers import Subscribers

Accepted = tuple[TurnRow, asyncio.Task[TurnRow] | None]


class SessionService:
    """What callers do with sessions: it asks who keeps them, who scores their turns, and tells who watches them.

    Args:
        deadline_s: time after which a turn's sender waits no longer for its answer.
        engine: recognises.
        keeper: keeps sessions.
        scorer: scores what is kept.
        subscribers: those who watch.
    """

    def __init__(
        self,
        deadline_s: float,
        engine: RecognitionEngine,
        keeper: SessionKeeper,
        scorer: TurnScorer,
        subscribers: Subscribers,
    ) -> None:
        self.keeper = keeper
        self.subscribers = subscribers
        self._deadline_s = deadline_s
        self._engine = engine
        self._scorer = scorer

    async def open(self, owner: str, request: SessionRequest) -> Session:
        """Returns a new session.

        Raises:
            LabelError: no such labels.
            Conflict: too many sessions are kept.
        """
        return self._to_session(await self.keeper.open(owner, request.title, Choice.from_request(request)))

    async def get(self, owner: str | None, session: str, after: int = 0) -> SessionDetail:
        """Returns a session with its turns after number `after`.

        Raises:
            NotFound: no such session of this owner.
        """
        found = await self.keeper.find(owner, session)

        def read() -> SessionDetail:
            utterances = [row.to_utterance() for row in self.keeper.reader.turns(session, after)]
            return SessionDetail(**self._to_session(found).model_dump(), utterances=utterances)

        return await asyncio.to_thread(read)

    async def watch(self, owner: str | None, session: str, after: int, revision: int) -> Sequence[TurnRow]:
        """Returns what `SessionReader.untold` does; what other processes change from now on is told to watchers here.

        Raises:
            NotFound: no such session of this owner.
        """
        found = await self.keeper.find(owner, session)
        if self.keeper.reader.is_shared:
            self.subscribers.follow(session, found.version)
        return await asyncio.to_thread(self.keeper.reader.untold, session, after, revision)

    async def tell_others_changes(self) -> None:
        """Tells the watchers of this process what other processes changed; to be called about once a second."""
        reader, known = self.keeper.reader, self.subscribers.followed()
        versions = await asyncio.to_thread(reader.versions, list(known)) if known else {}
        for session, since in known.items():
            version = versions.get(session)
            if version is None:
                self.keeper.forget(session)
                self._forget(session)
            elif version > since:
                rows = await asyncio.to_thread(reader.changes, session, since)
                self.subscribers.catch_up(session, rows, version)

    async def list(self, owner: str | None, limit: int, after: str | None) -> SessionList:
        """Returns sessions, the newest first; see `SessionReader.sessions`."""
        rows = await asyncio.to_thread(self.keeper.reader.sessions, owner, limit + 1, after)
        page = [self._to_session(row) for row in rows[:limit]]
        return SessionList(sessions=page, next=page[-1].id if len(rows) > limit else None)

    async def delete(self, owner: str | None, session: str) -> None:
        """Deletes a session and everything that is kept of it.

        Raises:
            NotFound: no such session of this owner.
        """
        await self.keeper.find(owner, session)
        await self.keeper.delete(session)
        self._forget(session)

    async def delete_expired(self) -> int:
        """Deletes the sessions whose time is over; returns how many."""
        names = await self.keeper.delete_expired()
        for name in names:
            self._forget(name)
        return len(names)

    async def correct(self, owner: str | None, session: str, turn: int, label: str | None) -> SessionUtterance:
        """Returns a turn with a person's label.

        Raises:
            NotFound: no such turn of this owner.
            LabelError: no label of the session's set.
        """
        choice = await self.keeper.choice(owner, session)
        known = None if label is None else self._label_set(choice).resolve(label)
        if label is not None and known is None:
            raise LabelError(f"label {label!r} is not one of the labels that this session scores")
        row = await self.keeper.correct(session, turn, known)
        self.subscribers.publish(row)
        return row.to_utterance()

    async def add(self, owner: str | None, session: str, request: UtteranceRequest) -> SessionUtterance:
        """Returns the next turn of a session, scored, or still pending where that takes longer than the deadline.

        Raises:
            QueueFull, NotFound, Conflict: as `accept`.
            DeadlineExceeded: it could not be written in time, but may still be written.
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                row, scoring = await self.accept(owner, session, request)
        except TimeoutError:
            raise DeadlineExceeded("the turn was not stored in time; send it again with the same key") from None
        if scoring is not None:
            done, _ = await asyncio.wait({scoring}, timeout=self._deadline_s)
            row = scoring.result() if done else row
        return row.to_utterance()

    async def change(self, owner: str | None, session: str, turn: int, change: UtteranceChange) -> SessionDetail:
        """Returns a session with its turns from one on that has other words now, scored again.

        Some are still pending where that takes longer than the deadline.

        Raises:
            QueueFull: scoring would wait too long; nothing was written.
            NotFound: no such turn of this owner.
            DeadlineExceeded: it could not be written in time, but may still be written.
        """
        return await self._revise(owner, session, turn, partial(self.keeper.change, session, turn, change))

    async def remove(self, owner: str | None, session: str, turn: int) -> SessionDetail:
        """Deletes a turn, and returns the session with the turns after it, scored again.

        Some are still pending where that takes longer than the deadline.

        Raises:
            QueueFull, NotFound, DeadlineExceeded: as `change`.
        """
        return await self._revise(owner, session, turn, partial(self.keeper.remove, session, turn))

    async def _revise(
        self, owner: str | None, session: str, turn: int, write: Callable[[], Awaitable[ChangedTurns]]
    ) -> SessionDetail:
        choice = await self.keeper.choice(owner, session)
        self._engine.reserve(session)
        # What was begun is finished, whether or not its sender still waits.
        writing = self._scorer.spawn(self._write_change(session, choice, write))
        try:
            async with asyncio.timeout(self._deadline_s):
                rows = await asyncio.shield(writing)
        except TimeoutError:
            raise DeadlineExceeded("the change was not stored in time; send it again") from None
        # Not for what a turn is still asked about that was deleted.
        waiting = [row.turn for row in rows if row.status == "pending"]
        scoring = {task for number in waiting if (task := self._scorer.running(session, number)) is not None}
        if scoring:
            await asyncio.wait(scoring, timeout=self._deadline_s)
        return await self.get(owner, session, turn - 1)

    async def _write_change(
        self, session: str, choice: Choice, write: Callable[[], Awaitable[ChangedTurns]]
    ) -> Sequence[TurnRow]:
        try:
            changed = await write()
        finally:
            # Its turns wait for places of their own, one after the other.
            self._engine.release(session)
        if changed.is_new:
            # Words that are no more stay in no memory either.
            self._engine.forget(session)
            self.subscribers.publish(changed.rows[0])
            self._scorer.begin_again([row for row in changed.rows if row.status == "pending"], choice)
        return changed.rows

    async def accept(self, owner: str | None, session: str, request: UtteranceRequest) -> Accepted:
        """Returns the next turn of a session once it is written, and its scoring; none where it was scored before.

        Raises:
            QueueFull: it would wait too long; nothing was written.
            NotFound: no such session of this owner.
            Conflict: its key belongs to other words or to a deleted turn, or the session is full.
        """
        choice = await self.keeper.choice(owner, session)
        self._engine.reserve(session)
        # What was begun is finished, whether or not its sender still waits.
        return await asyncio.shield(self._scorer.spawn(self._write(session, choice, request)))

    async def _write(self, session: str, choice: Choice, request: UtteranceRequest) -> Accepted:
        try:
            kept = await self.keeper.add(session, request)
        except BaseException as error:
            self._engine.release(session)
            if isinstance(error, NotFound):
                self.keeper.forget(session)
                self._forget(session)
            raise
        running = self._scorer.running(session, kept.row.turn)
        if kept.row.status != "pending" or running is not None:
            self._engine.release(session)
            return kept.row, running
        if kept.is_new:
            self.subscribers.publish(kept.row)
        return kept.row, self._scorer.begin(kept.row, choice)

    def _forget(self, session: str) -> None:
        """Ends what goes on with a session that is no more."""
        self._engine.forget(session)
        self.subscribers.end(session)

    def _label_set(self, choice: Choice) -> LabelSet:
        return choice.label_set() or self._engine.recognizer.label_set

    def _to_session(self, row: SessionRow) -> Session:
        choice = Choice.from_data(row.choice)
        labels = self._label_set(choice)
        return Session(
            id=row.id,
            title=row.title,
            created_at=row.created_at.replace(tzinfo=UTC),
            expires_at=None if row.expires_at is None else row.expires_at.replace(tzinfo=UTC),
            label_set=labels.name,
            labels=[*labels.names],
            context=choice.context,
            min_probability=choice.min_probability,
            n_utterances=row.n_utterances,
        )
