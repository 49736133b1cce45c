"""Numbers of turns behind names, as in transcripts of therapies: `T1:`, `C1:`, `T2:`, `C2:` are two people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from instructerc.formats.plain.line import BOLD, COLON, ChatLine

_NUMBERED = re.compile(r"(?P<name>[^\W\d_]{1,15})[ .-]?(?P<number>[1-9]\d{0,3})")
_FEWEST = 6


def cut_turn_numbers(lines: Sequence[ChatLine]) -> frozenset[int]:
    """Cuts the numbers behind names where all are those of turns, and returns the numbers of their lines.

    They are where each of two to four people counts from one and nobody gets ahead; in a group, `M1` and `F2` come
    again.
    """
    named = [line for line in lines if line.style in (COLON, BOLD)]
    if len(named) < _FEWEST:
        return frozenset()
    found: list[re.Match[str]] = []
    counts: Counter[str] = Counter()
    for line in named:
        one = _NUMBERED.fullmatch(line.name)
        if one is None or int(one["number"]) != counts[one["name"]] + 1:
            return frozenset()
        found.append(one)
        counts[one["name"]] += 1
        if len(counts) > 1 and counts[one["name"]] > min(counts.values()) + 1:
            return frozenset()
    if not 1 < len(counts) < 5 or min(counts.values()) < 3:
        return frozenset()
    for line, one in zip(named, found, strict=True):
        line.name = one["name"]
    return frozenset(line.number for line in named)
