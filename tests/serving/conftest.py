"""The service on the embedded model, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from starlette.testclient import TestClient

from instructerc.serving.app import create_app
from instructerc.serving.settings import ServeSettings

Serve = Callable[..., TestClient]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
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
