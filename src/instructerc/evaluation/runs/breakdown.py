"""Where a model is right: by speaker, by place in the conversation, by emotion shift, by length, and by confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from instructerc.evaluation.runs.predictions import UNLABELLED, Predictions
from instructerc.evaluation.scores import accuracy, confusion_matrix, macro_f1, weighted_f1

Part = Literal["speaker", "position", "shift", "length"]
"""What utterances are divided by."""

LEAST_OF_SPEAKER = 20
"""Scored utterances of a speaker who has a row of their own."""

OTHER_SPEAKERS = "(other speakers)"
_POSITIONS = (1, 2, 3, 6, 11, 21)
_LENGTHS = (0, 4, 8, 16)
_COVERAGES = tuple(step / 20 for step in range(20, 0, -1))


@dataclass(frozen=True, slots=True)
class GroupScores:
    """Scores of some of the utterances, fractions.

    Attributes:
        group: which ones.
        n_utterances: how many of them have a gold label.
        confidence: mean of the highest probability.
    """

    group: str
    n_utterances: int
    accuracy: float
    weighted_f1: float
    macro_f1: float
    confidence: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What is right when only the surest answers are given.

    Attributes:
        coverage: share of the scored utterances that get an answer.
        threshold: least probability of these answers.
        accuracy: share of these answers that are right.
        weighted_f1: of these answers, over the utterances that get one.
    """

    coverage: float
    threshold: float
    accuracy: float
    weighted_f1: float


def by_speaker(predictions: Predictions, least: int = LEAST_OF_SPEAKER) -> tuple[GroupScores, ...]:
    """Returns the scores of each speaker with at least `least` scored utterances, and of all others together."""
    return _by_group(predictions, *_speakers(predictions, least))


def by_position(predictions: Predictions) -> tuple[GroupScores, ...]:
    """Returns the scores by the place of a turn in its conversation."""
    return _by_group(predictions, *divide(predictions, "position"))


def by_length(predictions: Predictions) -> tuple[GroupScores, ...]:
    """Returns the scores by the number of words of the utterance."""
    return _by_group(predictions, *divide(predictions, "length"))


def by_shift(predictions: Predictions) -> tuple[GroupScores, ...]:
    """Returns the scores of turns with the speaker's previous emotion, with another one, and of speakers' first turns.

    The previous emotion is the gold label of the speaker's last labelled turn in the conversation.
    """
    return _by_group(predictions, *divide(predictions, "shift"))


def divide(predictions: Predictions, part: Part) -> tuple[list[str], list[str]]:
    """Returns the group of each utterance, and the names of the groups in order; the answers are not looked at."""
    if part == "speaker":
        return _speakers(predictions, LEAST_OF_SPEAKER)
    if part == "shift":
        return _shifts(predictions)
    return _ranges(predictions.turns, _POSITIONS) if part == "position" else _ranges(predictions.n_words, _LENGTHS)


def abstention_curve(predictions: Predictions) -> tuple[CurvePoint, ...]:
    """Returns accuracy at a coverage of 1, 0.95 .. 0.05: the least sure answers are left out first."""
    gold, rows = predictions.gold[predictions.scored], predictions.probabilities[predictions.scored]
    confidence, answers = rows.max(axis=1), rows.argmax(axis=1)
    order = np.argsort(-confidence, kind="stable")
    points = []
    for coverage in _COVERAGES:
        kept = order[: max(1, round(coverage * len(order)))]
        matrix = confusion_matrix(gold[kept], answers[kept], predictions.n_labels)
        share = len(kept) / len(order)
        points.append(CurvePoint(share, float(confidence[kept[-1]]), accuracy(matrix), weighted_f1(matrix)))
    return tuple(points)


def breakdowns(predictions: Predictions) -> dict[str, list[dict[str, Any]]]:
    """Returns all of these as plain JSON data, by name."""
    tables: dict[str, Sequence[GroupScores | CurvePoint]] = {
        "by_speaker": by_speaker(predictions),
        "by_position": by_position(predictions),
        "by_shift": by_shift(predictions),
        "by_length": by_length(predictions),
        "abstention": abstention_curve(predictions),
    }
    return {name: [asdict(row) for row in rows] for name, rows in tables.items()}


def _speakers(predictions: Predictions, least: int) -> tuple[list[str], list[str]]:
    scored = predictions.scored.tolist()
    names = [name for name, wanted in zip(predictions.speakers, scored, strict=True) if wanted]
    known = [name for name, count in Counter(names).most_common() if count >= least]
    groups = [name if name in known else OTHER_SPEAKERS for name in predictions.speakers]
    return groups, [*known, OTHER_SPEAKERS]


def _shifts(predictions: Predictions) -> tuple[list[str], list[str]]:
    last: dict[tuple[str, str], int] = {}
    groups = []
    for place, gold in zip(
        zip(predictions.conversations, predictions.speakers, strict=True), predictions.gold.tolist(), strict=True
    ):
        before = last.get(place)
        groups.append("first" if before is None else "same" if before == gold else "different")
        if gold != UNLABELLED:
            last[place] = gold
    return groups, ["same", "different", "first"]


def _ranges(values: npt.NDArray[np.int64], starts: Sequence[int]) -> tuple[list[str], list[str]]:
    """Returns the name of each value's range, and all names in order."""
    ends = [start - 1 for start in starts[1:]]
    names = [str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=False)]
    names.append(f"{starts[-1]} and more")
    places = np.searchsorted(starts, values, side="right") - 1
    return [names[place] for place in places.tolist()], names


def _by_group(predictions: Predictions, groups: Sequence[str], names: Sequence[str]) -> tuple[GroupScores, ...]:
    found = []
    column = np.array(groups, dtype=object)
    for name in names:
        chosen = (column == name) & predictions.scored
        if chosen.any():
            matrix = confusion_matrix(predictions.gold[chosen], predictions.answers[chosen], predictions.n_labels)
            confidence = float(predictions.probabilities[chosen].max(axis=1).mean(dtype=np.float64))
            scores = (accuracy(matrix), weighted_f1(matrix), macro_f1(matrix))
            found.append(GroupScores(name, int(chosen.sum()), *scores, confidence))
    return tuple(found)
