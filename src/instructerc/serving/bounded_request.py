"""Bodies within bounds: their size, how long they may take to come, how deep they are nested, and their encoding."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from instructerc.serving.problems import Refused
from instructerc.serving.settings import ServeSettings

MAX_DEPTH = 32
_LONGEST_NUMBER = 40
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class BoundedRequest(Request):
    """A request whose body is read within the service's bounds."""

    async def body(self) -> bytes:
        """Returns the body.

        Raises:
            Refused: it is too large, too slow, or compressed.
        """
        if not hasattr(self, "_body"):
            settings: ServeSettings = self.app.state.settings
            if self.headers.get("content-encoding", "identity").lower() != "identity":
                raise Refused(415, "compressed", "a compressed body is not read; send it as it is")
            try:
                self._body = await asyncio.wait_for(self._read(settings.max_body_bytes), settings.body_timeout_s)
            except TimeoutError:
                slow = f"the body did not come within {settings.body_timeout_s:g} s"
                raise Refused(408, "too_slow", slow, close=True) from None
        return self._body

    async def json(self) -> Any:
        """Returns the body as JSON.

        Raises:
            Refused: it is no JSON, no UTF-8, nested too deeply, or has numbers that no field could hold.
        """
        if not hasattr(self, "_json"):
            try:
                text = (await self.body()).decode("utf-8")
            except UnicodeDecodeError as error:
                raise Refused(400, "not_utf8", f"the body is not UTF-8 at byte {error.start}") from None
            _check_depth(text)
            try:
                self._json = json.loads(
                    text, parse_constant=_refuse_constant, parse_int=_parse_int, parse_float=_parse_float
                )
            except (ValueError, RecursionError) as error:
                raise Refused(400, "not_json", f"the body is not JSON: {str(error)[:200]}") from None
        return self._json

    async def _read(self, limit: int) -> bytes:
        announced = self.headers.get("content-length", "0")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > limit:
            raise _too_large(limit)
        parts, size = [], 0
        async for part in self.stream():
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
        return b"".join(parts)


class BoundedRoute(APIRoute):
    """A route whose requests are bounded."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Returns a handler that sees a `BoundedRequest`."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            return await handle(BoundedRequest(request.scope, request.receive))

        return bounded


def _too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"the body is larger than {limit:,} bytes; send less at once", close=True)


def _check_depth(text: str) -> None:
    """Raises Refused for JSON that is nested too deeply, before a parser goes down into it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for letter in _STRINGS.sub("", text):
        if letter in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Refused(400, "too_deep", f"the JSON is nested more than {MAX_DEPTH} levels deep")
        elif letter in "]}":
            depth -= 1


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _parse_int(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _parse_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number that is too large")
    return value
