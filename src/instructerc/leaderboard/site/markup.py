"""HTML from Python: text is escaped unless it is markup already."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"
_EMPTY = frozenset({"meta", "link", "input", "br", "path", "line", "rect", "circle", "polyline"})


def tag(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """Returns an element.

    Args:
        name: of the element.
        children: text, markup, or lists of these; None is left out.
        attributes: by name, where `class_` is `class` and `data_x` is `data-x`; None and False are left out, True
            has no value.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    if name in _EMPTY:
        return Markup(f"<{name}{written}>" if name in ("meta", "link", "input", "br") else f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Returns children one after another."""
    return Markup("".join(_written(child) for child in children))


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return escape(child, quote=False)
    return "".join(map(_written, child))


def _attribute(name: str, value: str | int | float | bool | None) -> str:
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
