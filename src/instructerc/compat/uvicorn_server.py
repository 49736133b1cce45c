"""uvicorn's protocols and its end, beyond what it documents.

Connections may not dawdle: there are bounds on how a request comes in, and on how long an answer waits to be taken. And
to be told to stop is no fault.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_HEAD_BYTES = 64 * 1024
# Bytes on the wire for each byte of a body that comes in the smallest pieces: sizes and line ends.
_WIRE_BYTES = 8
# What the application itself answers to a slow body goes before this end of the connection.
_GRACE_S = 3.0


def http_protocol(header_s: float, body_s: float, stall_s: float) -> type[asyncio.Protocol]:
    """Returns an HTTP protocol with bounds in seconds: for a head, for a body, for the peer to take what it is sent."""

    class Http(_Prompt):
        header_timeout_s = header_s
        body_timeout_s = body_s + _GRACE_S
        stall_timeout_s = stall_s

    return Http


def websocket_protocol(stall_s: float) -> type[asyncio.Protocol]:
    """Returns a WebSocket protocol whose peer takes what it is sent within so many seconds."""

    class WebSocket(_Taken, WebSocketsSansIOProtocol):
        stall_timeout_s = stall_s

    return WebSocket


class Server(uvicorn.Server):
    """A server that calls back when it listens, and before it waits for its connections to end.

    Args:
        config: of uvicorn.
        on_listening: called with the address.
        on_closing: awaited once nothing new is taken.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        on_listening: Callable[[str, int], None],
        on_closing: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._on_listening = on_listening
        self._on_closing = on_closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens."""
        await super().startup(sockets)
        assert sockets is not None
        host, port = sockets[0].getsockname()[:2]
        self._on_listening(host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends, at first what takes new connections."""
        for server in self.servers:
            server.close()
        await self._on_closing()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Takes a signal, which is not raised again when all is finished: to be told to stop is no fault."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


class _Taken:
    """Ends a connection whose peer does not take what it is sent, with all that waits for it."""

    stall_timeout_s: float
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()  # type: ignore[misc]
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.stall_timeout_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._go_on()
        super().resume_writing()  # type: ignore[misc]

    def connection_lost(self, exc: Exception | None) -> None:
        self._go_on()
        super().connection_lost(exc)  # type: ignore[misc]

    def _go_on(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class _Prompt(_Taken, HttpToolsProtocol):
    """Bounds the time for a request's head and for its body, and the bytes that are neither head nor body."""

    header_timeout_s: float
    body_timeout_s: float
    _timer: asyncio.TimerHandle | None = None
    _in_body = False
    _n_messages = 0
    _n_body = 0
    _n_wire = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait(self.header_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self._n_messages
        self._n_wire += len(data)
        super().data_received(data)
        if self._n_messages > before:
            # What it holds of the next message is bounded by what is read at once.
            self._n_wire = self._n_body = 0
        elif self._n_wire > MAX_HEAD_BYTES + _WIRE_BYTES * self._n_body:
            self._end(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._wait(self.header_timeout_s)

    def on_headers_complete(self) -> None:
        self._stop()
        super().on_headers_complete()
        if not self.parser.should_upgrade():
            self._in_body = True
            self._wait(self.body_timeout_s)

    def on_body(self, body: bytes) -> None:
        self._n_body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._n_messages += 1
        self._in_body = False
        self._stop()
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._end, b"408 Request Timeout")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, status: bytes) -> None:
        self._stop()
        if self.transport is None or self.transport.is_closing():
            return
        # An answer that was begun, or given already while its request still comes, is not followed by another.
        answered = self.cycle is not None and (
            self._in_body if self.cycle.response_complete else self.cycle.response_started
        )
        if not answered:
            headers = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + headers)
        self.transport.close()
