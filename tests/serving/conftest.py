"""The service on the embedded model: in this process, and in one of its own with a real port."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from starlette.testclient import TestClient

from instructerc.serving.app import create_app
from instructerc.serving.settings import ServeSettings

Serve = Callable[..., TestClient]

# The largest body and what is made of it, a few times over.
GROWTH_MB = 250

# The command line has no option for bounds that nobody but a test changes.
_WITH_SETTINGS = """
import json, sys
from instructerc.serving.server import run
from instructerc.serving.settings import ServeSettings
run(ServeSettings(**json.loads(sys.argv[1])))
"""


@pytest.fixture
def serve(tmp_path: Path, shipped_once: None) -> Iterator[Serve]:
    """Returns a function from settings to a client of a service that runs until the test ends."""
    with ExitStack() as stack:

        def start(**settings: Any) -> TestClient:
            values = {"database": f"sqlite:///{tmp_path / 'sessions.db'}", "threads": 1} | settings
            app = create_app(ServeSettings(**values))
            return stack.enter_context(TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False))

        yield start


@pytest.fixture
def client(serve: Serve) -> TestClient:
    """Returns a client of a service with its defaults."""
    return serve()


@pytest.fixture
def session(client: TestClient) -> str:
    """Returns the id of an open session."""
    return str(client.post("/v1/sessions", json={"title": "call 17"}).json()["id"])


class Service:
    """A service in a process of its own.

    Args:
        folder: where its database and its log are.
        settings: other ones than the defaults; without any it is started from the command line.
    """

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.database = f"sqlite:///{folder / 'sessions.db'}"
        self.log = folder / "log.txt"
        if settings:
            values = {"port": 0, "threads": 1, "database": self.database} | settings
            command = ["-c", _WITH_SETTINGS, json.dumps(values)]
        else:
            options = ["--port", "0", "--threads", "1", "--database", self.database]
            command = ["-m", "instructerc", "serve", *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ}
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r":(\d+) \(", line)
        assert found, self.log.read_text(encoding="utf-8")
        self.port = int(found[1])

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, timeout: float = 30
    ) -> tuple[int, Any]:
        """Returns status and body of the answer; JSON is read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            kind = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, content, {**kind, **(headers or {})})
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
            return answer.status, json.loads(text) if is_json and text else text
        finally:
            connection.close()

    def open_session(self, **fields: Any) -> str:
        """Returns the id of a new session."""
        status, found = self.ask("POST", "/v1/sessions", fields)
        assert status == 201, found
        return str(found["id"])

    def exchange(self, data: bytes, timeout: float = 10) -> tuple[int, bytes]:
        """Returns status and all that comes back for these bytes; the status is 0 where nothing of HTTP does."""
        received = b""
        with self.connect(timeout) as sock, suppress(ConnectionResetError, BrokenPipeError):
            # What a server does not want to read any more it may refuse before all is sent.
            with suppress(ConnectionResetError, BrokenPipeError):
                sock.sendall(data)
            while part := sock.recv(65536):
                received += part
                head, found, body = received.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                if found and length and len(body) >= int(length[1]):
                    break
        return (int(received[9:12]) if received.startswith(b"HTTP/1.1 ") else 0), received

    def send(self, method: str, path: str, body: bytes = b"", **headers: object) -> tuple[int, bytes]:
        """Returns what `exchange` gives for a request; None leaves out a header that there would be."""
        usual: dict[str, object] = {"Host": "127.0.0.1"}
        if body or method in {"POST", "PUT"}:
            usual |= {"Content-Type": "application/json", "Content-Length": len(body)}
        given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [
            f"{method} {path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in given.items() if value is not None),
        ]
        return self.exchange("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def connect(self, timeout: float = 10, receive_bytes: int | None = None) -> socket.socket:
        """Returns a connection."""
        sock = socket.socket()
        if receive_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        sock.settimeout(timeout)
        sock.connect(("127.0.0.1", self.port))
        return sock

    @property
    def rss_mb(self) -> float:
        """Resident memory of the process."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii"))
        assert found
        return int(found[1]) / 1024

    def stop(self, timeout: float = 40) -> int:
        """Asks it to end, and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service as the command line starts it, shared by tests."""
    running = Service(tmp_path_factory.mktemp("service"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def unharmed(service: Service) -> Iterator[None]:
    """Checks after a module's tests that the service answers as before, and holds no more memory than it may."""
    before = service.rss_mb
    yield
    said = {"conversations": [{"utterances": [{"speaker": "Ann", "text": "We won!"}]}]}
    status, found = service.ask("POST", "/v1/recognize", said)
    assert (status, found["conversations"][0]["utterances"][0]["answer"]["label"]) == (200, "joy")
    assert service.rss_mb - before < GROWTH_MB
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


@pytest.fixture
def run_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Returns a function from settings to a service of this test's own."""
    started: list[Service] = []

    def start(**settings: Any) -> Service:
        started.append(Service(tmp_path, **settings))
        return started[-1]

    yield start
    for one in started:
        one.stop()
