"""Batches of texts or rows of similar length, so that little is padding."""

from __future__ import annotations

from collections.abc import Sequence


def length_groups(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Returns which rows share a padded batch: longest first, each batch of at most `batch_size`, or one row.

    Args:
        lengths: of the rows, in tokens or characters.
        batch_size: of a padded batch, in the same.
    """
    groups: list[list[int]] = []
    width = 0
    for index in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        if not groups or (len(groups[-1]) + 1) * width > batch_size:
            groups.append([])
            width = lengths[index]
        groups[-1].append(index)
    return groups
