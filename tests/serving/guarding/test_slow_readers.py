"""Clients that do not read what they are sent: others are served as before, memory is bounded, and they are dropped."""

from __future__ import annotations

import re
import sqlite3
import time

import pytest

STREAM = (
    "GET /v1/sessions/{}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
EVENTS = "GET /v1/sessions/{}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
WHOLE = "GET /v1/sessions/{} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LONG = {"speaker": "Ann", "text": "So long a text that a few hundred of it fill every buffer. " * 330}
N_READERS = 4


def _n_streams(service):
    metrics = service.ask("GET", "/metrics")[1].decode()
    found = re.search(r"^instructerc_streams (\d+)", metrics, re.MULTILINE)
    assert found
    return int(found[1])


@pytest.mark.parametrize("request_line", [STREAM, EVENTS], ids=["websocket", "events"])
def test_a_watcher_that_does_not_read_holds_up_nobody_and_is_dropped(run_service, request_line):
    service = run_service(stall_timeout_s=1.0)
    session, other = service.open_session(), service.open_session()
    assert service.ask("POST", f"/v1/sessions/{session}/utterances", LONG)[0] == 201
    socks = [service.connect(receive_bytes=4096) for _ in range(N_READERS)]
    try:
        for sock in socks:
            sock.sendall(request_line.format(session).encode())
        until = time.monotonic() + 5
        while _n_streams(service) < N_READERS:
            assert time.monotonic() < until
        before, waits = service.rss_mb, []
        place = f"/v1/sessions/{session}/utterances/1/correction"
        for number in range(500):
            # Each tells every watcher of the long turn.
            assert service.ask("PUT", place, {"label": ("joy", "anger")[number % 2]})[0] == 200
            if number % 10 == 0:
                begun = time.monotonic()
                assert (
                    service.ask("POST", f"/v1/sessions/{other}/utterances", {"speaker": "Bo", "text": "Hi"})[0] == 201
                )
                waits.append(time.monotonic() - begun)
        assert sorted(waits)[len(waits) // 2] < 0.1
        assert max(waits) < 1.0
        # 500 events of 20 kB for each of them were told, and most of them not kept.
        assert service.rss_mb - before < 40
        until = time.monotonic() + 10
        while _n_streams(service):
            assert time.monotonic() < until, "it is watched still"
            time.sleep(0.05)
    finally:
        for sock in socks:
            sock.close()
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


def test_an_answer_that_is_not_taken_is_given_up(run_service):
    service = run_service(stall_timeout_s=0.5)
    session = service.open_session()
    with sqlite3.connect(service.database.removeprefix("sqlite:///")) as connection:
        rows = [(session, number, LONG["text"], "2026-01-01 00:00:00.000000") for number in range(1, 1001)]
        values = "(?, ?, 'Ann', ?, ?, 'failed', 'x')"
        connection.executemany(
            f"INSERT INTO turns (session, turn, speaker, text, received_at, status, detail) VALUES {values}", rows
        )
    socks = [service.connect(receive_bytes=4096) for _ in range(4)]
    for sock in socks:
        sock.sendall(WHOLE.format(session).encode())
    time.sleep(0.2)
    begun = time.monotonic()
    assert service.ask("GET", "/healthz")[0] == 200
    assert time.monotonic() - begun < 0.5
    time.sleep(1.0)
    for sock in socks:
        received = b""
        try:
            while part := sock.recv(65536):
                received += part
        except ConnectionResetError:
            pass
        sock.close()
        # Twenty megabytes were on their way, of which the connection kept what its buffers held.
        assert received.startswith(b"HTTP/1.1 200 ")
        assert not received.endswith(b"]}")
    assert service.ask("GET", "/healthz")[0] == 200


def test_watchers_that_leave_are_counted_no_more(run_service):
    service = run_service(max_streams=20)
    session = service.open_session()
    for _ in range(3):
        socks = [service.connect() for _ in range(20)]
        for number, sock in enumerate(socks):
            sock.sendall((STREAM, EVENTS)[number % 2].format(session).encode())
            assert sock.recv(12) in {b"HTTP/1.1 101", b"HTTP/1.1 200"}
        assert _n_streams(service) == 20
        assert service.ask("GET", f"/v1/sessions/{session}/events")[1]["code"] == "streams"
        for sock in socks:
            sock.close()
        until = time.monotonic() + 5
        while _n_streams(service):
            assert time.monotonic() < until, "some are counted still"
            time.sleep(0.02)
