"""Parts of FastAPI and Starlette that they do not document."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute


def lifespan_of(app: FastAPI) -> AbstractAsyncContextManager[Any]:
    """Returns what starts an application and ends it, for a server that does not do it itself."""
    return app.router.lifespan_context(app)


def takes_body(route: APIRoute) -> bool:
    """Returns whether a route has a parameter that the framework reads from a JSON body."""
    return route.body_field is not None
