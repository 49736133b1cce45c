"""A PostgreSQL server for tests, and an empty database on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgresql_server import PostgresqlServer, find_programs, run_postgresql
from sqlalchemy import text

from instructerc.serving.keeping.database import open_database


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    """A running server; skips where PostgreSQL or its driver is not installed."""
    pytest.importorskip("psycopg", reason="the extra postgresql is not installed")
    programs = find_programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL server: initdb is not found")
    with run_postgresql(programs) as running:
        yield running


@pytest.fixture
def url(server: PostgresqlServer) -> str:
    """The address of an empty database."""
    engine = open_database(server.url)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE sessions, turns, api_keys"))
    engine.dispose()
    return server.url
