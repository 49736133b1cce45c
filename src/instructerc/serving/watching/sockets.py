"""A WebSocket on a session: turns go in, their results come out."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ValidationError

from instructerc.serving.contract.json_text import parse_json
from instructerc.serving.contract.problems import as_refused, validation_errors
from instructerc.serving.contract.refusals import NotFound, Refused, WrongJson
from instructerc.serving.contract.schemas.fields import SESSION_ID
from instructerc.serving.contract.schemas.streams import StreamIn, StreamProblem
from instructerc.serving.guarding.security import FAULT, bearer, log_fault
from instructerc.serving.keeping.keys import Caller
from instructerc.serving.keeping.rows import TurnRow
from instructerc.serving.services import Services
from instructerc.serving.watching.streams import MOST_REVISIONS, MOST_TURNS
from instructerc.serving.watching.subscribers import End, Subscription

MESSAGE_BYTES = 256 * 1024
_FIRST_MESSAGE_S = 10.0
_SEND_S = 10.0
# Turns of one client that wait for their answers at once; more are refused, not queued without an end.
_IN_FLIGHT = 64
UNSUPPORTED, POLICY, BROKEN = 1003, 1008, 1011
_CODES: dict[End | None, int] = {"gone": 1001, "revoked": POLICY, "closing": 1001, "behind": 1013, None: BROKEN}


class SocketSession:
    """One WebSocket on a session.

    Args:
        socket: not accepted yet.
        session: the session's id, as the client gave it.
        services: of the application.
    """

    def __init__(self, socket: WebSocket, session: str, services: Services) -> None:
        self._socket = socket
        self._session = session
        self._settings = services.settings
        self._service = services.sessions
        self._streams = services.streams
        self._gate = services.gate
        self._caller = Caller("", frozenset())
        self._queue = Subscription()
        self._scoring: set[asyncio.Task[TurnRow]] = set()
        self._ending = asyncio.Event()
        self._is_idle = False

    async def serve(self) -> None:
        """Serves the socket until one side closes it; what was accepted is scored all the same.

        Raises:
            Refused: too many streams are open; the socket was not accepted.
        """
        # Watched from the beginning: who reads the session once the socket is open misses nothing.
        with (
            self._streams.opened(self._ending.set),
            self._service.subscribers.subscribe(self._session) as self._queue,
        ):
            try:
                await self._socket.accept()
                await self._let_in()
                code = await self._talk()
            except WebSocketDisconnect:
                return
            except TimeoutError:
                # It does not take what it is sent.
                code = _CODES["behind"]
            except Exception as error:
                refused = as_refused(error)
                if refused is None:
                    log_fault(self._settings, "WebSocket", error)
                code = BROKEN if refused is None else POLICY
                with suppress(Exception):
                    await self._send(_problem(refused or Refused(500, "fault", FAULT)))
            # One that takes nothing any more is closed by its connection.
            with suppress(Exception):
                async with asyncio.timeout(_SEND_S):
                    await self._socket.close(code)

    async def _let_in(self) -> None:
        """Finds out who it is, by the header or by a first message `{"type": "auth", "key": …}`.

        Raises:
            Refused: no key in use, or one that may not do this.
            NotFound: no such session of this caller.
        """
        key = bearer(self._socket.headers)
        if key is None and self._settings.needs_keys:
            key = await self._first_key()
        self._caller = await self._gate.identify(key)
        self._queue.owner = self._caller.id
        for scope in ("read", "write"):
            self._gate.check(self._caller, scope)
        if not re.fullmatch(SESSION_ID, self._session):
            raise NotFound("no such session")
        await self._service.watch(self._caller.sees, self._session, MOST_TURNS, MOST_REVISIONS)

    async def _first_key(self) -> str | None:
        receiving = asyncio.ensure_future(self._socket.receive())
        ending = asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait({receiving, ending}, timeout=_FIRST_MESSAGE_S, return_when=asyncio.FIRST_COMPLETED)
            if not receiving.done():
                return None
            message = receiving.result()
        finally:
            receiving.cancel()
            ending.cancel()
        if message["type"] != "websocket.receive":
            raise WebSocketDisconnect
        first: Any = None
        with suppress(WrongJson):
            first = parse_json(message.get("text") or "")
        sent = first.get("key") if isinstance(first, dict) and first.get("type") == "auth" else None
        return sent if isinstance(sent, str) else None

    async def _talk(self) -> int:
        """Takes turns and tells of them, and returns the code with which the socket is closed."""
        receiving = asyncio.create_task(self._receive())
        sending = asyncio.create_task(self._forward())
        ending = asyncio.create_task(self._ending.wait())
        tasks: tuple[asyncio.Task[Any], ...] = (receiving, sending, ending)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._ending.is_set():
                await self._finish(receiving, sending)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()):
                raise error
        return _CODES[self._queue.end] if receiving.cancelled() else receiving.result()

    async def _finish(self, receiving: asyncio.Task[int], sending: asyncio.Task[None]) -> None:
        """Sends what is still due about the accepted turns; the service closes."""
        if self._is_idle:
            receiving.cancel()
        await asyncio.wait({receiving})
        if self._scoring:
            await asyncio.wait(self._scoring)
        self._queue.finish("closing")
        await asyncio.wait({sending}, timeout=_SEND_S)

    async def _receive(self) -> int:
        """Takes turns in their order, and returns the code for what is none."""
        while not self._ending.is_set():
            self._is_idle = True
            message = await self._socket.receive()
            self._is_idle = False
            if message["type"] != "websocket.receive":
                raise WebSocketDisconnect
            text = message.get("text")
            if text is None:
                return UNSUPPORTED
            await self._take(text)
        return _CODES["closing"]

    async def _take(self, text: str) -> None:
        """Takes a message; the next one is not read before its turn is written, so that they keep their order."""
        key, data = None, None
        try:
            data = parse_json(text)
            if isinstance(data, dict):
                if data.get("type") == "auth":
                    return
                key = data.get("key")
            self._gate.count(self._caller, self._socket.client.host if self._socket.client else "")
            await self._accept(StreamIn.model_validate(data))
        except ValidationError as error:
            errors = validation_errors(error, data)
            self._refuse(Refused(422, "invalid", f"{errors[0]['where']}: {errors[0]['what']}"), key, errors)
        except WrongJson as error:
            self._refuse(Refused(422, "invalid", str(error)), key)
        except Exception as error:
            refused = as_refused(error)
            if refused is None:
                log_fault(self._settings, "WebSocket", error)
            self._refuse(refused or Refused(500, "fault", FAULT), key)

    async def _accept(self, turn: StreamIn) -> None:
        if len(self._scoring) >= _IN_FLIGHT:
            full = f"{_IN_FLIGHT} turns are already waiting for their answers"
            raise Refused(429, "in_flight", full, retry_after_s=1)
        row, scoring = await self._service.accept(self._caller.sees, self._session, turn)
        if scoring is None:
            # Nothing changed, so nobody is told; but the sender asked.
            self._queue.put(row)
        else:
            self._scoring.add(scoring)
            scoring.add_done_callback(self._scoring.discard)

    def _refuse(self, refused: Refused, key: object, errors: list[dict[str, str]] | None = None) -> None:
        known = key if isinstance(key, str) and len(key) <= 100 else None
        self._queue.put(_problem(refused, known, errors))

    async def _forward(self) -> None:
        while (item := await self._queue.queue.get()) is not None:
            await self._send(item.to_message() if isinstance(item, TurnRow) else item)

    async def _send(self, message: BaseModel) -> None:
        # Not by `wait_for`, which may lose a cancellation in Python 3.11.
        async with asyncio.timeout(_SEND_S):
            await self._socket.send_text(message.model_dump_json())


def _problem(refused: Refused, key: str | None = None, errors: list[dict[str, str]] | None = None) -> StreamProblem:
    after = refused.headers.get("Retry-After")
    return StreamProblem(
        status=refused.status,
        code=refused.code,
        detail=refused.detail,
        errors=errors,
        key=key,
        retry_after_s=None if after is None else float(after),
    )
