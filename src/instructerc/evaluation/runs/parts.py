"""Runs against runs on parts of the utterances: by speaker, position, emotion shift and length, and by coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.evaluation.bootstrap import N_DRAWS, Comparison, compare_seeds
from instructerc.evaluation.runs.breakdown import Part, abstention_curve, divide
from instructerc.evaluation.runs.compare import LEVEL, System
from instructerc.evaluation.runs.predictions import check_same_utterances
from instructerc.evaluation.scores import confusion_matrix, weighted_f1
from instructerc.evaluation.significance import holm


@dataclass(frozen=True, slots=True)
class PartDifference:
    """A system against the first one on a part of the utterances.

    Attributes:
        bootstrap: difference of the mean weighted F1, over the conversations that have such utterances.
        corrected_p: its p after Holm's correction for all parts and systems of the table; None without one.
    """

    bootstrap: Comparison
    corrected_p: float | None

    @property
    def significant(self) -> bool:
        """Whether the corrected p is below 0.05."""
        return self.corrected_p is not None and self.corrected_p < LEVEL


@dataclass(frozen=True, slots=True)
class PartScores:
    """Systems on a part of the utterances. S is the number of systems.

    Attributes:
        group: which utterances.
        n_utterances: how many of them have a gold label.
        weighted_f1: of each system, mean over its seeds; fractions. Shape: [S].
        against: each system but the first against the first. Shape: [S - 1].
    """

    group: str
    n_utterances: int
    weighted_f1: tuple[float, ...]
    against: tuple[PartDifference, ...]

    def to_data(self) -> dict[str, Any]:
        """Returns it as plain JSON data."""
        return asdict(self) | {"against": [asdict(one) | {"significant": one.significant} for one in self.against]}


@dataclass(frozen=True, slots=True)
class CoverageScores:
    """What is right when each system gives only its surest answers. S is the number of systems.

    Attributes:
        coverage: share of the scored utterances that get an answer.
        accuracy: share of these answers that are right, mean over a system's seeds. Shape: [S].
        weighted_f1: over the utterances that get an answer, mean over a system's seeds. Shape: [S].
    """

    coverage: float
    accuracy: tuple[float, ...]
    weighted_f1: tuple[float, ...]


def compare_parts(systems: Sequence[System], part: Part, n_draws: int = N_DRAWS) -> list[PartScores]:
    """Returns the scores of each part of the utterances, and each system but the first against the first.

    Raises:
        InputError: systems that did not answer the same utterances.
        LabelError: systems with other labels.
    """
    first = systems[0].first
    for other in systems[1:]:
        check_same_utterances(first, other.first, (systems[0].name, other.name))
    groups, names = divide(first, part)
    column = np.array(groups, dtype=object)[first.scored]
    chosen = {name: column == name for name in names}
    found = [_score_part(systems, name, rows, n_draws) for name, rows in chosen.items() if rows.any()]
    known = [one.p_value for _, _, compared in found for one in compared if one.p_value is not None]
    corrected = iter(holm(known))
    return [
        PartScores(
            name,
            int(chosen[name].sum()),
            scores,
            tuple(PartDifference(one, None if one.p_value is None else next(corrected)) for one in compared),
        )
        for name, scores, compared in found
    ]


def compare_coverage(systems: Sequence[System]) -> list[CoverageScores]:
    """Returns what is right at a coverage of 1, 0.95 .. 0.05; the least sure answers of each system are left out first.

    Raises:
        InputError: systems that did not answer the same utterances.
        LabelError: systems with other labels.
    """
    for other in systems[1:]:
        check_same_utterances(systems[0].first, other.first, (systems[0].name, other.name))
    curves = [[abstention_curve(run.predictions) for run in system.runs] for system in systems]
    return [
        CoverageScores(
            point.coverage,
            tuple(float(np.mean([curve[place].accuracy for curve in seeds])) for seeds in curves),
            tuple(float(np.mean([curve[place].weighted_f1 for curve in seeds])) for seeds in curves),
        )
        for place, point in enumerate(curves[0][0])
    ]


def _score_part(
    systems: Sequence[System], name: str, rows: npt.NDArray[np.bool_], n_draws: int
) -> tuple[str, tuple[float, ...], list[Comparison]]:
    """Returns a part's name, each system's mean weighted F1 there, and the comparisons with the first."""
    first = systems[0].first
    gold, conversation = first.gold[first.scored][rows], first.conversation_numbers[first.scored][rows]
    answers = [[seed[rows] for seed in system.scored_answers()] for system in systems]
    scores = tuple(
        float(np.mean([weighted_f1(confusion_matrix(gold, one, first.n_labels)) for one in seeds])) for seeds in answers
    )
    compared = [
        compare_seeds(gold, seeds, answers[0], conversation, first.n_labels, n_draws=n_draws) for seeds in answers[1:]
    ]
    return name, scores, compared
