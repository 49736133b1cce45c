"""Sessions as they are kept: opened, fed, corrected, deleted; nothing here recognises."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from instructerc.conversation import Utterance
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import NotFound
from instructerc.serving.contract.schemas.sessions import UtteranceChange, UtteranceRequest
from instructerc.serving.keeping import store
from instructerc.serving.keeping.rows import AddedTurn, ChangedTurns, SessionRow, TurnOutcome, TurnRow
from instructerc.serving.keeping.store import SessionReader
from instructerc.serving.keeping.writer import WriteQueue
from instructerc.serving.settings import ServeSettings

EVERYBODY = None
_CHOICES_KEPT = 4096
# A turn whose process has not said for so long that it scores it is scored by another one.
CLAIM_S = 10.0
# An answer that the database does not take is offered again after these many seconds.
_AGAIN_S = (0.2, 1.0, 3.0)
_log = logging.getLogger("instructerc.serving")


class SessionKeeper:
    """Keeps sessions and their turns.

    Args:
        settings: bounds and retention.
        reader: reads what is kept.
        writer: writes it.

    Attributes:
        has_deleted: whether something was deleted since this was set to False.
    """

    def __init__(self, settings: ServeSettings, reader: SessionReader, writer: WriteQueue) -> None:
        self.reader = reader
        self.writer = writer
        self.has_deleted = False
        self._settings = settings
        self._retention = timedelta(days=settings.retention_days) if settings.retention_days > 0 else None
        # Owner and choice of sessions in use, so that a turn costs one write and no read.
        self._known: dict[str, tuple[str, Choice]] = {}

    async def open(self, owner: str, title: str, choice: Choice) -> SessionRow:
        """Returns a new session.

        Raises:
            Conflict: too many sessions are kept.
        """
        write = partial(
            store.create_session,
            owner=owner,
            title=title,
            choice=choice.to_data(),
            retention=self._retention,
            limit=self._settings.max_sessions,
        )
        name = await self.writer.write(write)
        return await asyncio.to_thread(self.reader.session, name)

    async def find(self, owner: str | None, session: str) -> SessionRow:
        """Returns a session.

        Raises:
            NotFound: no such session of this owner.
        """
        found = await asyncio.to_thread(self.reader.session, session)
        if owner is not EVERYBODY and found.owner != owner:
            # Whether it exists is nobody else's business.
            raise NotFound("no such session")
        return found

    async def choice(self, owner: str | None, session: str) -> Choice:
        """Returns how a session is answered.

        Raises:
            NotFound: no such session of this owner.
            LabelError: labels that are no more.
        """
        known = self._known.get(session)
        if known is None:
            found = await self.find(EVERYBODY, session)
            known = (found.owner, Choice.from_data(found.choice))
            while len(self._known) >= _CHOICES_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[session] = known
        if owner is not EVERYBODY and known[0] != owner:
            raise NotFound("no such session")
        return known[1]

    async def add(self, session: str, request: UtteranceRequest) -> AddedTurn:
        """Writes the next turn of a session; see `store.add_turn`.

        Raises:
            NotFound: no such session.
            Conflict: its key belongs to other words or to a deleted turn, or the session is full.
        """
        limit = self._settings.max_session_turns
        write = partial(store.add_turn, session=session, request=request, retention=self._retention, limit=limit)
        return await self.writer.write(write, session)

    async def change(self, session: str, turn: int, change: UtteranceChange) -> ChangedTurns:
        """Gives a turn of a session other words; see `store.change_turn`.

        Raises:
            NotFound: no such turn.
        """
        return await self._revise(partial(store.change_turn, session=session, turn=turn, change=change), session)

    async def remove(self, session: str, turn: int) -> ChangedTurns:
        """Deletes a turn of a session; see `store.delete_turn`.

        Raises:
            NotFound: no such turn.
        """
        return await self._revise(partial(store.delete_turn, session=session, turn=turn), session)

    async def _revise(self, write: Callable[[Connection], ChangedTurns], session: str) -> ChangedTurns:
        changed = await self.writer.write(write, session)
        # Words that were said before.
        self.has_deleted = self.has_deleted or changed.is_new
        return changed

    async def correct(self, session: str, turn: int, label: str | None) -> TurnRow:
        """Returns a turn with a person's label.

        Raises:
            NotFound: no such turn.
        """
        return await self.writer.write(partial(store.correct, session=session, turn=turn, label=label), session)

    async def record(self, row: TurnRow, outcome: TurnOutcome) -> TurnRow | None:
        """Returns a turn as it is kept with its outcome; None where the database takes nothing, now and for a while.

        Args:
            row: the turn, as it was when it was asked about.
            outcome: what became of it.

        Raises:
            NotFound: it was deleted meanwhile.
        """
        session, turn = row.session, row.turn
        write = partial(store.record_outcome, session=session, turn=turn, outcome=outcome, revision=row.revision)
        for wait_s in (*_AGAIN_S, None):
            try:
                return await self.writer.write(write, session)
            except SQLAlchemyError as error:
                _log.error("the answer to turn %d of session %s: %s", turn, session, type(error).__name__)
            if wait_s is not None:
                await asyncio.sleep(wait_s)
        return None

    async def claim(self, *, starting: bool) -> list[tuple[TurnRow, dict[str, object]]]:
        """Returns the turns that wait and that no process scores, with their sessions' choices; now this one does.

        Args:
            starting: also those whose recognition failed; and all of them where no other process can be there.
        """
        alone = starting and not self.reader.is_shared
        before = datetime.max if alone else store.now() - timedelta(seconds=CLAIM_S)
        choices = await asyncio.to_thread(self.reader.unclaimed, before, given_up=starting)
        claim = partial(store.claim_turns, before=before, given_up=starting)
        writes = [self.writer.write(partial(claim, session=name), name) for name in choices]
        return [(row, choices[row.session]) for rows in await asyncio.gather(*writes) for row in rows]

    async def renew(self, session: str, numbers: Collection[int]) -> None:
        """Says once more that this process scores these turns of a session."""
        await self.writer.write(partial(store.renew_claims, session=session, numbers=numbers), session)

    def history(self, session: str, before: int, after: int) -> Sequence[Utterance]:
        """Returns the turns from number `after` + 1 to number `before`, as the recognizer reads them."""
        return self.reader.history(session, before, self._settings.max_session_turns, after)

    async def delete(self, session: str) -> None:
        """Deletes a session and everything that is kept of it.

        Raises:
            NotFound: no such session.
        """
        await self.writer.write(partial(store.delete_session, session=session), session)
        self.has_deleted = True
        self.forget(session)

    async def delete_expired(self) -> list[str]:
        """Deletes the sessions whose time is over, and returns their ids."""
        names = await self.writer.write(store.delete_expired)
        self.has_deleted = self.has_deleted or bool(names)
        for name in names:
            self.forget(name)
        return names

    def is_alive(self) -> bool:
        """Whether the database answers, and what is to be written is written."""
        return self.reader.is_alive() and self.writer.is_alive

    def forget(self, session: str) -> None:
        """Drops what is known of a session that is no more."""
        self._known.pop(session, None)
