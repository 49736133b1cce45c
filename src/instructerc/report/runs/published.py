"""Published results on the test split that runs answered."""

from __future__ import annotations

from dataclasses import dataclass

from instructerc.errors import InputError
from instructerc.evaluation.runs import System
from instructerc.leaderboard.board import Board
from instructerc.leaderboard.entry import Entry
from instructerc.leaderboard.runs import split_of


@dataclass(frozen=True)
class PublishedResults:
    """What is published on a test split.

    Attributes:
        title: of the split.
        metric: by which the field ranks results on it.
        entries: results of that metric, the best first, without ablations and baselines.
    """

    title: str
    metric: str
    entries: tuple[Entry, ...]


def published_beside(system: System, board: Board) -> PublishedResults | None:
    """Returns what is published on the split that a system answered; None for what is no test split of a benchmark.

    A benchmark is one test split with its number of utterances and its labels: results on others, or with others, are
    never set beside a run.
    """
    try:
        dataset, variant = split_of(system)
    except InputError:
        return None
    for benchmark in board.benchmarks():
        if (benchmark.dataset, benchmark.variant) == (dataset, variant):
            main = tuple(one.entry for one in benchmark.ranking() if one.entry.kind == "main")
            return PublishedResults(variant.title, dataset.metric, main)
    return None
