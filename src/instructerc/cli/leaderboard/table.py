"""The leaderboard as tables for a terminal, and as data; imports rich, so it is imported where it is needed."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from instructerc.leaderboard import Benchmark, Board, Ranked
from instructerc.leaderboard.entry import CONTEXTS, METRICS, format_size
from instructerc.leaderboard.exchange.json_document import entry_fields

# From these widths on there is room for more columns.
_WIDE, _WIDER = 100, 130
_COLOURS = {"none": "cyan", "past": "cyan", "later": "yellow", "whole": "yellow", "unknown": "default"}


def print_board(board: Board, top: int | None, main_metric: bool) -> None:
    """Prints a table for each benchmark: by its main metric, or by every one that it has."""
    console = Console(highlight=False, markup=False, emoji=False)
    tables = [
        (one, metric)
        for one in board.benchmarks()
        for metric in one.metrics
        if metric == one.dataset.metric or not main_metric
    ]
    if not tables:
        console.print("no result matches these filters")
        return
    for place, (benchmark, metric) in enumerate(tables):
        if place:
            console.print()
        _print_table(console, benchmark, metric, top)


def _print_table(console: Console, benchmark: Benchmark, metric: str, top: int | None) -> None:
    ranking = benchmark.ranking(metric)
    table = Table(title=Text(f"{benchmark.variant.title} ({benchmark.id})"), title_justify="left", pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("model", overflow="fold", ratio=2)
    table.add_column(METRICS[metric], justify="right")
    table.add_column("context")
    table.add_column("size", justify="right")
    table.add_column("year")
    narrow = console.width < _WIDE
    if not narrow:
        table.add_column("standing")
    if console.width >= _WIDER:
        table.add_column("source", overflow="fold", ratio=2)
    for one in ranking[:top]:
        cells = _cells(one, marked=narrow)
        table.add_row(*cells[: len(table.columns)], style="bold" if one.entry.status == "ours" else None)
    console.print(table)
    if narrow and not all(_confirmed(one) for one in ranking[:top]):
        console.print("? not seen by us in its own source; a wider terminal, or --format json, shows who reports it")
    if top is not None and top < len(ranking):
        console.print(f"{len(ranking) - top} more", style="dim")


def _confirmed(one: Ranked) -> bool:
    return one.entry.seen or one.entry.status == "ours"


def _cells(one: Ranked, marked: bool) -> tuple[Text, ...]:
    entry = one.entry
    model = Text(entry.model)
    if entry.backbone:
        model.append(f"  {entry.backbone}", style="dim")
    sd = "" if entry.sd is None else f" ± {entry.sd:g}"
    return (
        Text("–" if one.rank is None else str(one.rank)),
        model,
        Text(f"{entry.value:.2f}{sd}{' ?' if marked and not _confirmed(one) else ''}"),
        Text(CONTEXTS[entry.context], style=_COLOURS[entry.context]),
        Text(format_size(entry.params_millions)),
        Text(str(entry.year)),
        Text(entry.standing),
        Text(entry.source),
    )


def to_data(board: Board, top: int | None) -> list[dict[str, Any]]:
    """Returns the tables as plain data."""
    return [
        {
            "benchmark": benchmark.id,
            "title": benchmark.variant.title,
            "metric": metric,
            "results": [{"rank": one.rank, **entry_fields(one.entry)} for one in benchmark.ranking(metric)[:top]],
        }
        for benchmark in board.benchmarks()
        for metric in benchmark.metrics
    ]
