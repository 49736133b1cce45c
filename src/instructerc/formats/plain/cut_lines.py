"""What stands before all lines of a plain text and is not said: their numbers, those of cues, signs of a quotation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from instructerc.formats.plain.line import are_numbered, without_number

_QUOTED = re.compile(r"\s*>(?!>)[ \t]?")
_SHARE_QUOTED = 0.9
_FEWEST_CUES = 3
# As many lines a cue has at most, on average.
_LONGEST_CUE = 8


def line_cutter(raw_lines: Sequence[str]) -> Callable[[str], str] | None:
    """Returns what takes from each line, in the file's order, what nobody says; None where there is nothing.

    Args:
        raw_lines: those at the beginning of the file that are not blank.
    """
    if are_numbered(raw_lines):
        return without_number
    if _have_cue_numbers(raw_lines):
        return _CueNumbers(int(raw_lines[0])).cut
    n_quoted = sum(_QUOTED.match(raw) is not None for raw in raw_lines)
    if n_quoted > 1 and n_quoted >= _SHARE_QUOTED * len(raw_lines):
        return lambda raw: _QUOTED.sub("", raw, count=1)
    return None


class _CueNumbers:
    """Numbers that stand on lines of their own above what is said, and rise by one."""

    def __init__(self, first: int) -> None:
        self._next = first

    def cut(self, raw: str) -> str:
        """Returns a line, without text where it is the next number."""
        if raw.strip() != str(self._next):
            return raw
        self._next += 1
        return ""


def _have_cue_numbers(raw_lines: Sequence[str]) -> bool:
    """Returns whether the first line is a number, and so is one above each of a few lines, counted on."""
    first = raw_lines[0].strip() if raw_lines else ""
    if not (first.isascii() and first.isdecimal() and first == str(int(first))):
        return False
    numbers = _CueNumbers(int(first))
    places = [place for place, raw in enumerate(raw_lines) if not numbers.cut(raw)]
    are_apart = all(after - before > 1 for before, after in pairwise(places))
    return len(places) >= _FEWEST_CUES and are_apart and len(raw_lines) <= _LONGEST_CUE * len(places)
