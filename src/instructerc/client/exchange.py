"""One call until it has its answer: what an answer means, and when it is worth asking again."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

import httpx
from pydantic import ValidationError

from instructerc.client.call import Call, no_answer
from instructerc.errors import ServiceBusy, ServiceError, Unreachable

T = TypeVar("T")

_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 8.0
# A service that says when to come back says at most a minute, the window of its rates.
_PATIENCE_S = 60.0
_BUSY = 429
# What a proxy says of a service that is not there, as while it restarts.
_NOT_THERE = frozenset({502, 503, 504})


class Retries:
    """How often to ask again, and how long to wait before it.

    Args:
        n: times.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._used = 0

    def wait_s(self, error: ServiceError) -> float:
        """Returns seconds to wait, spread at random, so that many clients do not come back at once.

        Raises:
            ServiceError: `error` itself, when all times are used, or the service asks for too much patience.
        """
        asked = error.retry_after_s if isinstance(error, ServiceBusy) else None
        if self._used >= self._n or (asked is not None and asked > _PATIENCE_S):
            raise error
        self._used += 1
        if asked is not None:
            return asked + random.uniform(0, 0.25 * asked + 0.1)
        return random.uniform(0.5, 1) * min(_LONGEST_WAIT_S, _FIRST_WAIT_S * (1 << (self._used - 1)))

    def reset(self) -> None:
        """Gives all times back: it went well since."""
        self._used = 0


class Exchange(Generic[T]):
    """A call and what came of it.

    Args:
        call: what is asked.
        retries: how often it is asked again.

    Attributes:
        is_done: whether `result` is there.
        result: of the call.
        wait_s: seconds to wait before the next step.
    """

    result: T

    def __init__(self, call: Call[T], retries: Retries) -> None:
        self.is_done = False
        self.wait_s = 0.0
        self._call = call
        self._retries = retries
        self._lost = False

    def take(self, response: httpx.Response) -> None:
        """Takes an answer whose body is there.

        Raises:
            ServiceError: a refusal that asking again would not change, or no answer of a service.
        """
        call, status = self._call, response.status_code
        if response.is_success or status in call.answers:
            self.result = read_answer(call, response.content, status)
            self.is_done, self.wait_s = True, 0.0
        elif call.read is no_answer and status == 404 and self._lost:
            # It was deleted by the request whose answer was lost.
            self.result = call.read(b"")
            self.is_done, self.wait_s = True, 0.0
        else:
            error = refusal(status, response.headers, response.content, response.url.host)
            if not (is_temporary(status) and (status == _BUSY or call.repeatable)):
                raise error
            self._lost |= status != _BUSY
            self.wait_s = self._retries.wait_s(error)

    def fail(self, fault: httpx.RequestError) -> None:
        """Takes a fault of the connection.

        Raises:
            Unreachable: it is not worth asking again, or was asked often enough.
        """
        error = unreachable(fault)
        # What could not connect was not asked; what lost its connection may have been.
        if not isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout):
            if not self._call.repeatable:
                raise error from fault
            self._lost = True
        self.wait_s = self._retries.wait_s(error)


def is_temporary(status: int | None) -> bool:
    """Returns whether a refusal with this status may end by itself, and soon."""
    return status == _BUSY or status in _NOT_THERE


def read_answer(call: Call[T], content: bytes, status: int | None = None) -> T:
    """Returns the result of a call.

    Raises:
        ServiceError: the answer is of another form than a service's.
    """
    try:
        return call.read(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise ServiceError(
            f"{call.method} {call.path}: not an answer from a service of this version ({where}: {first['msg']})",
            status,
            "not_understood",
        ) from None
    except UnicodeDecodeError:
        raise ServiceError(f"{call.path}: the answer is not UTF-8", status, "not_understood") from None


def refusal(status: int, headers: Mapping[str, str], content: bytes, host: str) -> ServiceError:
    """Returns the error that an unsuccessful answer holds."""
    problem = _problem(content)
    elsewhere = f" and leads to {headers['location']}" if "location" in headers else ""
    detail = str(problem.get("detail") or f"{host} refuses{elsewhere}, and is not a service or stands before it")
    code = str(problem.get("code") or "http")
    if is_temporary(status):
        return ServiceBusy(detail, status, code, _seconds(headers.get("retry-after")))
    return ServiceError(detail, status, code)


def unreachable(fault: Exception) -> Unreachable:
    """Returns the error for a fault of a connection."""
    about = str(fault) or type(fault).__name__
    return Unreachable(f"no answer of the service: {about}; is it running, and is the address right?")


def _problem(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(retry_after: str | None) -> float | None:
    """Returns the seconds of a Retry-After header, which is a number or a date."""
    if retry_after is None:
        return None
    try:
        if retry_after.isdecimal():
            return float(retry_after)
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
