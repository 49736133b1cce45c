"""The plots of runs, each from their run folders alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from instructerc.evaluation.runs import Predictions, Run, System
from instructerc.report.plots import Axis, Plot, Series, draw_bars, draw_lines, draw_matrix

N_BINS = 10
_LEAST_IN_BIN = 5
_GROUPS = {
    "by_position": "place in the conversation",
    "by_shift": "emotion shift",
    "by_length": "words of the utterance",
}


def draw_system(system: System, number: int) -> Iterator[Plot]:
    """Yields the plots of one system; those of one run are of its first seed."""
    run = system.runs[0]
    figures = run.figures
    counts = figures["confusion_matrix"]
    shares = [[cell / max(1, sum(row)) for cell in row] for row in counts]
    title = f"Confusion matrix of {system.name}"
    yield Plot(f"confusion-{number}", title, draw_matrix(title, figures["labels"], shares, counts))


def draw_together(systems: Sequence[System]) -> Iterator[Plot]:
    """Yields the plots that show all systems at once; of each its first seed."""
    runs = [(system.name, system.runs[0]) for system in systems]
    labels = runs[0][1].figures["labels"]
    percent = Axis("weighted F1")
    scores = [Series(name, [(0, row["f1"]) for row in run.figures["per_class"]]) for name, run in runs]
    yield Plot("labels", "F1 of each label", draw_bars("F1 of each label", labels, Axis("F1"), scores))
    lines = [Series(name, reliability(run.predictions)) for name, run in runs]
    title = "Reliability: how often answers of a confidence are right"
    axes = (Axis("confidence"), Axis("right"))
    yield Plot("reliability", title, draw_lines(title, *axes, lines, diagonal=True, marks=True))
    curves = [
        Series(name, [(p["coverage"], p["accuracy"]) for p in run.breakdowns["abstention"]]) for name, run in runs
    ]
    low = min((value for line in curves for _, value in line.points), default=0.0)
    title = "Accuracy when only the surest answers are given"
    yield Plot(
        "abstention", title, draw_lines(title, Axis("answered"), Axis("accuracy", np.floor(10 * low) / 10), curves)
    )
    for name, what in _GROUPS.items():
        groups = [row["group"] for row in runs[0][1].breakdowns[name]]
        bars = [Series(own, [(0, _of_group(run, name, group)) for group in groups]) for own, run in runs]
        title = f"Weighted F1 by {what}"
        yield Plot(name.replace("_", "-"), title, draw_bars(title, groups, percent, bars))
    yield from _learning(systems)


def reliability(predictions: Predictions) -> list[tuple[float, float]]:
    """Returns mean confidence and accuracy of the answers in each of ten bins that hold at least five."""
    rows, gold = predictions.probabilities[predictions.scored], predictions.gold[predictions.scored]
    confidence, right = rows.max(axis=1).astype(np.float64), rows.argmax(axis=1) == gold
    bins = np.clip(np.ceil(confidence * N_BINS).astype(np.int64) - 1, 0, N_BINS - 1)
    chosen = [bins == one for one in range(N_BINS)]
    return [
        (float(confidence[some].mean()), float(right[some].mean())) for some in chosen if some.sum() >= _LEAST_IN_BIN
    ]


def _of_group(run: Run, name: str, group: str) -> float:
    return next((float(row["weighted_f1"]) for row in run.breakdowns[name] if row["group"] == group), 0.0)


def _learning(systems: Sequence[System]) -> Iterator[Plot]:
    """Yields the learning curves, where a training left its history beside a run."""
    lines = []
    for system in systems:
        for run in system.runs:
            name = system.name if len(system.runs) == 1 else f"{system.name}, seed {run.about.seed}"
            points = [(float(one["epoch"]), float(one["eval_weighted_f1"])) for one in read_history(Path(run.name))]
            if len(points) > 1:
                lines.append(Series(name, points))
    if lines:
        last = max(epoch for line in lines for epoch, _ in line.points)
        low = min(value for line in lines for _, value in line.points)
        axes = (Axis("epoch", 0, last, percent=False), Axis("weighted F1", max(0.0, np.floor(10 * low) / 10)))
        title = "Weighted F1 on development, epoch by epoch"
        yield Plot("learning", title, draw_lines(title, *axes, lines, marks=True))


def read_history(run: Path) -> list[dict[str, float]]:
    """Returns what training wrote of each epoch beside a run folder, or in it; empty where nothing can be read."""
    for place in (run / "history.json", run.parent / "history.json"):
        try:
            found = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        return [one for one in found if isinstance(one, dict) and {"epoch", "eval_weighted_f1"} <= set(one)]
    return []
