"""JSON from others: refused before it costs much, where it is deep, crowded, ambiguous, or holds no usable numbers."""

from __future__ import annotations

import re
from typing import Any

from instructerc.formats.shared.strict_json import build_decoder
from instructerc.serving.contract.refusals import WrongJson

MAX_DEPTH = 32
# The largest request that is taken, 5,000 turns with their times, has 30,000.
MAX_PARTS = 60_000
_DECODER = build_decoder(longest_number=40, finite=True)
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
        return _DECODER.decode(text)
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
