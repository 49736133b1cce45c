"""Where a speaker's mood turns, and how far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SPAN = 3
"""Turns of a speaker before a turn, and from it on, whose means are compared."""


def find_shifts(speakers: Sequence[str], labels: Sequence[int | None]) -> list[int | None]:
    """Returns, for each turn whose label differs from its speaker's last one, that last label; None for other turns.

    Turns without a label neither are shifts nor hide one.
    """
    last: dict[str, int] = {}
    found: list[int | None] = []
    for speaker, label in zip(speakers, labels, strict=True):
        before = last.get(speaker)
        found.append(None if label is None or before in {None, label} else before)
        if label is not None:
            last[speaker] = label
    return found


def turn_strengths(
    speakers: Sequence[str], probabilities: npt.NDArray[np.float64], shifts: Sequence[int | None]
) -> list[float]:
    """Returns how far each shift moves its speaker, 0 to 1; 0 for turns that are none.

    It is half the absolute difference, summed over the labels, between the speaker's mean probabilities before and from
    the turn on, of up to three turns each: a mood that lasts turns further than a single word.

    Args:
        speakers: of each turn.
        probabilities: of each label. Shape: [U, O]
        shifts: as `find_shifts` gives them.
    """
    strengths = [0.0] * len(speakers)
    places: dict[str, list[int]] = {}
    for place, speaker in enumerate(speakers):
        places.setdefault(speaker, []).append(place)
    for own in places.values():
        for number, place in enumerate(own):
            if shifts[place] is None:
                continue
            before = probabilities[own[max(0, number - SPAN) : number]].mean(axis=0)
            after = probabilities[own[number : number + SPAN]].mean(axis=0)
            strengths[place] = float(np.abs(after - before).sum() / 2)
    return strengths
