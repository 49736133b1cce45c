"""How much of a file a format explains, where it is made of lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# A format must explain so much of a file to read it without being told to.
ENOUGH = 0.5

# Behind a head of more lines than this, messages of so many lines are those of a document that quotes some.
_LONGEST_HEAD = 3
_LONGEST_MESSAGE = 50


def share_of_lines(lines: Sequence[str], explains: Callable[[str], object]) -> float:
    """Returns the share of the lines that are explained, from 0 to 1."""
    return sum(bool(explains(line)) for line in lines) / len(lines) if lines else 0.0


def share_of_messages(lines: Sequence[str], begins: Callable[[str], object], *, alone: float = 0.0) -> float:
    """Returns the share of the lines that stand in messages: all from the first one that begins a message.

    Args:
        lines: those of the file's beginning that are not blank.
        begins: says whether a line begins a message.
        alone: how much a single beginning is worth where lines follow it, and only few stand before it.
    """
    places = [place for place, line in enumerate(lines) if begins(line)]
    if not places:
        return 0.0
    trust = 1.0 if len(places) > 1 or len(lines) == 1 else alone * (places[0] <= _LONGEST_HEAD)
    if places[0] > _LONGEST_HEAD and len(lines) > _LONGEST_MESSAGE * len(places):
        trust = 0.0
    return trust * (len(lines) - places[0]) / len(lines)
