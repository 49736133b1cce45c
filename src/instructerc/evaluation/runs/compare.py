"""Runs against runs: seeds of one model together, each against the first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError
from instructerc.evaluation.bootstrap import N_DRAWS, Comparison, compare_seeds, mean_weighted_f1_interval
from instructerc.evaluation.calibration import expected_calibration_error
from instructerc.evaluation.runs.folder import METRICS, Run, is_run, read_run
from instructerc.evaluation.runs.predictions import Predictions, check_same_utterances
from instructerc.evaluation.scores import IntArray, accuracy, confusion_matrix, macro_f1, micro_f1, weighted_f1
from instructerc.evaluation.significance import McNemar, SeedSpread, holm, mcnemar, seed_spread

LEVEL = 0.05
"""A difference with a corrected p below it is called significant."""


@dataclass(frozen=True)
class System:
    """A model, trained with one seed or several, on one split.

    Attributes:
        name: for a reader.
        runs: one a seed.

    Raises:
        InputError: no run, or runs of other utterances.
        LabelError: runs of other labels.
    """

    name: str
    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        if not self.runs:
            raise InputError(f"{self.name} has no run")
        for run in self.runs[1:]:
            check_same_utterances(self.first, run.predictions, (self.runs[0].name, run.name))

    @property
    def first(self) -> Predictions:
        """The answers of its first seed."""
        return self.runs[0].predictions

    def scored_answers(self) -> list[npt.NDArray[np.int64]]:
        """Returns the answers of each seed to the utterances with a gold label. Shape: [U] each"""
        return [run.predictions.answers[run.predictions.scored] for run in self.runs]


@dataclass(frozen=True)
class SystemScores:
    """What a system reaches; fractions.

    Attributes:
        name: of the system.
        seeds: of its runs; None for a run without one.
        n_utterances: with a gold label.
        weighted_f1: over the seeds.
        interval: 95 % of the mean weighted F1, bootstrap over conversations; None with fewer than two.
        macro_f1: mean over the seeds.
        accuracy: mean over the seeds.
        micro_f1_without_neutral: over the seeds; None where no label means neutral.
        calibration_error: mean over the seeds.
    """

    name: str
    seeds: tuple[int | None, ...]
    n_utterances: int
    weighted_f1: SeedSpread
    interval: tuple[float, float] | None
    macro_f1: float
    accuracy: float
    micro_f1_without_neutral: SeedSpread | None
    calibration_error: float

    def spread_of(self, metric: str) -> SeedSpread | None:
        """Returns a figure over the seeds by its name; of some only the mean is known, and None where there is none."""
        found = getattr(self, metric)
        return SeedSpread(found, None, None) if isinstance(found, float) else found


@dataclass(frozen=True)
class Against:
    """A system against the first one.

    Attributes:
        name: of the system.
        reference: of the first one.
        bootstrap: difference of the mean weighted F1, over conversations.
        mcnemar: of the first seeds' answers.
        corrected_p: the bootstrap's p after Holm's correction for all systems that are compared; None without one.
    """

    name: str
    reference: str
    bootstrap: Comparison
    mcnemar: McNemar
    corrected_p: float | None

    @property
    def significant(self) -> bool:
        """Whether the corrected p is below 0.05."""
        return self.corrected_p is not None and self.corrected_p < LEVEL

    def to_data(self) -> dict[str, Any]:
        """Returns it as plain JSON data."""
        return asdict(self) | {"significant": self.significant}


SEEDS_NOTE = (
    "The verdict holds for these conversations and these trained models; it does not include how much a training with "
    "another seed would differ."
)
"""What a reader has to know of every comparison of runs."""


def read_system(folder: str | Path) -> System:
    """Returns the run in a folder, or the runs in its subfolders as the seeds of one system.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: neither, runs that cannot be read, a seed that comes twice, or runs of other models or utterances.
        LabelError: runs of other labels.
    """
    place = Path(folder)
    if is_run(place):
        return System(str(folder), (read_run(place),))
    inside = sorted({path.parent for path in place.glob(f"*/{METRICS}") if is_run(path.parent)})
    if not inside:
        # Says what a run folder is.
        read_run(place)
    runs = sorted((read_run(one) for one in inside), key=lambda run: run.about.seed or 0)
    seeds = [run.about.seed for run in runs]
    if len(runs) > 1 and (None in seeds or len(set(seeds)) < len(seeds)):
        shown = ", ".join(f"{run.name} (seed {run.about.seed})" for run in runs)
        raise InputError(f"{folder}: its runs must be seeds of one model, each with another seed; found {shown}")
    if len({run.about.identity for run in runs}) > 1:
        shown = ", ".join(f"{run.name} ({run.about.recipe or run.about.model}, {run.about.source})" for run in runs)
        raise InputError(f"{folder}: its runs are of different models and no seeds of one; found {shown}")
    return System(str(folder), tuple(runs))


def read_systems(folders: Sequence[str | Path]) -> list[System]:
    """Returns the system of each folder, as `read_system` does.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a folder that is given twice, by whatever name, or one that cannot be read.
        LabelError: runs of other labels.
    """
    if len({Path(folder).resolve() for folder in folders}) < len(folders):
        raise InputError(f"a run is given twice: {', '.join(map(str, folders))}; give each folder once")
    return [read_system(folder) for folder in folders]


def score_system(system: System, n_draws: int = N_DRAWS) -> SystemScores:
    """Returns what a system reaches on its split.

    Raises:
        InputError: no utterance has a gold label.
    """
    first = system.first
    if not first.scored.any():
        raise InputError(f"{system.name}: no utterance has a gold label")
    gold, answers = first.gold[first.scored], system.scored_answers()
    matrices = [confusion_matrix(gold, one, first.n_labels) for one in answers]
    conversation = first.conversation_numbers[first.scored]
    errors = [expected_calibration_error(run.predictions.probabilities[first.scored], gold) for run in system.runs]
    return SystemScores(
        system.name,
        tuple(run.about.seed for run in system.runs),
        int(first.scored.sum()),
        seed_spread([weighted_f1(matrix) for matrix in matrices]),
        mean_weighted_f1_interval(gold, answers, conversation, first.n_labels, n_draws=n_draws),
        float(np.mean([macro_f1(matrix) for matrix in matrices])),
        float(np.mean([accuracy(matrix) for matrix in matrices])),
        _without_neutral(system, matrices),
        float(np.mean(errors)),
    )


def _without_neutral(system: System, matrices: Sequence[IntArray]) -> SeedSpread | None:
    """Returns micro F1 without the label that the runs say is neutral."""
    neutral = system.runs[0].figures.get("neutral")
    if neutral not in system.first.labels:
        return None
    place = system.first.labels.index(neutral)
    return seed_spread([micro_f1(matrix, excluded=place) for matrix in matrices])


def compare_systems(systems: Sequence[System], n_draws: int = N_DRAWS) -> list[Against]:
    """Returns each system but the first against the first.

    Raises:
        InputError: systems that did not answer the same utterances, or none with a gold label.
        LabelError: systems with other labels.
    """
    reference, others = systems[0], systems[1:]
    compared = [(other, *_paired(other, reference, n_draws)) for other in others]
    known = [bootstrap.p_value for _, bootstrap, _ in compared if bootstrap.p_value is not None]
    corrected = iter(holm(known))
    return [
        Against(other.name, reference.name, bootstrap, exact, None if bootstrap.p_value is None else next(corrected))
        for other, bootstrap, exact in compared
    ]


def _paired(ours: System, theirs: System, n_draws: int) -> tuple[Comparison, McNemar]:
    first = theirs.first
    check_same_utterances(first, ours.first, (theirs.name, ours.name))
    gold, conversation = first.gold[first.scored], first.conversation_numbers[first.scored]
    mine, other = ours.scored_answers(), theirs.scored_answers()
    found = compare_seeds(gold, mine, other, conversation, first.n_labels, n_draws=n_draws)
    return found, mcnemar(gold, mine[0], other[0])
