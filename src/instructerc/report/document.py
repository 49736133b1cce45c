"""One HTML file that needs nothing else: style, script and data are in it, and it may ask for nothing."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from instructerc.leaderboard.site.markup import Markup, tag

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def render_document(title: str, body: Markup, *, style: str = "", script: str = "", data: Any = None) -> str:
    """Returns a whole document.

    Args:
        title: of the window.
        body: what stands in it.
        style: CSS beside the one that all reports have.
        script: JavaScript beside the one that all reports have; it finds `data` by `reportData()`.
        data: what JSON can hold.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(read_asset("assets/report.css") + style)),
    )
    # No text can end the element that it stands in.
    held = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = [tag("script", Markup(held), type="application/json", id="data")] if data is not None else []
    scripts = tag("script", Markup(read_asset("assets/report.js") + script))
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    theme = tag("button", "Dark", type="button", class_="theme", id="theme", hidden=True)
    whole = tag("html", head, tag("body", skip, theme, body, *parts, scripts), lang="en")
    return f"<!doctype html>\n{whole}\n"


def read_asset(path: str) -> str:
    """Returns a file of this room, such as `assets/report.css`."""
    found = resources.files("instructerc.report")
    for part in path.split("/"):
        found = found / part
    return found.read_text(encoding="utf-8")
