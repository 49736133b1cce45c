"""Canaries: what is used of uvicorn beyond its documentation is still there, and there is a pin before the next one."""

from __future__ import annotations

import asyncio
import inspect
import signal
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="the extra serve is not installed")

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from instructerc.compat.uvicorn_server import Server, http_protocol, websocket_protocol

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
TRANSPORT = ("pause_writing", "resume_writing", "connection_lost")


async def _app(scope, receive, send):
    raise AssertionError("nobody asks")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (HttpToolsProtocol, (*TRANSPORT, "connection_made", "data_received")),
        (HttpToolsProtocol, ("on_message_begin", "on_headers_complete", "on_body", "on_message_complete")),
        (WebSocketsSansIOProtocol, TRANSPORT),
    ],
)
def test_the_protocols_have_what_ours_extend(kind, names):
    assert [name for name in names if not callable(vars(kind).get(name))] == []


def test_ours_take_a_request_apart():
    async def work():
        config = uvicorn.Config(_app, lifespan="off", log_config=None)
        config.load()
        protocol = http_protocol(1.0, 2.0, 3.0)(config, ServerState(), {})
        assert isinstance(protocol.loop, asyncio.AbstractEventLoop)
        assert (protocol.transport, protocol.cycle) == (None, None)
        assert callable(protocol.parser.should_upgrade)
        assert (protocol.header_timeout_s, protocol.stall_timeout_s) == (1.0, 3.0)
        assert protocol.body_timeout_s > 2.0

    asyncio.run(work())
    assert websocket_protocol(4.0).stall_timeout_s == 4.0


def test_an_answer_says_how_far_it_is():
    source = inspect.getsource(RequestResponseCycle.__init__)
    assert "self.response_started" in source
    assert "self.response_complete" in source


def test_a_server_keeps_signals_to_raise_them_again_and_ours_does_not():
    async def closing():
        raise AssertionError("it never listened")

    server = Server(uvicorn.Config(_app, log_config=None), print, closing)
    uvicorn.Server.handle_exit(server, signal.SIGTERM, None)
    assert server._captured_signals == [signal.SIGTERM]
    assert server.should_exit
    server.handle_exit(signal.SIGTERM, None)
    assert server._captured_signals == []
    assert list(inspect.signature(uvicorn.Server.startup).parameters) == ["self", "sockets"]
    assert list(inspect.signature(uvicorn.Server.shutdown).parameters) == ["self", "sockets"]


@pytest.mark.parametrize("name", ["fastapi", "uvicorn"])
def test_a_library_with_a_canary_is_pinned_from_above(name):
    lines = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]["serve"]
    [line] = [line for line in lines if line.startswith(name)]
    assert ",<" in line
