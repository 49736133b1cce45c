"""Published results on the test split that runs answered."""

from __future__ import annotations

from instructerc.evaluation.runs import Run
from instructerc.leaderboard.board import Board, Ranked


def published_beside(run: Run, board: Board) -> tuple[str, list[Ranked]] | None:
    """Returns the benchmark that a run is of, and its ranking; None for what is no test split of a benchmark.

    A benchmark is one test split with its number of utterances: results on others are never set beside a run.
    """
    about = run.about
    if about.split != "test" or about.corpus is None:
        return None
    for benchmark in board.benchmarks():
        if benchmark.dataset.id == about.corpus.split("-")[0] and benchmark.variant.test == len(run.predictions):
            return benchmark.variant.title, [one for one in benchmark.ranking() if one.entry.kind == "main"]
    return None
