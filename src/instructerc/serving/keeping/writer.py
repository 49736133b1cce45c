"""One thread writes: what waits is committed together, so that a hundred turns a second cost a few commits.

On a database that several processes share, a transaction holds the sessions that it changes until its commit. So writes
go in the order of their sessions, which keeps two processes from waiting for each other, and fewer of them together.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from instructerc.serving.keeping.database import for_writing, is_shared

T = TypeVar("T")

_TOGETHER = 256
_TOGETHER_SHARED = 32
# What PostgreSQL says where another process came first (a transaction that cannot be put in an order, a deadlock, a
# number or key that is taken), and where this one was silent for too long. Nothing was written then.
_CONFLICTS = frozenset({"40001", "40P01", "23505", "25P03"})
_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Write:
    """A write that waits: the session that it changes, what it does, and who waits for it."""

    session: str
    work: Callable[[Connection], Any]
    future: Future[Any]


class WriteQueue:
    """Runs writes in order, each whole or not at all, several to a commit.

    Args:
        engine: the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = for_writing(engine)
        self._together = _TOGETHER_SHARED if is_shared(engine) else _TOGETHER
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Connection], T], session: str = "") -> T:
        """Returns what a write returns, once it is committed; a caller that goes away may find it written or not.

        Args:
            work: writes; it is called again where another process came first.
            session: the one that it changes; empty where it waits for none.

        Raises:
            SQLAlchemyError: the database did not take it; whatever else the write raises.
        """
        future: Future[T] = Future()
        self._waiting.put(_Write(session, work, future))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Commits what waits and ends the thread."""
        self._waiting.put(None)
        self._thread.join()

    @property
    def n_waiting(self) -> int:
        """Writes that wait."""
        return self._waiting.qsize()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        closing = False
        while not closing:
            taken = [self._waiting.get()]
            while len(taken) < self._together:
                try:
                    taken.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            closing = None in taken
            items = [item for item in taken if item is not None and item.future.set_running_or_notify_cancel()]
            self._commit(sorted(items, key=lambda item: item.session))

    def _commit(self, items: list[_Write], n_tries: int = _TRIES) -> None:
        done: list[tuple[_Write, Any, Exception | None]] = []
        if not items:
            return
        try:
            with self._engine.begin() as connection:
                for item in items:
                    done.append((item, *_run_alone(connection, item.work)))
        except Exception as error:
            done = [(item, None, error) for item in items]
        again: list[_Write] = []
        for item, result, fault in done:
            if fault is None:
                item.future.set_result(result)
            elif n_tries > 1 and getattr(getattr(fault, "orig", None), "sqlstate", None) in _CONFLICTS:
                again.append(item)
            else:
                item.future.set_exception(fault)
        for item in again:
            # In a transaction of its own, which holds nothing that others wait for.
            self._commit([item], n_tries - 1)


def _run_alone(connection: Connection, work: Callable[[Connection], Any]) -> tuple[Any, Exception | None]:
    """Returns what a write returns, or its error; one that fails takes nothing of the others with it.

    Raises:
        Exception: its error, where the database gave up the whole transaction for it, as for a full disk.
    """
    fault: Exception | None = None
    result = None
    try:
        with connection.begin_nested():
            try:
                result = work(connection)
            except Exception as error:
                fault = error
                raise
    except Exception as error:
        if error is not fault:
            raise fault or error from None
    return result, fault
