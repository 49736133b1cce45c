"""Sessions and their turns, kept: an acknowledged turn is there after a crash, exactly once.

Several processes may write. Whoever changes a session or its turns holds the session's row first, so that its turns are
numbered without gaps and its changes counted; what waits for it then sees what was committed meanwhile.

A deleted turn leaves its number, so that no other turn gets it: who asks twice for the deletion of turn 3 deletes one.
Turns that are scored again, since one before them changed, get the number of that change, their revision. An answer is
only taken for the revision that it was asked for: what was being scored meanwhile knows the old words.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, insert, null, or_, select, update

from instructerc.conversation import Utterance
from instructerc.serving.contract.refusals import Conflict, NotFound
from instructerc.serving.contract.schemas.sessions import UtteranceChange, UtteranceRequest
from instructerc.serving.keeping.database import is_shared
from instructerc.serving.keeping.rows import AddedTurn, ChangedTurns, SessionRow, TurnOutcome, TurnRow
from instructerc.serving.keeping.tables import sessions, turns


def now() -> datetime:
    """Returns the time in UTC, without a zone, as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def create_session(
    connection: Connection, owner: str, title: str, choice: dict[str, object], retention: timedelta | None, limit: int
) -> str:
    """Returns the id of a new session.

    Raises:
        Conflict: there are `limit` sessions already.
    """
    if (connection.scalar(select(func.count()).select_from(sessions)) or 0) >= limit:
        raise Conflict(f"{limit} sessions are stored already, which is the limit; delete some")
    name, created = secrets.token_hex(16), now()
    expires = None if retention is None else created + retention
    values = {"owner": owner, "title": title, "choice": choice, "created_at": created, "expires_at": expires}
    connection.execute(insert(sessions).values(id=name, **values))
    return name


def add_turn(
    connection: Connection, session: str, request: UtteranceRequest, retention: timedelta | None, limit: int
) -> AddedTurn:
    """Writes the next turn of a session, claimed by this process; one whose key is there already is not written again.

    Raises:
        NotFound: no such session.
        Conflict: the key belongs to other words or to a deleted turn, or the session is full.
    """
    # A session lives on from its last turn.
    _change(connection, session, {} if retention is None else {"expires_at": now() + retention})
    if request.key is not None:
        found = connection.execute(
            select(turns).where(turns.c.session == session, turns.c.key == request.key)
        ).one_or_none()
        if found is not None:
            if found.status == "deleted":
                raise Conflict(f"the turn with the key {request.key!r} was deleted")
            if (found.speaker, found.text) != (request.speaker, request.text):
                raise Conflict(f"the key {request.key!r} belongs to another turn of this session")
            return AddedTurn(TurnRow(**found._mapping), is_new=False)
    version, last, revision = _state(connection, session)
    number = last + 1
    if number > limit:
        detail = f"the session already has {limit} turns, including deleted ones, which is the limit"
        raise Conflict(f"{detail}; open another session")
    said = (request.key, request.speaker, request.text, request.start, request.end)
    # Not before: of two turns, the second one came later.
    received = now()
    row = TurnRow(session, number, *said, received_at=received, version=version, claimed_at=received, revision=revision)
    connection.execute(insert(turns).values({name: value for name, value in asdict(row).items() if value is not None}))
    return AddedTurn(row, is_new=True)


def change_turn(connection: Connection, session: str, turn: int, change: UtteranceChange) -> ChangedTurns:
    """Gives a turn other words; it and all later ones wait for new answers, claimed by this process.

    A person's correction stays: only a person takes it back. Nothing is written where the words are there already.

    Raises:
        NotFound: no such turn.
    """
    _hold(connection, session)
    found = _find_turn(connection, session, turn)
    if found.status == "deleted" and not change.restore:
        raise NotFound(f"the session has no turn {turn}")
    if found.status != "deleted" and (found.speaker, found.text) == (change.speaker, change.text):
        return ChangedTurns(_from(connection, session, turn), is_new=False)
    return _revise(connection, session, turn, {"speaker": change.speaker, "text": change.text, "status": "pending"})


def delete_turn(connection: Connection, session: str, turn: int) -> ChangedTurns:
    """Deletes what a turn said, its answer and its correction; all later ones wait for new answers.

    Raises:
        NotFound: no such turn.
    """
    _hold(connection, session)
    if _find_turn(connection, session, turn).status == "deleted":
        return ChangedTurns(_from(connection, session, turn), is_new=False)
    left = {"speaker": "", "text": "", "status": "deleted", "correction": None, "detail": None}
    return _revise(connection, session, turn, left)


def record_outcome(connection: Connection, session: str, turn: int, outcome: TurnOutcome, revision: int) -> TurnRow:
    """Writes what the model said of a turn, or why it could not, and returns the turn; an answer that is there stays.

    Two processes may score a turn, where one was thought dead; their answers are equal.

    Args:
        connection: in a transaction that writes.
        session: its id.
        turn: its number.
        outcome: what became of it.
        revision: of the turn, when it was asked about; nothing is written where it has another one now.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    waits = turns.c.status == "pending", turns.c.revision == revision
    return _change_turn(connection, session, turn, asdict(outcome), *waits)


def claim_turns(connection: Connection, session: str, before: datetime, *, given_up: bool) -> list[TurnRow]:
    """Returns the pending turns of a session that no process scores, in order; from now on this process does.

    Args:
        connection: in a transaction that writes.
        session: its id.
        before: who claimed a turn before this time has left it behind.
        given_up: also those whose recognition failed.
    """
    _hold(connection, session)
    where = and_(turns.c.session == session, _is_unclaimed(before, given_up=given_up))
    rows = [TurnRow(**row._mapping) for row in connection.execute(select(turns).where(where).order_by(turns.c.turn))]
    connection.execute(update(turns).where(where).values(claimed_at=now(), detail=None))
    return rows


def renew_claims(connection: Connection, session: str, numbers: Collection[int]) -> None:
    """Says once more that this process scores these turns of a session."""
    _hold(connection, session)
    where = and_(turns.c.session == session, turns.c.turn.in_(numbers), turns.c.status == "pending")
    connection.execute(update(turns).where(where).values(claimed_at=now()))


def correct(connection: Connection, session: str, turn: int, label: str | None) -> TurnRow:
    """Writes a person's label for a turn, and returns the turn.

    Raises:
        NotFound: no such turn.
    """
    return _change_turn(connection, session, turn, {"correction": label})


def delete_session(connection: Connection, session: str) -> None:
    """Deletes a session and its turns.

    Raises:
        NotFound: no such session.
    """
    _hold(connection, session)
    connection.execute(delete(turns).where(turns.c.session == session))
    if not connection.execute(delete(sessions).where(sessions.c.id == session)).rowcount:
        raise NotFound("no such session")


def delete_expired(connection: Connection) -> list[str]:
    """Deletes the sessions whose time is over, and returns their ids."""
    over = select(sessions.c.id).where(sessions.c.expires_at.is_not(None), sessions.c.expires_at < now())
    # One that another process holds is deleted by that process, or next time.
    names = list(connection.scalars(over.limit(1000).with_for_update(skip_locked=True)))
    connection.execute(delete(turns).where(turns.c.session.in_(names)))
    connection.execute(delete(sessions).where(sessions.c.id.in_(names)))
    return names


def _change(connection: Connection, session: str, values: dict[str, Any]) -> None:
    """Counts a change of a session, which nobody else changes until the end of the transaction.

    Raises:
        NotFound: no such session.
    """
    change = update(sessions).where(sessions.c.id == session).values(version=sessions.c.version + 1, **values)
    if not connection.execute(change).rowcount:
        raise NotFound("no such session")


def _change_turn(
    connection: Connection, session: str, turn: int, values: dict[str, Any], *only: ColumnElement[bool]
) -> TurnRow:
    """Changes a turn where the conditions hold, and returns it, changed or not."""
    _change(connection, session, {})
    where = and_(turns.c.session == session, turns.c.turn == turn, turns.c.status != "deleted")
    version = select(sessions.c.version).where(sessions.c.id == session).scalar_subquery()
    connection.execute(update(turns).where(where, *only).values(version=version, **values))
    found = connection.execute(select(turns).where(where)).one_or_none()
    if found is None:
        raise NotFound(f"the session has no turn {turn}")
    return TurnRow(**found._mapping)


def _find_turn(connection: Connection, session: str, turn: int) -> TurnRow:
    """Returns a turn, deleted or not.

    Raises:
        NotFound: no such session, or no such turn.
    """
    if connection.scalar(select(sessions.c.id).where(sessions.c.id == session)) is None:
        raise NotFound("no such session")
    where = and_(turns.c.session == session, turns.c.turn == turn)
    found = connection.execute(select(turns).where(where)).one_or_none()
    if found is None:
        raise NotFound(f"the session has no turn {turn}")
    return TurnRow(**found._mapping)


def _from(connection: Connection, session: str, turn: int) -> list[TurnRow]:
    """Returns the turns of a session from a number on, deleted ones too."""
    later = select(turns).where(turns.c.session == session, turns.c.turn >= turn).order_by(turns.c.turn)
    return [TurnRow(**row._mapping) for row in connection.execute(later)]


def _revise(connection: Connection, session: str, turn: int, values: dict[str, Any]) -> ChangedTurns:
    """Changes a turn, and has it and all later ones wait for new answers."""
    _change(connection, session, {})
    version, _, revision = _state(connection, session)
    later = and_(turns.c.session == session, turns.c.turn >= turn)
    connection.execute(update(turns).where(later, turns.c.turn == turn).values(values))
    # Deleted ones too: the last turn of a session always has its last revision.
    connection.execute(update(turns).where(later).values(version=version, revision=revision + 1, answer=null()))
    waiting = {"status": "pending", "detail": None, "claimed_at": now()}
    connection.execute(update(turns).where(later, turns.c.status != "deleted").values(waiting))
    return ChangedTurns(_from(connection, session, turn), is_new=True)


def _state(connection: Connection, session: str) -> tuple[int, int, int]:
    """Returns the version of a session, and the number and revision of its last turn; 0 where there is none."""
    version = connection.scalar(select(sessions.c.version).where(sessions.c.id == session))
    query = select(turns.c.turn, turns.c.revision).where(turns.c.session == session)
    last = connection.execute(query.order_by(turns.c.turn.desc()).limit(1)).one_or_none()
    return version or 0, *(last or (0, 0))


def _hold(connection: Connection, session: str) -> None:
    """Keeps others from changing a session until the end of the transaction; SQLite has one writer anyway."""
    connection.execute(select(sessions.c.id).where(sessions.c.id == session).with_for_update(key_share=True))


def _is_unclaimed(before: datetime, *, given_up: bool) -> ColumnElement[bool]:
    """Returns the condition of a pending turn that no process scores; see `claim_turns`."""
    left = and_(turns.c.detail.is_(None), or_(turns.c.claimed_at.is_(None), turns.c.claimed_at < before))
    return and_(turns.c.status == "pending", or_(left, turns.c.detail.is_not(None)) if given_up else left)


class SessionReader:
    """Reads what is kept.

    Args:
        engine: the database.

    Attributes:
        is_shared: whether other processes may write.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.is_shared = is_shared(engine)

    def session(self, session: str) -> SessionRow:
        """Returns a session.

        Raises:
            NotFound: no such session.
        """
        with self._engine.connect() as connection:
            found = connection.execute(_counted().where(sessions.c.id == session)).one_or_none()
        if found is None:
            raise NotFound("no such session")
        return SessionRow(**found._mapping)

    def sessions(self, owner: str | None, limit: int, after: str | None) -> list[SessionRow]:
        """Returns sessions, the newest first.

        Args:
            owner: whose; None for everybody's.
            limit: how many at most.
            after: id of the last one of the page before.

        Raises:
            NotFound: no session `after`.
        """
        query = _counted().order_by(sessions.c.created_at.desc(), sessions.c.id.desc()).limit(limit)
        if owner is not None:
            query = query.where(sessions.c.owner == owner)
        with self._engine.connect() as connection:
            if after is not None:
                last = connection.execute(select(sessions).where(sessions.c.id == after)).one_or_none()
                if last is None or owner not in {None, last.owner}:
                    raise NotFound(f"no session {after!r} to continue after")
                same = and_(sessions.c.created_at == last.created_at, sessions.c.id < last.id)
                query = query.where(or_(sessions.c.created_at < last.created_at, same))
            return [SessionRow(**row._mapping) for row in connection.execute(query)]

    def turns(self, session: str, after: int = 0) -> list[TurnRow]:
        """Returns the turns of a session from number `after` + 1 on."""
        return self._turns(session, turns.c.turn > after, turns.c.status != "deleted")

    def untold(self, session: str, after: int, revision: int) -> list[TurnRow]:
        """Returns the turns of a session from number `after` + 1 on, and all that a later revision concerns.

        These are the last turns, without gaps: a change of words concerns all later turns. Deleted ones are there too.
        """
        return self._turns(session, or_(turns.c.turn > after, turns.c.revision > revision))

    def changes(self, session: str, since: int) -> list[TurnRow]:
        """Returns the turns of a session that changed after its version was `since`, deleted ones too."""
        return self._turns(session, turns.c.version > since)

    def _turns(self, session: str, *where: ColumnElement[bool]) -> list[TurnRow]:
        query = select(turns).where(turns.c.session == session, *where).order_by(turns.c.turn)
        with self._engine.connect() as connection:
            return [TurnRow(**row._mapping) for row in connection.execute(query)]

    def versions(self, names: Collection[str]) -> dict[str, int]:
        """Returns how often each of some sessions changed; those that are no more are left out."""
        query = select(sessions.c.id, sessions.c.version).where(sessions.c.id.in_(names))
        with self._engine.connect() as connection:
            return {row.id: row.version for row in connection.execute(query)}

    def history(self, session: str, before: int, at_most: int, after: int) -> Sequence[Utterance]:
        """Returns the last turns from number `after` + 1 to number `before`, as the recognizer reads them."""
        columns = select(turns.c.speaker, turns.c.text)
        said = and_(turns.c.session == session, turns.c.status != "deleted")
        query = columns.where(said, turns.c.turn > after, turns.c.turn <= before)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(turns.c.turn.desc()).limit(at_most)).all()
        return [Utterance(row.speaker, row.text) for row in reversed(rows)]

    def unclaimed(self, before: datetime, *, given_up: bool) -> dict[str, dict[str, object]]:
        """Returns the choices of the sessions with turns that `claim_turns` would give."""
        waiting = select(turns.c.session).where(_is_unclaimed(before, given_up=given_up))
        with self._engine.connect() as connection:
            rows = connection.execute(select(sessions.c.id, sessions.c.choice).where(sessions.c.id.in_(waiting)))
            return {row.id: row.choice for row in rows}

    def is_alive(self) -> bool:
        """Whether the database answers."""
        try:
            with self._engine.connect() as connection:
                return connection.scalar(select(1)) == 1
        except Exception:
            return False


def _counted() -> Any:
    """Returns the query of sessions with the number of their turns."""
    count = select(func.count()).where(turns.c.session == sessions.c.id, turns.c.status != "deleted")
    return select(sessions, count.scalar_subquery().label("n_utterances"))
