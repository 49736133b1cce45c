"""Live turns as they change: server-sent events, and the WebSocket's conversation with its client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ValidationError

from instructerc.serving.keys import Caller
from instructerc.serving.problems import Refused, as_refused, validation_errors
from instructerc.serving.schemas import SessionUtterance, StreamIn, StreamProblem, StreamUtterance
from instructerc.serving.security import Gate
from instructerc.serving.service import SessionService

_BEAT_S = 15.0
_FIRST_MESSAGE_S = 10.0
_SEND_S = 10.0
# Turns of one client that wait for their answers at once; more are refused, not queued without an end.
_IN_FLIGHT = 64
_MESSAGE_BYTES = 256 * 1024
GOING_AWAY, POLICY, TOO_BIG, TRY_AGAIN = 1001, 1008, 1009, 1013


class Streams:
    """Counts open streams.

    Args:
        limit: how many there may be.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.n_open = 0

    def open(self) -> None:
        """Counts a stream.

        Raises:
            Refused: there are too many.
        """
        if self.n_open >= self._limit:
            raise Refused(429, "streams", f"{self._limit} streams are open already", Retry_After="5")
        self.n_open += 1

    def close(self) -> None:
        """Counts a stream no more."""
        self.n_open -= 1


async def event_stream(
    service: SessionService, session: str, known: Sequence[SessionUtterance]
) -> AsyncIterator[bytes]:
    """Yields a session's turns as server-sent events, then each as it changes; a comment now and then keeps it open."""
    with service.subscribers.subscribe(session) as subscription:
        for utterance in known:
            yield _event(utterance)
        while True:
            try:
                item = await asyncio.wait_for(subscription.queue.get(), _BEAT_S)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if item is None:
                return
            yield _event(item)


def _event(utterance: SessionUtterance) -> bytes:
    return f"event: utterance\nid: {utterance.turn}\ndata: {utterance.model_dump_json()}\n\n".encode()


class SocketSession:
    """One WebSocket on a session: turns go in, what becomes of them comes out.

    Args:
        socket: accepted already.
        service: keeps the session.
        gate: counts turns.
        caller: who sends them.
        session: its id.
    """

    def __init__(self, socket: WebSocket, service: SessionService, gate: Gate, caller: Caller, session: str) -> None:
        self._socket = socket
        self._service = service
        self._gate = gate
        self._caller = caller
        self._session = session
        self._outgoing: asyncio.Queue[BaseModel] = asyncio.Queue(_IN_FLIGHT * 4)
        self._scoring: set[asyncio.Task[SessionUtterance]] = set()

    async def run(self) -> None:
        """Serves the socket until one side closes it; what was accepted is scored all the same."""
        with self._service.subscribers.subscribe(self._session) as subscription:

            async def forward() -> None:
                while (item := await subscription.queue.get()) is not None:
                    await self._send(StreamUtterance(utterance=item))

            async def tell() -> None:
                while True:
                    await self._send(await self._outgoing.get())

            tasks = [asyncio.create_task(work) for work in (self._receive(), forward(), tell())]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
            error = tasks[0].exception() if tasks[0] in done else None
            if isinstance(error, WebSocketDisconnect):
                return
            await self._close(TOO_BIG if error else TRY_AGAIN if subscription.is_behind else GOING_AWAY)

    async def _receive(self) -> None:
        while True:
            message = await self._socket.receive_text()
            if len(message) > _MESSAGE_BYTES:
                raise Refused(413, "too_large", "a message is too large")
            turn = self._parse(message)
            if turn is not None:
                try:
                    await self._accept(turn)
                except Exception as error:
                    fault = Refused(500, "fault", "the service failed; its log says more")
                    self._refuse(as_refused(error) or fault, turn.key)

    async def _accept(self, turn: StreamIn) -> None:
        """Takes a turn; the next one is not read before this one is written, so that they keep their order."""
        if len(self._scoring) >= _IN_FLIGHT:
            full = f"{_IN_FLIGHT} turns wait for their answers already"
            raise Refused(429, "in_flight", full, Retry_After="1")
        self._gate.count(self._caller, self._socket.client.host if self._socket.client else "")
        utterance, scoring = await self._service.accept(self._caller.sees, self._session, turn)
        if scoring is None:
            # Nothing changed, so nobody is told; but the sender asked.
            self._tell(StreamUtterance(utterance=utterance))
        else:
            self._scoring.add(scoring)
            scoring.add_done_callback(self._scoring.discard)

    def _parse(self, message: str) -> StreamIn | None:
        key = None
        try:
            data = json.loads(message)
            if isinstance(data, dict) and data.get("type") == "auth":
                return None
            key = data.get("key") if isinstance(data, dict) else None
            return StreamIn.model_validate(data)
        except (ValueError, RecursionError) as error:
            errors = validation_errors(error) if isinstance(error, ValidationError) else None
            what = f"{errors[0]['where']}: {errors[0]['what']}" if errors else "the message is no JSON object"
            known = key if isinstance(key, str) and len(key) <= 100 else None
            self._tell(StreamProblem(status=422, code="invalid", detail=what, errors=errors, key=known))
            return None

    def _refuse(self, refused: Refused, key: str | None) -> None:
        after = refused.headers.get("Retry-After")
        self._tell(
            StreamProblem(
                status=refused.status,
                code=refused.code,
                detail=refused.detail,
                key=key,
                retry_after_s=None if after is None else float(after),
            )
        )

    def _tell(self, message: BaseModel) -> None:
        try:
            self._outgoing.put_nowait(message)
        except asyncio.QueueFull:
            # It does not read what it is told; its socket's own buffer ends it.
            return

    async def _send(self, message: BaseModel) -> None:
        await asyncio.wait_for(self._socket.send_text(message.model_dump_json()), _SEND_S)

    async def _close(self, code: int) -> None:
        try:
            await self._socket.close(code)
        except RuntimeError:
            return


async def identify(socket: WebSocket, gate: Gate, key: str | None) -> Caller:
    """Returns who opened a socket, by its header or by its first message `{"type": "auth", "key": …}`.

    Raises:
        Refused: no key in use.
    """
    try:
        return gate.identify(key)
    except Refused:
        if key is not None:
            raise
    first: Any = None
    with suppress(TimeoutError, ValueError, RecursionError, KeyError):
        first = json.loads(await asyncio.wait_for(socket.receive_text(), _FIRST_MESSAGE_S))
    sent = first.get("key") if isinstance(first, dict) and first.get("type") == "auth" else None
    return gate.identify(sent if isinstance(sent, str) else None)
