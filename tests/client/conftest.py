"""Services for the client: in this process, and one in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from starlette.testclient import TestClient

from instructerc.client import Client
from instructerc.serving.app import create_app
from instructerc.serving.settings import ServeSettings

Answers = list[httpx.Response | Exception]


@pytest.fixture
def app(tmp_path: Path, shipped_once: None) -> Any:
    """Returns the service as an application that is not started."""
    return create_app(ServeSettings(database=f"sqlite:///{tmp_path / 'sessions.db'}", threads=1))


@pytest.fixture
def client(app: Any) -> Iterator[Client]:
    """Returns a client of the service in this process."""
    with ExitStack() as stack:
        inner = stack.enter_context(TestClient(app, base_url="http://127.0.0.1:8000"))

        def send(request: httpx.Request) -> httpx.Response:
            answer = inner.request(
                request.method, str(request.url), content=request.read(), headers=dict(request.headers.items())
            )
            headers = [(name, value) for name, value in answer.headers.items() if name != "content-length"]
            return httpx.Response(answer.status_code, headers=headers, content=answer.content)

        yield stack.enter_context(Client(transport=httpx.MockTransport(send)))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Keeps waits from taking time; returns those that were asked for."""
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: asked.append(seconds) if seconds else None)
    return asked


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[Client, list[httpx.Request]]]]:
    """Returns a function from answers to a client that gets them one after another, and the requests that it sent."""
    with ExitStack() as stack:

        def build(*answers: httpx.Response | Exception, **options: Any) -> tuple[Client, list[httpx.Request]]:
            waiting, seen = list(answers), []

            def send(request: httpx.Request) -> httpx.Response:
                seen.append(request)
                answer = waiting.pop(0)
                if isinstance(answer, Exception):
                    raise answer
                return answer

            return stack.enter_context(Client(transport=httpx.MockTransport(send), **options)), seen

        yield build
