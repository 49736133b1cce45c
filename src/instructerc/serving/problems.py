"""Why a request is refused, as every answer says it: a code for programs, a sentence for people."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from instructerc.errors import InputError, InstructERCError, LabelError
from instructerc.serving.engine import DeadlineExceeded, QueueFull
from instructerc.serving.store import Conflict, NotFound

_log = logging.getLogger("instructerc.serving")
_SHOWN = 20


class Refused(Exception):
    """A request that is not served.

    Attributes:
        status: HTTP status.
        code: for programs.
        detail: for people.
        headers: of the answer.
    """

    def __init__(self, status: int, code: str, detail: str, *, close: bool = False, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if close:
            # What is still to come of the body is not read.
            self.headers["Connection"] = "close"


def as_refused(error: Exception) -> Refused | None:
    """Returns how an error is told to who asked; None for a fault of the service."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, QueueFull):
        seconds = max(1, math.ceil(error.retry_after_s))
        return Refused(429, "queue_full", str(error), Retry_After=str(seconds))
    if isinstance(error, DeadlineExceeded):
        return Refused(408, "deadline", str(error))
    if isinstance(error, NotFound):
        return Refused(404, "not_found", str(error))
    if isinstance(error, Conflict):
        return Refused(409, "conflict", str(error))
    if isinstance(error, LabelError):
        return Refused(422, "label", str(error))
    if isinstance(error, InputError):
        return Refused(422, "input", str(error))
    if isinstance(error, InstructERCError):
        return Refused(422, "refused", str(error))
    return None


def validation_errors(error: RequestValidationError | Any) -> list[dict[str, str]]:
    """Returns where a request is wrong, and how; never what it held, which may be long or private."""
    return [
        {"where": ".".join(map(str, item["loc"]))[:200], "what": str(item["msg"])[:300]}
        for item in error.errors()[:_SHOWN]
    ]


def add_handlers(app: FastAPI) -> None:
    """Makes every refusal an answer of the same form."""

    async def refuse(_: Request, error: Exception) -> JSONResponse:
        refused = as_refused(error)
        assert refused is not None
        body = {"code": refused.code, "detail": refused.detail}
        return JSONResponse(body, refused.status, headers=refused.headers)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        errors = validation_errors(error)
        first = f"{errors[0]['where']}: {errors[0]['what']}" if errors else "the request is not understood"
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        return JSONResponse({"code": "invalid", "detail": first + more, "errors": errors}, 422)

    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        names = {404: "not_found", 405: "method", 413: "too_large"}
        body = {"code": names.get(error.status_code, "refused"), "detail": str(error.detail)}
        return JSONResponse(body, error.status_code, headers=error.headers)

    async def fault(request: Request, error: Exception) -> JSONResponse:
        if request.app.state.settings.log_texts:
            _log.exception("%s %s", request.method, request.url.path)
        else:
            # A traceback's last line may hold what somebody wrote.
            _log.error("%s %s: %s", request.method, request.url.path, type(error).__name__)
        return JSONResponse({"code": "fault", "detail": "the service failed; its log says more"}, 500)

    handlers: dict[Any, Callable[[Request, Exception], Awaitable[JSONResponse]]] = {
        RequestValidationError: invalid,
        HTTPException: http,
        Exception: fault,
    }
    for kind in (Refused, QueueFull, DeadlineExceeded, NotFound, Conflict, InstructERCError):
        handlers[kind] = refuse
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
