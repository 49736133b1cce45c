"""The OpenAPI document as a page for people: made without a script, so that it works offline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

STYLE = Path(__file__).with_name("api_page.css")
_JSON = "application/json"
# OpenAPI has no words for a WebSocket.
_SOCKET = (
    "<h2 id='websocket'>websocket</h2><section><h3><code>/v1/sessions/{session}/stream</code></h3><p>It takes turns as "
    "text messages and sends every turn of the session as it is accepted, scored and corrected.</p>"
    "<pre tabindex='0'>%s</pre></section>"
)
_TURN = {"speaker": "Ann", "text": "We won!", "key": "msg-1"}


def render_api_page(document: dict[str, Any]) -> str:
    """Returns a whole page about an API.

    Args:
        document: as OpenAPI 3.1 describes it.
    """
    info, schemas = document["info"], document["components"]["schemas"]
    tags: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = next(iter(operation.get("tags", ["other"])))
            tags.setdefault(tag, []).append(_operation(method, path, operation, schemas))
    links = "".join(f"<a href='#{escape(tag)}'>{escape(tag)}</a>" for tag in (*tags, "websocket", "schemas"))
    sections = "".join(f"<h2 id='{escape(tag)}'>{escape(tag)}</h2>{''.join(found)}" for tag, found in tags.items())
    types = "".join(_schema(name, schema) for name, schema in sorted(schemas.items()))
    keys = "".join(escape(one["description"]) for one in document["components"].get("securitySchemes", {}).values())
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(info['title'])} {escape(info['version'])}: API</title>"
        "<link rel='stylesheet' href='/docs/style.css'></head><body>"
        f"<header><h1>{escape(info['title'])} {escape(info['version'])}: API</h1><p>{escape(info.get('summary', ''))} "
        f"For programs: <a href='/v1/openapi.json'>openapi.json</a>.</p><p>{_marked(keys)}</p>"
        f"<nav aria-label='Sections'>{links}</nav></header>"
        f"<main>{sections}{_SOCKET % escape(json.dumps(_TURN))}"
        f"<h2 id='schemas'>schemas</h2>{types}</main></body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    scopes = [scope for choice in operation.get("security", ()) for found in choice.values() for scope in found]
    needs = f"<span class='scope'>scope {escape(', '.join(scopes))}</span>" if scopes else ""
    name = escape(operation["operationId"])
    answers = [
        f"<li><b>{status}</b> {_content(response) or escape(response.get('description', ''))}</li>"
        for status, response in operation["responses"].items()
        if status.startswith("2")
    ]
    refusals = ", ".join(status for status in operation["responses"] if not status.startswith("2"))
    return (
        f"<section id='{name}' aria-labelledby='{name}-title'><h3 id='{name}-title'>"
        f"<span class='method {method}'>{method.upper()}</span> <code>{escape(path)}</code> {needs}</h3>"
        f"<p>{_marked(escape(operation.get('description') or operation.get('summary', '')))}</p>"
        f"{_parameters(operation)}{_body(method, path, operation, schemas)}"
        f"<h4>Answers</h4><ul>{''.join(answers)}</ul>"
        f"<p class='small'>A refusal ({refusals}) is a {_link('Problem')}.</p></section>"
    )


def _parameters(operation: dict[str, Any]) -> str:
    found = operation.get("parameters", [])
    if not found:
        return ""
    rows = [
        (one["name"], one["in"], _type(one["schema"]), one.get("description") or one["schema"].get("description", ""))
        for one in found
    ]
    return "<h4>Parameters</h4>" + _table(("name", "in", "type", "what"), rows)


def _body(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return ""
    [(kind, found)] = content.items()
    schema = found["schema"]
    named = schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
    shown = f"<h4>Body</h4><p>{_type(schema)} as <code>{escape(kind)}</code></p>"
    url = f"http://127.0.0.1:8000{path}"
    for example in named.get("examples", ()):
        text = json.dumps(example, ensure_ascii=False, indent=2)
        shown += f"<pre tabindex='0'>curl -X {method.upper()} {escape(url)} --json '{escape(text)}'</pre>"
    return shown


def _content(response: dict[str, Any]) -> str:
    found = [
        _type(content["schema"]) if kind == _JSON else f"<code>{escape(kind)}</code>"
        for kind, content in response.get("content", {}).items()
    ]
    return " or ".join(found)


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (field, _type(about), "required" if field in required else "", about.get("description", ""))
        for field, about in schema.get("properties", {}).items()
    ]
    table = _table(("field", "type", "", "what"), rows) if rows else ""
    about = _marked(escape(schema.get("description", "")))
    return f"<section id='schema-{escape(name)}'><h3><code>{escape(name)}</code></h3><p>{about}</p>{table}</section>"


def _type(schema: dict[str, Any]) -> str:
    """Returns what a value is, in words, with links to the schemas that it names."""
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(map(_type, choices)))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"list{_bounds(schema, 'minItems', 'maxItems')} of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"names with {_type(schema['additionalProperties'])}"
    kind = escape(schema.get("format", kind))
    return kind + (_bounds(schema, "minLength", "maxLength", " characters") or _bounds(schema, "minimum", "maximum"))


def _bounds(schema: dict[str, Any], low: str, high: str, unit: str = "") -> str:
    least, most = schema.get(low), schema.get(high)
    if most is None:
        return "" if least is None else f" (from {least:,}{unit})"
    return f" (to {most:,}{unit})" if least is None else f" ({least:,} to {most:,}{unit})"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th scope='col'>{name}</th>" if name else "<td></td>" for name in heads)
    return f"<div class='wide' tabindex='0'><table><tr>{head}</tr>{''.join(_rows(rows))}</table></div>"


def _rows(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for name, *middle, about in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in middle)
        yield f"<tr><th scope='row'><code>{escape(name)}</code></th>{cells}<td>{_marked(escape(about))}</td></tr>"


def _link(name: str) -> str:
    return f"<a href='#schema-{escape(name)}'>{escape(name)}</a>"


def _marked(text: str) -> str:
    """Returns escaped text with what stands between backticks as code."""
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
