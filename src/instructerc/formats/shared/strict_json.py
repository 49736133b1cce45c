"""JSON read strictly: what no two programs agree on is refused in place of being guessed."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import Any, NoReturn

from instructerc.formats.shared.reading import show


def build_decoder(longest_number: int, *, finite: bool = False) -> json.JSONDecoder:
    """Returns a decoder that raises `ValueError` for NaN and infinity, long numbers, and a key twice in one object.

    Args:
        longest_number: digits that a whole number may have; reading takes quadratic time of them.
        finite: refuse numbers that are too large for a float, too, in place of giving infinity.
    """
    return json.JSONDecoder(
        parse_constant=_refuse_constant,
        parse_int=partial(_parse_int, longest_number),
        parse_float=_parse_finite if finite else None,
        object_pairs_hook=_unique_keys,
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _parse_int(longest: int, digits: str) -> int:
    if len(digits) > longest:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _parse_finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number that is too large")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"key {show(twice)} occurs twice in one object")
    return row
