"""The order in which entries were added, kept where a format sorts them otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from instructerc.leaderboard.entry import Entry


def order_keys(entries: Sequence[Entry]) -> dict[str, int]:
    """Returns the place of each entry by its id, from 0."""
    return {entry.id: place for place, entry in enumerate(entries)}


def in_order(placed: Iterable[tuple[int, Entry]]) -> list[Entry]:
    """Returns entries by their places."""
    return [entry for _, entry in sorted(placed, key=lambda one: one[0])]
