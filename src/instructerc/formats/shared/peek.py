"""What a file begins with, looked at once for all forms that could explain it; nothing of it is used up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

MAX_DOCUMENT = 256 * 1024 * 1024

_MOST_LINES = 2000
_MOST_ROWS = 50
_DEEPEST = 60
# A string that is closed, one that is cut off, or a sign that opens, parts or closes.
_JSON_SIGNS = re.compile(r'"(?:[^"\\]|\\.)*+"|"|[\[\]{},]', re.DOTALL)
# Behind a brace a key, with its quotes or, by mistake, without; not the words and numbers that other forms have there.
_OBJECT = re.compile(r"""\{\s*(?:["'}]|[^\W\d]\w*\s*:(?!\w+\})|$)""")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


class Ahead(Protocol):
    """Lines that can be looked at before they are read."""

    def ahead(self) -> Iterator[str]:
        """Yields the lines from the first on, those that are wrong left out; all are read again later."""
        ...


class Peek:
    """The beginning of a file, as lines and as JSON.

    Args:
        head: its first 64 kB as text.
        whole: whether that is all of it.
        ahead: its lines, for a JSON document that is longer.
    """

    def __init__(self, head: str, whole: bool, ahead: Ahead) -> None:
        self.head = head
        self.whole = whole
        self._ahead = ahead

    @cached_property
    def lines(self) -> list[str]:
        """The lines that are not blank, without their ends; the last one of a head that ends within it is left out."""
        found = _LINE_ENDS.split(self.head)
        if not self.whole and len(found) > 1:
            del found[-1]
        return [line for line in found if line.strip()][:_MOST_LINES]

    @cached_property
    def begins_like_json(self) -> bool:
        """Whether the first sign is that of an object, or of a list of objects or lists."""
        start = self.head.lstrip()
        if start.startswith("["):
            start = start[1:].lstrip()
            if start.startswith(("[", "]")):
                return True
        return _OBJECT.match(start) is not None

    @cached_property
    def document(self) -> Any:
        """The file as one JSON document; None where it is none, or has one document a line.

        Of one that is damaged, what its head has; reading it says what is wrong.
        """
        return self._json[0]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The first objects of a file with a JSON object a line, one line being enough; else nothing."""
        return self._json[1]

    @property
    def has_document(self) -> bool:
        """Whether `document` was looked at, and is the file, all of it."""
        return "_json" in self.__dict__ and self._json[2]

    @cached_property
    def _json(self) -> tuple[Any, list[dict[str, Any]], bool]:
        if not self.begins_like_json:
            return None, [], False
        first, more = "", False
        for line in self._ahead.ahead():
            if first and line.strip():
                more = True
                break
            first = first or (line if line.strip() else "")
        # A first line that is too long is not among those ahead: what follows it is then not all of the file.
        more = more or not first.lstrip("\ufeff \t").startswith(next(iter(self.lines), "").lstrip("\ufeff \t")[:80])
        parsed = _parse(first)
        if more and (parsed is not None or _looks_like_row(first)):
            rows = [_parse(line) for line in self.lines[:_MOST_ROWS]] if self.lines else [parsed]
            return None, [row for row in [*rows, *([parsed] if rows == [None] else [])] if isinstance(row, dict)], False
        if not more and parsed is not None:
            return parsed, [parsed] if isinstance(parsed, dict) else [], True
        whole = self._read_document()
        return (_parse_beginning(self.head), [], False) if whole is None else (whole, [], True)

    def _read_document(self) -> Any:
        size, parts = 0, []
        for line in self._ahead.ahead():
            size += len(line)
            if size > MAX_DOCUMENT:
                return None
            parts.append(line)
        return _parse("".join(parts))


def _looks_like_row(line: str) -> bool:
    """Returns whether a line that is no JSON was meant as an object by itself."""
    text = line.strip()
    return text.startswith("{") and text.endswith("}") and len(text) > 2


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _parse_beginning(head: str) -> Any:
    """Returns what the beginning of a document holds: what is open at its last whole value is closed there."""
    open_ends: list[str] = []
    safe, closing = 0, ""
    for sign in _JSON_SIGNS.finditer(head):
        mark = sign[0]
        if mark in "[{":
            open_ends.append("]" if mark == "[" else "}")
            safe, closing = sign.end(), "".join(reversed(open_ends))
        elif mark in "]}":
            if not open_ends or open_ends.pop() != mark:
                break
            safe, closing = sign.end(), "".join(reversed(open_ends))
        elif mark == ",":
            safe, closing = sign.start(), "".join(reversed(open_ends))
        elif mark == '"':
            break
        if len(open_ends) > _DEEPEST:
            break
    return _parse(head[:safe] + closing)
