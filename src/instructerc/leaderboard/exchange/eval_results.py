"""Hugging Face's `.eval_results/*.yaml`: results that stand beside a model's weights. A file for each benchmark."""

from __future__ import annotations

from typing import Any

from instructerc.leaderboard.board import Board
from instructerc.leaderboard.entry import CONTEXTS, METRICS, Entry
from instructerc.leaderboard.exchange.hub import dump_yaml, hub_dataset

FOLDER = ".eval_results"


def write_eval_results(board: Board) -> dict[str, str]:
    """Returns the text of each file by its path."""
    files = {}
    for benchmark in board.benchmarks():
        ranked = [one.entry for metric in benchmark.metrics for one in benchmark.ranking(metric)]
        files[f"{FOLDER}/{benchmark.id}.yaml"] = dump_yaml([_element(entry) for entry in ranked])
    return files


def _element(entry: Entry) -> dict[str, Any]:
    notes = [entry.model, METRICS[entry.metric], f"context: {CONTEXTS[entry.context]}"]
    if entry.seeds:
        notes.append(f"seeds: {entry.seeds}")
    element: dict[str, Any] = {
        "dataset": {"id": hub_dataset(entry.dataset), "task_id": f"{entry.variant}_{entry.metric}"},
        "value": entry.value,
        "date": (entry.checked or entry.added).isoformat(),
    }
    if entry.source_url:
        element["source"] = {"url": entry.source_url, "name": entry.source}
    return element | {"notes": ", ".join(notes)}
