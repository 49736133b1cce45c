"""Hostile WebSockets to a real server: frames that are none, messages that are too much, and floods of them."""

from __future__ import annotations

import json
import random
import struct
import time
import zlib
from contextlib import suppress

import pytest
from websockets.sync.client import connect

pytestmark = pytest.mark.usefixtures("unharmed")

KIBI = 1024
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
HANDSHAKE = (
    "GET /v1/sessions/{}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n"
)
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"


def _frame(kind, payload=b"", *, final=True, masked=True, reserved=0, length=None):
    """Returns a frame; `length` is the one that it lies about."""
    size = len(payload) if length is None else length
    first = (0x80 if final else 0) | reserved | kind
    mask = 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, mask | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, mask | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask | 127, size)
    return head + (bytes(4) if masked else b"") + payload


def _after(service, session, frames, more=""):
    """Returns what comes back for frames on an open socket, until the server closes it."""
    received = b""
    with service.connect(timeout=5) as sock, suppress(ConnectionResetError, BrokenPipeError):
        sock.sendall(HANDSHAKE.format(session, more).encode())
        while b"\r\n\r\n" not in received:
            received += sock.recv(4096)
        assert received.startswith(b"HTTP/1.1 101 ")
        received = received.partition(b"\r\n\r\n")[2]
        with suppress(ConnectionResetError, BrokenPipeError):
            sock.sendall(frames)
        while _close_code(received) is None and (part := sock.recv(65536)):
            received += part
    return received


def _deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -12)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def _close_code(received):
    """Returns the code of the frame that closes; None where the connection was closed without one."""
    for place in range(len(received) - 3):
        if received[place] == 0x88 and received[place + 1] < 126:
            return int.from_bytes(received[place + 2 : place + 4], "big")
    return None


@pytest.mark.parametrize(
    ("frames", "codes"),
    [
        pytest.param(_frame(TEXT, b"x" * (256 * KIBI + 1)), {1009}, id="large"),
        pytest.param(_frame(TEXT, length=2**62), {1009, 1002}, id="announced-as-huge"),
        pytest.param(_frame(TEXT, length=2**63), {1009, 1002, 1011, None}, id="length-negative"),
        pytest.param(_frame(TEXT, b"x" * 9000, final=False) * 100, {1002, 1009}, id="started-again-and-again"),
        pytest.param(
            _frame(TEXT, b"x" * 9000, final=False) + _frame(0, b"x" * 9000, final=False) * 100, {1009}, id="parts"
        ),
        pytest.param(_frame(TEXT, b"\xff\xfe\xc0"), {1007, None}, id="not-utf-8"),
        pytest.param(_frame(TEXT, b"{}", masked=False), {1002}, id="unmasked"),
        pytest.param(_frame(TEXT, b"{}", reserved=0x40), {1002}, id="reserved-bit"),
        pytest.param(_frame(3, b"{}"), {1002}, id="reserved-kind"),
        pytest.param(_frame(0, b"{}"), {1002}, id="nothing-to-go-on-with"),
        pytest.param(_frame(PING, b"x" * 126), {1002}, id="long-ping"),
        pytest.param(_frame(PING, b"x", final=False), {1002}, id="ping-in-parts"),
        pytest.param(_frame(CLOSE, b"\x03"), {1002}, id="half-a-code"),
        pytest.param(_frame(CLOSE, struct.pack("!H", 5)), {1002}, id="no-code"),
        pytest.param(_frame(BINARY, b"\0\1\2"), {1003}, id="binary"),
        pytest.param(random.Random(4).randbytes(5000), {1002, 1003, 1007, 1009}, id="noise"),
    ],
)
def test_a_hostile_frame_closes_its_socket(service, frames, codes):
    assert _close_code(_after(service, service.open_session(), frames)) in codes


def test_a_compressed_bomb_is_not_unpacked(service):
    session, before = service.open_session(), service.rss_mb
    bomb = _deflated(b" " * (64 * KIBI * KIBI))
    assert len(bomb) < 256 * KIBI
    assert _close_code(_after(service, session, _frame(TEXT, bomb, reserved=0x40), DEFLATE)) == 1009
    assert service.rss_mb - before < 50


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[" * 100_000,
        '{"a":' * 40_000,
        '{"speaker": "Ann", "text": "Hi", "start": NaN}',
        '{"speaker": "Ann", "text": "Hi", "start": 1e999}',
        '{"speaker": "Ann", "text": "Hi", "start": ' + "9" * 5000 + "}",
        '{"speaker": "Ann", "text": "\\ud800"}',
        '{"speaker": "Ann", "text": "a\\u0000"}',
        '{"speaker": "Ann", "text": "Hi", "text": "Bye"}',
        '{"speaker": "Ann", "text": "Hi", "key": "' + "x" * 101 + '"}',
        '{"speaker": "Ann", "text": "Hi", "key": ["a"]}',
        '{"speaker": "Ann", "text": "Hi", "mood": 1}',
        '{"speaker": ' + json.dumps("x" * 200_000) + ', "text": "Hi"}',
        '{"type": "utterances", "speaker": "Ann", "text": "Hi"}',
        "[" * 40 + '"' + '\\"' * 120_000,
        "[" + "{}," * 80_000 + "{}]",
    ],
    ids=range(17),
)
def test_a_hostile_message_is_told_and_the_next_is_served(service, message):
    session = service.open_session()
    with connect(f"ws://127.0.0.1:{service.port}/v1/sessions/{session}/stream") as socket:
        begun = time.monotonic()
        socket.send(message)
        problem = json.loads(socket.recv(timeout=5))
        assert (problem["type"], problem["status"], problem["code"]) == ("problem", 422, "invalid")
        assert time.monotonic() - begun < 2
        assert len(problem["detail"]) <= 1000
        socket.send('{"speaker": "Ann", "text": "We won!"}')
        assert [json.loads(socket.recv(timeout=5))["utterance"]["turn"] for _ in range(2)] == [1, 1]


def test_a_flood_of_messages_is_answered_or_ended(service):
    session, before, count = service.open_session(), service.rss_mb, 5000
    received = 0
    with service.connect(timeout=10) as sock, suppress(ConnectionResetError, BrokenPipeError):
        sock.sendall(HANDSHAKE.format(session, "").encode())
        assert sock.recv(4096).startswith(b"HTTP/1.1 101 ")
        # It reads nothing before all is sent; what it would be told is bounded, and then it is closed.
        sock.sendall(_frame(TEXT, b"x" * 1000) * count)
        while part := sock.recv(1024 * KIBI):
            received += part.count(b'"problem"')
            if received >= count - 100:
                break
    assert service.rss_mb - before < 50
    assert service.ask("GET", "/healthz")[0] == 200


@pytest.mark.parametrize("session", ["..", "%00", "0" * 33, "X", "0%0a", "a" * 5000, "%ff", "'"])
def test_a_session_that_is_none_is_told(service, session):
    received = _after(service, session, b"")
    assert (b'"not_found"' in received, _close_code(received)) == (True, 1008)
