"""Hostile requests to a real server: what is no HTTP, or too much of it, places that are none, and slow senders."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.usefixtures("unharmed")

MEBI = 1024 * 1024
LONGEST_S = 8.0
NOWHERE = "/v1/sessions/00000000000000000000000000000000"
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def _no_http() -> Iterator[object]:
    """Bytes as they are."""
    host = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    get = b"GET /v1/models" + host
    heads = {
        "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), [400]),
        "ssh": (b"SSH-2.0-OpenSSH_9.7\r\n", [400]),
        "noise": (random.Random(1).randbytes(5000), [400]),
        "nul": (b"\0" * 1000, [400]),
        "http2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 404, 421]),
        "version": (b"GET /v1/models HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", [400]),
        "http09": (b"GET /v1/models\r\n\r\n", [400, 421]),
        "method": (b"GIVE /v1/models" + host + b"\r\n", [400]),
        "no-host": (b"GET /v1/models HTTP/1.1\r\n\r\n", [400, 421]),
        "no-colon": (get + b"nonsense\r\n\r\n", [400]),
        "space-in-name": (get + b"X Y: 1\r\n\r\n", [400]),
        "nul-in-value": (get + b"X: a\0b\r\n\r\n", [400]),
        "encoding": (get + b"Transfer-Encoding: gzip\r\n\r\n", [400, 501]),
        "encodings": (get + b"Transfer-Encoding: chunked, identity\r\n\r\n", [400, 501]),
        "connect": (b"CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", [400, 404, 421]),
        "absolute": (b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", [404, 421]),
        "star": (b"OPTIONS *" + host + b"\r\n", [400, 404, 405]),
        "space-in-path": (b"GET /v1/a b" + host + b"\r\n", [400]),
        "bytes-in-path": (b"GET /v1/\xff\xfe" + host + b"\r\n", [400, 404]),
        "long-path": (b"GET /" + b"a" * 60_000 + host + b"\r\n", [404, 414, 431]),
        "longest-path": (b"GET /" + b"a" * (4 * MEBI) + host + b"\r\n", [400, 414, 431]),
        "long-header": (get + b"X: " + b"a" * (4 * MEBI) + b"\r\n\r\n", [400, 431]),
        "long-name": (get + b"a" * (4 * MEBI) + b": b\r\n\r\n", [400, 431]),
        "many-headers": (get + b"X: a\r\n" * 500_000 + b"\r\n", [400, 431]),
        "endless-start": (b"G" * MEBI, [400]),
    }
    for name, (data, statuses) in heads.items():
        yield pytest.param(data, statuses, id=name)


def _case(name, method, path, *statuses, body=b"", **headers):
    return pytest.param(method, path, body, headers, statuses, id=name)


def _strange_headers() -> Iterator[object]:
    hosts = {
        "empty": "",
        "strange": "evil.example",
        "like-ours": "127.0.0.1.evil.example",
        "user": "127.0.0.1@evil.example",
        "bytes": "\xff\xfe",
        "brackets": "[::1",
        "inside": "localhost.evil.example:8000",
    }
    for name, value in hosts.items():
        yield _case(f"host-{name}", "GET", "/v1/models", 400, 421, Host=value)
    origins = {
        "strange": "https://evil.example",
        "null": "null",
        "broken": "http://[",
        "user": "http://127.0.0.1@evil.example",
        "port": "http://127.0.0.1:1",
        "bytes": "http://\xff",
        "two": "http://127.0.0.1 https://evil.example",
    }
    for name, value in origins.items():
        yield _case(f"origin-{name}", "GET", "/v1/models", 403, Origin=value)
    version = {"Sec_WebSocket_Version": 13, "Sec_WebSocket_Key": KEY}
    stream = f"{NOWHERE}/stream"
    yield _case("websocket-post", "POST", stream, 400, 404, 405, **UPGRADE)
    yield _case("websocket-no-key", "GET", stream, 400, **UPGRADE)
    yield _case("websocket-version", "GET", stream, 400, 426, **UPGRADE, **version | {"Sec_WebSocket_Version": 99})
    yield _case("websocket-nowhere", "GET", "/v1/models", 403, 404, **UPGRADE, **version)
    yield _case("websocket-origin", "GET", stream, 403, **UPGRADE, **version, Origin="https://evil.example")
    yield _case("websocket-host", "GET", stream, 421, **UPGRADE, **version, Host="evil.example")
    yield _case("websocket-broken-origin", "GET", stream, 403, **UPGRADE, **version, Origin="http://[")
    yield _case("upgrade", "GET", "/v1/nothing", 400, 404, Upgrade="h2c", Connection="Upgrade, HTTP2-Settings")
    yield _case("smuggled", "GET", "/v1/nothing", 404, body=b"GET /v1/models HTTP/1.1\r\n\r\n")
    yield _case("events-long", "GET", f"{NOWHERE}/events", 422, Last_Event_ID="9" * 2000)
    yield _case("events-nowhere", "GET", f"{NOWHERE}/events", 404, Last_Event_ID="9" * 20)


def _strange_places() -> Iterator[object]:
    """Ids, numbers and queries that lead nowhere, and methods that are not there."""
    ids = [
        "..",
        "%2e%2e",
        "..%2f..%2fetc",
        "%00",
        "0" * 33,
        "ABCDEF",
        "0x1",
        "0;DROP",
        "'%20OR%201=1--",
        "%ff",
        "%F0%9F",
    ]
    ids += [
        "a" * 5000,
        "%2500",
        "-1",
        "null",
        "*",
        "$%7bjndi:x%7d",
        "0%0d%0aX:1",
        "...",
        "0.0",
        "~",
        "%5c..%5c",
        "0%0a",
    ]
    for number, name in enumerate(ids):
        yield _case(f"id-{number}", "GET", f"/v1/sessions/{name}", 404, 405, 422)
    for number, turn in enumerate(["0", "-1", "1.5", "1e3", "x", "9" * 30, "%00", "+1", "1%202", "%b2"]):
        path = f"{NOWHERE}/utterances/{turn}/correction"
        yield _case(f"turn-{number}", "PUT", path, 400, 404, 422, body=b'{"label": null}')
        path = f"{NOWHERE}/utterances/{turn}"
        yield _case(f"change-{number}", "PUT", path, 400, 404, 422, body=b'{"speaker": "Ann", "text": "Hi"}')
        yield _case(f"deletion-{number}", "DELETE", path, 400, 404, 422)
    limits = ["0", "201", "-1", "x", "1e9", "", "9" * 50, "1.5"]
    afters = ["", "%00", "%ff", "..", "0" * 33, "00", "'", "a" * 50_000]
    for query in [*(f"limit={value}" for value in limits), *(f"after={value}" for value in afters), "limit=x&" * 6000]:
        yield _case(f"query-{query[:20]}-{len(query)}", "GET", f"/v1/sessions?{query}", 404, 422)
    for query in ("after=-1", "after=x", f"after={'9' * 22}"):
        yield _case(f"turns-{query[:9]}", "GET", f"{NOWHERE}?{query}", 422)
    yield _case("export-exe", "GET", f"{NOWHERE}/export?format=exe", 422)
    yield _case("correction-field", "PUT", f"{NOWHERE}/utterances/1/correction", 422, body=b"{}")
    for number, body in enumerate([b"{}", b"[]", b"null", b'{"speaker": "Ann", "text": 1}', b'{"text": "Hi"']):
        yield _case(f"change-body-{number}", "PUT", f"{NOWHERE}/utterances/1", 400, 422, body=body)
    methods = {
        "/v1/recognize": ("GET", "PUT", "DELETE", "PATCH", "TRACE"),
        "/v1/read": ("GET", "DELETE"),
        "/v1/sessions": ("DELETE", "OPTIONS"),
        NOWHERE: ("PUT", "POST"),
        f"{NOWHERE}/utterances": ("GET",),
        f"{NOWHERE}/utterances/1": ("GET", "POST", "PATCH"),
        f"{NOWHERE}/events": ("POST",),
        "/v1/models": ("POST", "MKCOL"),
        "/v1/labels": ("POST",),
        "/v1/openapi.json": ("POST",),
        "/metrics": ("DELETE",),
        "/healthz": ("POST",),
        "/": ("PROPFIND",),
    }
    for path, names in methods.items():
        for name in names:
            yield _case(f"method-{name}-{path[-14:]}", name, path, 405)
    for path in (
        *("/..", "/../../etc/passwd", "/assets/../../app.py", "/assets/%2e%2e/%2e%2e/app.py", "/assets/..%5capp.py"),
        *("/assets/%00", "/assets/" + "a" * 5000, "/assets/", "/assets", "/index.html", "/.env", "/redoc"),
        *("//v1//models", "/v1/models/", "/v1/models;x", "/v1/models%00", "/V1/models", "/v1/%6d%6f", "/static/x.js"),
    ):
        yield _case(f"path-{path[:24]}", "GET", path, 400, 404, 405)


@pytest.mark.parametrize(("data", "statuses"), list(_no_http()))
def test_what_is_no_http_is_refused(service, data, statuses):
    begun = time.monotonic()
    status, answer = service.exchange(data)
    assert status in statuses, answer[:300]
    assert time.monotonic() - begun < LONGEST_S


@pytest.mark.parametrize(("method", "path", "body", "headers", "statuses"), [*_strange_headers(), *_strange_places()])
def test_a_strange_request_is_refused(service, method, path, body, headers, statuses):
    status, answer = service.send(method, path, body, **headers)
    assert status in statuses, answer[:300]
    assert b"root:" not in answer


POST = b"POST /v1/recognize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n%s\r\n\r\n"
SLOW = {
    "nothing": [],
    "half-a-line": [b"GET /v1/mod"],
    "half-a-head": [b"GET /v1/models HTTP/1.1\r\n", b"Host: 127.0.0.1\r\n"],
    "dripping-head": [b"GET /v1/models HTTP/1.1\r\n", *([b"X: a\r\n"] * 100)],
    "no-body": [POST % b"Content-Length: 9"],
    "dripping-body": [POST % b"Content-Length: 999", *([b" "] * 100)],
    "dripping-chunks": [POST % b"Transfer-Encoding: chunked", *([b"1\r\n \r\n"] * 100)],
    "body-of-nowhere": [
        b"POST /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\n",
        *([b" "] * 100),
    ],
}


def test_slow_senders_are_cut_off_and_hold_up_nobody(run_service):
    slow = run_service(header_timeout_s=0.4, body_timeout_s=0.4)
    socks = {name: slow.connect(timeout=10) for name in SLOW}
    parts = {name: list(SLOW[name]) for name in SLOW}
    received = dict.fromkeys(SLOW, b"")
    begun, waits = time.monotonic(), []
    while socks and time.monotonic() - begun < 10:
        for name, sock in list(socks.items()):
            try:
                if parts[name]:
                    sock.sendall(parts[name].pop(0))
                sock.settimeout(0.005)
                part = sock.recv(65536)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                part = b""
            received[name] += part
            if not part:
                socks.pop(name).close()
        asked = time.monotonic()
        assert slow.ask("GET", "/healthz")[0] == 200
        waits.append(time.monotonic() - asked)
    assert not socks, f"still open: {sorted(socks)}"
    assert max(waits) < 0.5
    for name, answer in received.items():
        status = 404 if name == "body-of-nowhere" else 408
        # One that is cut off in the midst of sending may lose the answer with its connection.
        assert answer.startswith(b"HTTP/1.1 %d" % status) or not answer, (name, answer[:100])


def test_a_length_that_is_never_reached_is_told(run_service):
    slow = run_service(header_timeout_s=0.5, body_timeout_s=0.5)
    begun = time.monotonic()
    status, answer = slow.send("POST", "/v1/recognize", b'{"conversations": []}', Content_Length=100)
    assert (status, b"too_slow" in answer) == (408, True)
    assert time.monotonic() - begun < 3


def test_bodies_are_bounded_together(run_service):
    small = run_service(max_held_bytes=5 * MEBI)
    head = POST % b"Content-Length: 3000000"
    with small.connect() as first:
        first.sendall(head + b" " * 2_900_000)
        time.sleep(0.3)
        status, answer = small.exchange(head + b" " * 3_000_000)
        assert (status, b'"busy"' in answer, b"retry-after: 1" in answer) == (429, True, True)
        first.sendall(b" " * 100_000)
        assert first.recv(100).startswith(b"HTTP/1.1 400")
    assert small.exchange(head + b" " * 3_000_000)[0] == 400


def test_idle_connections_keep_nobody_out(service):
    socks = [service.connect() for _ in range(300)]
    try:
        assert service.ask("GET", "/v1/models")[0] == 200
    finally:
        for sock in socks:
            sock.close()
