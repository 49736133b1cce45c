"""The OpenAPI document, made true where the framework guesses: which kinds of content an answer has."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from instructerc.serving.keeping.export import MEDIA_TYPES

_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_TEXT = {"schema": {"type": "string"}}
_CONTENTS: dict[str, dict[str, Any]] = {
    "/v1/sessions/{session}/export": {f"{kind}; charset=utf-8": _TEXT for kind in MEDIA_TYPES.values()},
    "/v1/sessions/{session}/events": {"text/event-stream": _TEXT},
    "/metrics": {"text/plain; version=0.0.4; charset=utf-8": _TEXT},
}


def describe_api(app: FastAPI, needs_keys: bool) -> dict[str, Any]:
    """Returns the document of an application, which it keeps from then on.

    A refusal is JSON whatever the answer would have been; a file has one of several kinds of content; where no key is
    needed, one may be sent all the same.
    """
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes, openapi_version="3.1.0"
        )
        for path, operations in document["paths"].items():
            for operation in operations.values():
                if not needs_keys and "security" in operation:
                    operation["security"].append({})
                for status, response in operation["responses"].items():
                    if status.startswith("2"):
                        response.update({"content": _CONTENTS[path]} if path in _CONTENTS else {})
                    elif (path, status) != ("/readyz", "503"):
                        response["content"] = _PROBLEM
        app.openapi_schema = document
    return app.openapi_schema


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Returns the methods that a path has; of those whose operations are several routes, the framework tells one."""
    found = {"GET"} if path in {"/", "/docs", "/docs/style.css", app.openapi_url} else set()
    for template, operations in app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            found |= {method.upper() for method in operations}
    return sorted(found)
