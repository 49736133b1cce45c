"""The worst errors of a run: wrong answers that it was surest of, as the conversations in which they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from instructerc.evaluation.runs import Run, ShownDemonstration

BEFORE = 3
"""Turns that are shown before an error."""


@dataclass(frozen=True, slots=True)
class SaidTurn:
    """A turn of the conversation around an error; its text is None where the run holds none."""

    number: int
    speaker: str
    text: str | None
    gold: str | None


@dataclass(frozen=True, slots=True)
class WorstError:
    """A wrong answer.

    Attributes:
        conversation: where it stands.
        turns: the turns before it and, last, the turn itself.
        answer: what the model said.
        confidence: probability of that.
        gold: what is right.
        gold_probability: what the model gave it.
        demonstrations: that its prompt showed.
    """

    conversation: str
    turns: tuple[SaidTurn, ...]
    answer: str
    confidence: float
    gold: str
    gold_probability: float
    demonstrations: tuple[ShownDemonstration, ...]


def worst_errors(run: Run, count: int) -> list[WorstError]:
    """Returns the wrong answers with the highest probability, the surest first."""
    found = run.predictions
    best = found.probabilities.argmax(axis=1)
    wrong = np.flatnonzero(found.scored & (best != found.gold))
    surest = wrong[np.argsort(-found.probabilities[wrong, best[wrong]], kind="stable")][:count]
    return [_error(run, int(place), int(best[place])) for place in surest]


def _error(run: Run, place: int, answer: int) -> WorstError:
    found, texts = run.predictions, run.texts
    first = place - min(BEFORE, int(found.turns[place]) - 1)
    turns = tuple(
        SaidTurn(
            int(found.turns[one]),
            found.speakers[one],
            None if texts is None else texts.texts[one],
            found.labels[found.gold[one]] if found.scored[one] else None,
        )
        for one in range(first, place + 1)
    )
    gold = int(found.gold[place])
    return WorstError(
        found.conversations[place],
        turns,
        found.labels[answer],
        float(found.probabilities[place, answer]),
        found.labels[gold],
        float(found.probabilities[place, gold]),
        () if texts is None else texts.demonstrations[place],
    )
