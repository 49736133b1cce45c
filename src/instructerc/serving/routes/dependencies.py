"""What routes get by being asked for: the services, and a caller who may do what the route does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from instructerc.serving.guarding.security import bearer
from instructerc.serving.keeping.keys import Caller
from instructerc.serving.services import Services, services_of


# A coroutine, since the framework gives a plain function a thread for each request.
async def _services(connection: HTTPConnection) -> Services:
    return services_of(connection)


# For the document; who asks is found out by the gate, for streams too.
_KEY = HTTPBearer(
    scheme_name="key",
    description="A key of `instructerc keys create`. A service on 127.0.0.1 needs none unless it was started with "
    "`--require-keys`.",
    auto_error=False,
)

Served = Annotated[Services, Depends(_services)]


def address_of(request: Request) -> str:
    """Returns the address that a request came from; empty where there is none."""
    return request.client.host if request.client else ""


def _needs(scope: str) -> Callable[[Request, Served, object], Awaitable[Caller]]:
    """Returns a dependency that gives the caller, who has a scope and asks not too often."""

    async def caller(request: Request, services: Served, _: Annotated[object, Security(_KEY)]) -> Caller:
        gate = services.gate
        found = await gate.identify(bearer(request.headers))
        gate.check(found, scope)
        gate.count(found, address_of(request))
        return found

    return caller


Reads = Annotated[Caller, Security(_needs("read"), scopes=["read"])]
Writes = Annotated[Caller, Security(_needs("write"), scopes=["write"])]
Administers = Annotated[Caller, Security(_needs("admin"), scopes=["admin"])]
