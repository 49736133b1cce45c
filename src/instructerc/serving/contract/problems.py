"""Why a request is refused, as every answer says it: a code for programs, a sentence for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from instructerc.errors import InstructERCError
from instructerc.serving.contract.document import allowed_methods
from instructerc.serving.contract.refusals import FileUnread, Refused

_SHOWN = 20
_DATABASE_S = 5


def as_refused(error: Exception) -> Refused | None:
    """Returns how an error is told to the caller; None for a fault of the service."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, InstructERCError) and error.status is not None:
        return Refused(error.status, error.code, str(error))
    if isinstance(error, OperationalError | PoolTimeout):
        return _database_refused(error)
    return None


def _database_refused(error: OperationalError | PoolTimeout) -> Refused:
    original = getattr(error, "orig", None)
    # SQLite says it in words, PostgreSQL by its code.
    if "disk is full" in str(original) or getattr(original, "sqlstate", None) == "53100":
        return Refused(507, "storage", "the disk of the service is full; nothing was written")
    return Refused(503, "database", "the database does not answer", retry_after_s=_DATABASE_S)


def validation_errors(error: RequestValidationError | ValidationError, sent: object = None) -> list[dict[str, str]]:
    """Returns where a request is wrong, and how; never what it held, which may be long or private.

    Args:
        error: what was found.
        sent: the request, as it came; of a request of HTTP, its error knows it.
    """
    request = {"body": error.body} if isinstance(error, RequestValidationError) else sent
    return [
        {"where": _printable(_place(item, request), 200), "what": _printable(_fault(item["msg"]), 300)}
        for item in error.errors()[:_SHOWN]
    ]


def _place(item: Mapping[str, Any], request: object) -> str:
    """Returns a place as whoever sent the request knows it: without the names of the forms that were tried for it."""
    loc: Sequence[str | int] = item["loc"]
    if loc[:1] and loc[0] in {"query", "path", "header", "cookie"}:
        return ".".join(map(str, loc[:2]))
    parts, value = [], request
    for place, part in enumerate(loc, 1):
        is_missing = place == len(loc) and item["type"] == "missing"
        if isinstance(value, dict) and (part in value or is_missing):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        parts.append(str(part))
    return ".".join(parts)


def _fault(message: object) -> str:
    return str(message).removeprefix("Value error, ")


def _printable(text: str, length: int) -> str:
    # The name of a field may be anything, also what no encoding holds.
    return text[:length].encode("utf-8", "replace").decode()


def answer_refused(refused: Refused) -> JSONResponse:
    """Returns the answer to a request that is not served."""
    columns = refused.columns if isinstance(refused, FileUnread) else None
    return answer_problem(refused.status, refused.code, refused.detail, headers=refused.headers, columns=columns)


def answer_problem(
    status: int,
    code: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    columns: list[str] | None = None,
) -> JSONResponse:
    """Returns an answer of the form that every refusal has."""
    body: dict[str, Any] = {"code": code, "detail": _printable(detail, 1000)}
    if errors is not None:
        body["errors"] = errors
    if columns:
        body["columns"] = columns
    return JSONResponse(body, status, headers=headers)


def add_handlers(app: FastAPI) -> None:
    """Makes every refusal an answer of the same form; faults are the guard's, which is around all else."""

    async def refuse(_: Request, error: Exception) -> JSONResponse:
        refused = as_refused(error)
        assert refused is not None
        return answer_refused(refused)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        errors = validation_errors(error)
        first = f"{errors[0]['where']}: {errors[0]['what']}" if errors else "the request is not valid"
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        return answer_problem(422, "invalid", first + more, errors)

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        names = {404: "not_found", 405: "method", 413: "too_large"}
        headers = dict(error.headers or {})
        if error.status_code == 405 and (methods := allowed_methods(app, request.url.path)):
            headers["Allow"] = ", ".join(methods)
        code = names.get(error.status_code, "refused")
        return answer_problem(error.status_code, code, str(error.detail), headers=headers)

    handlers: dict[Any, Callable[[Request, Exception], Awaitable[JSONResponse]]] = {
        RequestValidationError: invalid,
        HTTPException: http,
    }
    for kind in (InstructERCError, OperationalError, PoolTimeout):
        handlers[kind] = refuse
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
