"""Sessions and their turns, kept: an acknowledged turn is there after a crash, exactly once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, or_, select, update

from instructerc.conversation import Utterance
from instructerc.serving.contract.refusals import Conflict, NotFound
from instructerc.serving.contract.schemas import UtteranceRequest
from instructerc.serving.keeping.rows import AddedTurn, SessionRow, TurnOutcome, TurnRow
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
    """Writes the next turn of a session; one whose key is there already is not written again.

    Raises:
        NotFound: no such session.
        Conflict: the key belongs to other words, or the session is full.
    """
    if request.key is not None:
        found = connection.execute(
            select(turns).where(turns.c.session == session, turns.c.key == request.key)
        ).one_or_none()
        if found is not None:
            if (found.speaker, found.text) != (request.speaker, request.text):
                raise Conflict(f"the key {request.key!r} belongs to another turn of this session")
            return AddedTurn(TurnRow(**found._mapping), is_new=False)
    last = connection.scalar(select(func.max(turns.c.turn)).where(turns.c.session == session)) or 0
    if last >= limit:
        raise Conflict(f"the session already has {limit} turns; open another one")
    said = (request.key, request.speaker, request.text, request.start, request.end)
    row = TurnRow(session, last + 1, *said, received_at=now())
    if retention is None:
        known = connection.scalar(select(func.count()).where(sessions.c.id == session))
    else:
        # A session lives on from its last turn.
        alive = update(sessions).where(sessions.c.id == session).values(expires_at=row.received_at + retention)
        known = connection.execute(alive).rowcount
    if not known:
        raise NotFound("no such session")
    connection.execute(insert(turns).values({name: value for name, value in asdict(row).items() if value is not None}))
    return AddedTurn(row, is_new=True)


def record_outcome(connection: Connection, session: str, turn: int, outcome: TurnOutcome) -> TurnRow:
    """Writes what the model said of a turn, or why it could not, and returns the turn.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    return _change_turn(connection, session, turn, asdict(outcome))


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
    connection.execute(delete(turns).where(turns.c.session == session))
    if not connection.execute(delete(sessions).where(sessions.c.id == session)).rowcount:
        raise NotFound("no such session")


def delete_expired(connection: Connection) -> list[str]:
    """Deletes the sessions whose time is over, and returns their ids."""
    over = select(sessions.c.id).where(sessions.c.expires_at.is_not(None), sessions.c.expires_at < now())
    names = list(connection.scalars(over.limit(1000)))
    connection.execute(delete(turns).where(turns.c.session.in_(names)))
    connection.execute(delete(sessions).where(sessions.c.id.in_(names)))
    return names


def _change_turn(connection: Connection, session: str, turn: int, values: dict[str, Any]) -> TurnRow:
    where = and_(turns.c.session == session, turns.c.turn == turn)
    if not connection.execute(update(turns).where(where).values(**values)).rowcount:
        raise NotFound(f"the session has no turn {turn}")
    return TurnRow(**connection.execute(select(turns).where(where)).one()._mapping)


class SessionReader:
    """Reads what is kept.

    Args:
        engine: the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
        query = select(turns).where(turns.c.session == session, turns.c.turn > after).order_by(turns.c.turn)
        with self._engine.connect() as connection:
            return [TurnRow(**row._mapping) for row in connection.execute(query)]

    def history(self, session: str, before: int, at_most: int) -> Sequence[Utterance]:
        """Returns the last turns up to number `before`, as the recognizer reads them."""
        columns = select(turns.c.speaker, turns.c.text)
        query = columns.where(turns.c.session == session, turns.c.turn <= before)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(turns.c.turn.desc()).limit(at_most)).all()
        return [Utterance(row.speaker, row.text) for row in reversed(rows)]

    def pending(self) -> list[tuple[TurnRow, dict[str, object]]]:
        """Returns every turn that was accepted and not scored, with its session's choice, in order."""
        query = (
            select(turns, sessions.c.choice)
            .join(sessions, sessions.c.id == turns.c.session)
            .where(turns.c.status == "pending")
            .order_by(turns.c.session, turns.c.turn)
        )
        with self._engine.connect() as connection:
            rows = [dict(row._mapping) for row in connection.execute(query)]
        choices = [row.pop("choice") for row in rows]
        return [(TurnRow(**row), choice) for row, choice in zip(rows, choices, strict=True)]

    def is_alive(self) -> bool:
        """Whether the database answers."""
        try:
            with self._engine.connect() as connection:
                return connection.scalar(select(1)) == 1
        except Exception:
            return False


def _counted() -> Any:
    """Returns the query of sessions with the number of their turns."""
    count = select(func.count()).where(turns.c.session == sessions.c.id).scalar_subquery()
    return select(sessions, count.label("n_utterances"))
