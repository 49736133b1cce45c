"""Running the application: one process, an address, and connections that may not dawdle."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from instructerc.errors import InputError
from instructerc.serving.app import create_app
from instructerc.serving.settings import ServeSettings

_SHUTDOWN_S = 35


def run(settings: ServeSettings) -> None:
    """Serves until it is told to stop; then it finishes what it accepted.

    Raises:
        InputError: an address that cannot be used, or what `create_app` says.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app = create_app(settings)
    bound = _bind(settings)
    config = uvicorn.Config(
        app,
        http=_protocol(settings.header_timeout_s),
        log_config=None,
        # Lines of access would hold what users ask for; /metrics counts them.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        ws_max_size=1024 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
    )
    server = _Server(config)
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    server.ready = f"listening on http://{shown}:{port} (Ctrl-C stops)"
    with bound:
        server.run(sockets=[bound])
    if server.fault is not None:
        raise server.fault


class _Server(uvicorn.Server):
    """Tells that it listens once it does, and keeps the error with which it could not start."""

    ready = ""
    fault: Exception | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            print(self.ready, flush=True)


def _bind(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        bound.close()
        raise InputError(f"{settings.host}:{settings.port} cannot be listened on: {error.strerror or error}") from None
    return bound


def _protocol(timeout_s: float) -> type[HttpToolsProtocol]:
    """Returns the HTTP protocol with a bound on the time in which a request's headers must have come."""

    class Prompt(HttpToolsProtocol):
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def on_headers_complete(self) -> None:
            self._stop()
            super().on_headers_complete()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            if self._timer is None:
                self._wait()

        def _wait(self) -> None:
            self._timer = self.loop.call_later(timeout_s, self._end)

        def _stop(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _end(self) -> None:
            self._timer = None
            if not self.transport.is_closing():
                self.transport.write(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                self.transport.close()

    return Prompt
