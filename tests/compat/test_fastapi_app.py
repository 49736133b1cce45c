"""Canaries: what is used of FastAPI and Starlette beyond their documentation is still there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from fastapi import FastAPI, Request
from pydantic import BaseModel

from instructerc.compat.fastapi_app import lifespan_of, takes_body


class Said(BaseModel):
    text: str


def test_an_application_is_started_and_ended_from_outside():
    done = []

    @asynccontextmanager
    async def life(_):
        done.append("begun")
        yield
        done.append("ended")

    async def work():
        async with lifespan_of(FastAPI(lifespan=life)):
            done.append("open")

    asyncio.run(work())
    assert done == ["begun", "open", "ended"]


def test_a_route_says_whether_it_takes_a_body():
    app = FastAPI(openapi_url=None)

    @app.post("/with")
    async def take(said: Said) -> None: ...

    @app.post("/without")
    async def leave(request: Request) -> None: ...

    assert {route.path: takes_body(route) for route in app.routes if hasattr(route, "body_field")} == {
        "/with": True,
        "/without": False,
    }
