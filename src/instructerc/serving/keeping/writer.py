"""One thread writes: what waits is committed together, so that a hundred turns a second cost a few commits."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from instructerc.serving.keeping.database import for_writing

T = TypeVar("T")

_TOGETHER = 256

Write = Callable[[Connection], Any]


class WriteQueue:
    """Runs writes in order, each whole or not at all, several to a commit.

    Args:
        engine: the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = for_writing(engine)
        self._waiting: queue.SimpleQueue[tuple[Write, Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, write: Callable[[Connection], T]) -> T:
        """Returns what a write returns, once it is committed; a caller that goes away may find it written or not.

        Raises:
            SQLAlchemyError: the database did not take it; whatever else the write raises.
        """
        future: Future[T] = Future()
        self._waiting.put((write, future))
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
            while len(taken) < _TOGETHER:
                try:
                    taken.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            closing = None in taken
            self._commit([item for item in taken if item is not None and item[1].set_running_or_notify_cancel()])

    def _commit(self, items: list[tuple[Write, Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any, Exception | None]] = []
        if not items:
            return
        try:
            with self._engine.begin() as connection:
                for write, future in items:
                    done.append((future, *_run_alone(connection, write)))
        except Exception as error:
            done = [(future, None, error) for _, future in items]
        for future, result, fault in done:
            if fault is None:
                future.set_result(result)
            else:
                future.set_exception(fault)


def _run_alone(connection: Connection, write: Write) -> tuple[Any, Exception | None]:
    """Returns what a write returns, or its error; one that fails takes nothing of the others with it.

    Raises:
        Exception: its error, where the database gave up the whole transaction for it, as for a full disk.
    """
    fault: Exception | None = None
    result = None
    try:
        with connection.begin_nested():
            try:
                result = write(connection)
            except Exception as error:
                fault = error
                raise
    except Exception as error:
        if error is not fault:
            raise fault or error from None
    return result, fault
