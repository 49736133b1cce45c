"""Hugging Face's `model-index`: the block of a model card that says how well a model does."""

from __future__ import annotations

from typing import Any

from instructerc.leaderboard.board import Board
from instructerc.leaderboard.entry import CONTEXTS, METRICS, Entry
from instructerc.leaderboard.exchange.hub import dump_yaml, hub_dataset

_TYPES = {"weighted_f1": "f1", "macro_f1": "f1", "accuracy": "accuracy", "micro_f1_without_neutral": "f1"}


def write_model_index(board: Board) -> str:
    """Returns the YAML block, with an element for each model and a result for each benchmark of it."""
    models: dict[str, dict[str, list[Entry]]] = {}
    for entry in board.entries:
        models.setdefault(_name(entry), {}).setdefault(entry.benchmark, []).append(entry)
    elements = [
        {"name": model, "results": [_result(board, entries) for entries in benchmarks.values()]}
        for model, benchmarks in models.items()
    ]
    return dump_yaml({"model-index": elements})


def _name(entry: Entry) -> str:
    """Returns a model's name with its backbone: a paper's name for its method is that of several models."""
    return f"{entry.model} ({entry.backbone})" if entry.backbone else entry.model


def _result(board: Board, entries: list[Entry]) -> dict[str, Any]:
    first = entries[0]
    dataset = board.catalogue.datasets[first.dataset]
    metrics = [
        {
            "type": _TYPES[entry.metric],
            "name": METRICS[entry.metric],
            "value": entry.value,
            "verified": False,
            "args": {"context": CONTEXTS[entry.context], "seeds": entry.seeds},
        }
        for entry in entries
    ]
    where = {"name": dataset.variants[first.variant].title, "type": hub_dataset(first.dataset), "split": "test"}
    result: dict[str, Any] = {
        "task": {"type": "text-classification", "name": board.catalogue.tasks[first.task].name},
        "dataset": where | {"config": first.variant},
        "metrics": metrics,
    }
    if first.source_url:
        result["source"] = {"name": first.source, "url": first.source_url}
    return result
