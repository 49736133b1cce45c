"""JSON from others: refused before it costs much, where it is deep, crowded, ambiguous, or holds no usable numbers."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from instructerc.serving.contract.refusals import WrongJson

MAX_DEPTH = 32
# The largest request that is taken, 5,000 turns with their times, has 30,000.
MAX_PARTS = 60_000
_LONGEST_NUMBER = 40
# Without going back: a text of quotes alone would take quadratic time. A string that is never closed goes to the end.
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = re.compile(r"[^][{}]+")


def parse_json(text: str) -> Any:
    """Returns the value of a JSON text.

    Raises:
        WrongJson: no JSON, nested more than 32 levels deep or in more than 60,000 parts, a name twice in one object, or
            a number that no field could hold.
    """
    _check_shape(text)
    try:
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_parse_int,
            parse_float=_parse_float,
            object_pairs_hook=_to_object,
        )
    except (ValueError, RecursionError) as error:
        raise WrongJson("not_json", f"the text is not JSON: {str(error)[:200]}") from None


def _check_shape(text: str) -> None:
    """Checks depth and number of parts before a parser goes down into them."""
    if text.count("[") + text.count("{") <= MAX_DEPTH and text.count(",") <= MAX_PARTS:
        return
    bare = _STRINGS.sub("", text)
    if bare.count(",") + bare.count("[") + bare.count("{") > MAX_PARTS:
        raise WrongJson("too_many_parts", f"the JSON has more than {MAX_PARTS:,} parts; send less at once")
    depth = 0
    for letter in _NOT_BRACKETS.sub("", bare):
        depth += 1 if letter in "[{" else -1
        if depth > MAX_DEPTH:
            raise WrongJson("too_deep", f"the JSON is nested more than {MAX_DEPTH} levels deep")


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Which of the two is meant, no two programs agree on.
        raise ValueError("an object has a name twice")
    return found


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
