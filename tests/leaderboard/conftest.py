"""Entries to try things on: few fields are given, the rest is ordinary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from instructerc.leaderboard import Board, Entry
from instructerc.leaderboard.entry import read_entry

MakeEntry = Callable[..., Entry]


@pytest.fixture
def make_entry() -> MakeEntry:
    """Returns a function that makes an entry on MELD."""

    def make(id: str, value: float, **fields: Any) -> Entry:
        record = {
            "id": id,
            "added": "2026-11-01",
            "task": "erc",
            "dataset": "meld",
            "variant": "2610",
            "metric": "weighted_f1",
            "value": value,
            "model": id.upper(),
            "year": 2024,
            "context": "past",
            "source": "a paper",
        }
        return read_entry({**record, **fields})

    return make


@pytest.fixture
def hard_board(make_entry: MakeEntry) -> Board:
    """A board with everything that a format has to bring back: odd characters, a correction, several metrics."""
    entries = (
        make_entry("a", 61.5, sd=0.41, seeds=8, params_millions=22.7, note='50 % & "more" _of_ {it} $ # ~ ^ \\ <b>'),
        make_entry(
            "b", 70, model="Élan, ünïcode 日本", checked="2026-10-01", source_url="https://example.org/a?b=c&d=%20"
        ),
        make_entry("wrong", 99.99, paper="instructerc", context="whole"),
        make_entry("right", 69.15, paper="instructerc", context="whole", replaces="wrong", added="2026-11-02"),
        make_entry("acc", 71.68, metric="accuracy", dataset="iemocap", variant="six-1623", added="2026-11-02"),
        make_entry("other", 40.0, dataset="emorynlp", variant="1328", kind="ablation", added="2026-11-02"),
    )
    return Board(entries)
