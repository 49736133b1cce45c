"""Lists and objects that stand in a cell as text: JSON, Python, and what NumPy and pandas write of lists."""

from __future__ import annotations

import json
import re
from typing import Any

_DEEPEST = 30
_LONGEST = 4 << 20
_TOKEN = re.compile(
    r"""\s*(?:(?P<open>[\[({])|(?P<close>[\])}])|(?P<part>[,:])
    |(?P<text>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')|(?P<word>[^\s\[\](){},:"']+))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|\r\n|.)", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\n": "", "\r\n": ""}
_WORDS: dict[str, Any] = {"None": None, "null": None, "nan": None, "NaN": None}
_WORDS |= {"True": True, "true": True, "False": False, "false": False}
_PAIRS = {"]": "[", ")": "(", "}": "{"}


def parse_literal(text: str) -> Any:
    """Returns the list or object that a text is; None of every other text.

    NumPy writes no commas between the items of an array: `['Hi' 'Ho']` are two of them.
    """
    if len(text) > _LONGEST or not text.lstrip().startswith(("[", "{", "(", "array(")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found = _parse(text)
        except ValueError:
            return None
    return found if isinstance(found, list | dict) else None


def _parse(text: str) -> Any:
    """Returns the value of a Python literal.

    Raises:
        ValueError: it is none.
    """
    # Each open bracket, and what stands in it; the outermost holds the whole.
    stack: list[tuple[str, list[Any]]] = [("", [])]
    text, place = text.strip(), 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ValueError("no literal")
        place = token.end()
        if token["open"]:
            stack.append((token["open"], []))
            if len(stack) > _DEEPEST:
                raise ValueError("nested too deeply")
        elif token["close"]:
            opened, items = stack.pop()
            if not stack or opened != _PAIRS[token["close"]]:
                raise ValueError("brackets do not match")
            stack[-1][1].append(_closed(opened, items))
        elif token["part"] == ":":
            stack[-1][1].append(_COLON)
        elif token["text"]:
            stack[-1][1].append(_ESCAPE.sub(_unescaped, token["text"][1:-1]))
        elif token["word"] and not token["word"].startswith(("array", "dtype")):
            stack[-1][1].append(_word(token["word"]))
    if len(stack) != 1 or len(stack[0][1]) != 1:
        raise ValueError("not one literal")
    return stack[0][1][0]


_COLON = object()


def _closed(opened: str, items: list[Any]) -> Any:
    """Returns the value of a bracket that is closed; an array's is the list within."""
    if opened == "{":
        if len(items) % 3 or any(one is not _COLON for one in items[1::3]):
            raise ValueError("no object")
        if not all(isinstance(one, str) for one in items[::3]):
            raise ValueError("keys are no texts")
        pairs = dict(zip(items[::3], items[2::3], strict=True))
        if any(value is _COLON for value in pairs.values()):
            raise ValueError("no object")
        return pairs
    if any(one is _COLON for one in items):
        raise ValueError("a colon in a list")
    return items[0] if opened == "(" and len(items) == 1 else items


def _word(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    try:
        return int(word)
    except ValueError:
        return float(word)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _SIGNS.get(code, code if code in "'\"\\" else found[0])
