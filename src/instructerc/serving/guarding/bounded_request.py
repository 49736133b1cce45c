"""Bodies within bounds: their size, how long they may take to come, and their encoding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from instructerc.compat.fastapi_app import takes_body
from instructerc.serving.contract.json_text import parse_json
from instructerc.serving.contract.refusals import Refused
from instructerc.serving.guarding.security import bearer
from instructerc.serving.services import services_of

# Of a body that is too large this much more is taken and dropped: a client that still sends would not see the answer.
_DROPPED = 4
_DROP_S = 2.0
_UNREAD = object()

T = TypeVar("T")


class BoundedRequest(Request):
    """A request whose body is read within the service's bounds."""

    n_held = 0
    _taken: bytes | None = None
    _read_as_json: Any = _UNREAD

    async def body(self) -> bytes:
        """Returns the body.

        Raises:
            Refused: it is too large, too slow, or compressed.
        """
        if self._taken is None:
            settings = services_of(self).settings
            if self.headers.get("content-encoding", "identity").lower() != "identity":
                raise Refused(
                    415, "compressed", "compressed bodies are not supported; send it uncompressed", close=True
                )
            try:
                async with asyncio.timeout(settings.body_timeout_s):
                    self._taken = await self._read(settings.max_body_bytes)
            except TimeoutError:
                slow = f"the body did not arrive within {settings.body_timeout_s:g} s"
                raise Refused(408, "too_slow", slow, close=True) from None
        return self._taken

    async def json(self) -> Any:
        """Returns the body as JSON.

        Raises:
            Refused: it is no UTF-8, or `parse_json` does not take it.
        """
        if self._read_as_json is _UNREAD:
            try:
                text = (await self.body()).decode("utf-8")
            except UnicodeDecodeError as error:
                raise Refused(400, "not_utf8", f"the body is not UTF-8 at byte {error.start}") from None
            self._read_as_json = parse_json(text)
        return self._read_as_json

    async def read_json(self) -> None:
        """Reads the body here: what is refused while a handler reads it would be told as something else.

        Raises:
            Refused: it is no JSON, or not said to be.
        """
        if await self.body():
            kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
                raise Refused(415, "content_type", "give the body as JSON, with Content-Type: application/json")
            await self.json()

    async def _read(self, limit: int) -> bytes:
        announced = self.headers.get("content-length", "0")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
            # Who asks first whether to go on does not send it.
            if self.headers.get("expect", "").lower() != "100-continue":
                await self._drop(limit * _DROPPED)
            raise _too_large(limit)
        bodies = services_of(self).bodies
        parts = []
        async for part in self.stream():
            if self.n_held + len(part) > limit:
                await self._drop(limit * _DROPPED)
                raise _too_large(limit)
            bodies.take(len(part))
            self.n_held += len(part)
            parts.append(part)
        return b"".join(parts)

    async def _drop(self, at_most: int) -> None:
        with suppress(TimeoutError, ClientDisconnect):
            async with asyncio.timeout(_DROP_S):
                while at_most > 0:
                    message = await self.receive()
                    at_most -= len(message.get("body", b""))
                    if not message.get("more_body"):
                        return


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Returns what work returns; where its sender goes away before, it is given up.

    Raises:
        ClientDisconnect: nobody waits for it any more.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_leave(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _leave(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class BoundedRoute(APIRoute):
    """A route whose requests are bounded."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Returns a handler that sees a `BoundedRequest`."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            inner = BoundedRequest(request.scope, request.receive)
            services = services_of(request)
            # Before anything is read of what a stranger sends.
            await services.gate.identify(bearer(request.headers))
            try:
                if takes_body(self):
                    await inner.read_json()
                return await handle(inner)
            finally:
                services.bodies.give_back(inner.n_held)

        return bounded


def _too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"the body is larger than {limit:,} bytes; send less at once", close=True)
