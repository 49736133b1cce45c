"""Running the application: one process, an address, and a shutdown that finishes what was accepted."""

from __future__ import annotations

import asyncio
import logging
import socket
from functools import partial

import uvicorn
from fastapi import FastAPI

from instructerc.compat.fastapi_app import lifespan_of
from instructerc.compat.uvicorn_server import Server, http_protocol, websocket_protocol
from instructerc.errors import InputError
from instructerc.serving.app import close_streams, create_app
from instructerc.serving.settings import ServeSettings
from instructerc.serving.watching.sockets import MESSAGE_BYTES

_SHUTDOWN_S = 35


def run(settings: ServeSettings) -> None:
    """Serves until it is told to stop; then it finishes what it accepted.

    Raises:
        InputError: an address that cannot be used, or what `create_app` says.
        ModelError: no such model.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Lines of access would hold what users ask for; /metrics counts them.
    uvicorn_log = logging.getLogger("uvicorn.error")
    uvicorn_log.setLevel(logging.WARNING)
    if not settings.log_texts:
        uvicorn_log.addFilter(_keep_out_texts)
    app = create_app(settings)
    with _bind(settings) as bound:
        config = uvicorn.Config(
            app,
            http=http_protocol(settings.header_timeout_s, settings.body_timeout_s, settings.stall_timeout_s),
            ws=websocket_protocol(settings.stall_timeout_s),
            # It is around the server, so that what keeps it from starting is told in a line.
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Who asks is known by key; a header that anybody can send changes nothing.
            proxy_headers=False,
            timeout_graceful_shutdown=_SHUTDOWN_S,
            ws_max_size=MESSAGE_BYTES,
            ws_ping_interval=20,
            ws_ping_timeout=20,
        )
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            server = Server(config, _tell_address, partial(close_streams, app))
            runner.run(_serve(app, server, bound))


async def _serve(app: FastAPI, server: Server, bound: socket.socket) -> None:
    async with lifespan_of(app):
        await server.serve([bound])


def _tell_address(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    print(f"listening on http://{shown}:{port} (Ctrl-C stops)", flush=True)


def _bind(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        bound.close()
        raise InputError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}") from None
    return bound


def _keep_out_texts(record: logging.LogRecord) -> bool:
    """Leaves of an error its kind; its words, and the lines of its traceback, may be what somebody wrote."""
    if record.exc_info:
        kind = record.exc_info[0]
        record.msg, record.args = "%s: %s", (record.getMessage().strip(), kind.__name__ if kind else "")
        record.exc_info = None
    return True
