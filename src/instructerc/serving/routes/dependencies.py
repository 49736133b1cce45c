"""What routes get by being asked for: the services, and a caller who may do what the route does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from instructerc.serving.guarding.security import bearer
from instructerc.serving.keeping.keys import Caller
from instructerc.serving.services import Services, services_of

Served = Annotated[Services, Depends(services_of)]


def _needs(scope: str) -> Callable[[Request, Served], Awaitable[Caller]]:
    """Returns a dependency that gives the caller, who has a scope and asks not too often."""

    async def caller(request: Request, services: Served) -> Caller:
        gate = services.gate
        found = await gate.identify(bearer(request.headers))
        gate.check(found, scope)
        gate.count(found, request.client.host if request.client else "")
        return found

    return caller


Reads = Annotated[Caller, Depends(_needs("read"))]
Writes = Annotated[Caller, Depends(_needs("write"))]
Administers = Annotated[Caller, Depends(_needs("admin"))]
