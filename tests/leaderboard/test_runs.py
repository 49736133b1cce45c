"""Entries from run folders: seeds become one row, and what is no run on a whole test split is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instructerc.errors import InputError
from instructerc.leaderboard import append_entries, load_board

pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
from instructerc.evaluation.runs import Predictions, Run, RunAbout, write_run
from instructerc.labels import load_label_set
from instructerc.leaderboard.runs import entries_of_runs

LABELS = load_label_set("meld").names
ABOUT = RunAbout(
    made_by="reproduce",
    model="seed",
    kind="encoder",
    label_set="meld",
    wording="encoder-2",
    date="2026-11-20",
    corpus="meld",
    split="test",
    base="all-MiniLM-L6-v2",
    parameters=22_713_216,
    recipe="window-12",
)
WriteRun = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> WriteRun:
    """Returns a function that writes a run on as many utterances as MELD's test split has."""

    def write(seed: int | None, share_right: float = 0.6, n_turns: int = 2610, **about: Any) -> Path:
        gold = np.random.default_rng(0).integers(0, len(LABELS), n_turns)
        wrong = np.random.default_rng(1 + (seed or 0)).random(n_turns) > share_right
        answers = np.where(wrong, (gold + 1) % len(LABELS), gold)
        rows = np.full((n_turns, len(LABELS)), 0.05, np.float32)
        rows[np.arange(n_turns), answers] = 0.7
        talks = tuple(f"c{turn // 10}" for turn in range(n_turns))
        turns = np.arange(n_turns) % 10 + 1
        predictions = Predictions(
            LABELS, talks, turns, ("Ann",) * n_turns, np.ones(n_turns, np.int64), gold, answers, rows
        )
        asked = {"evaluation": {}, "training": {"seeds": [1]}}
        run = Run.of(replace(ABOUT, seed=seed, **about), predictions, predictions.evaluate(), asked, {})
        folder = tmp_path / f"run-{seed}-{len(list(tmp_path.iterdir()))}"
        write_run(run, folder)
        return folder

    return write


def test_seeds_become_one_row_with_mean_and_deviation(written: WriteRun):
    folders = [written(seed) for seed in (1, 2, 3)]
    entries = entries_of_runs(folders, {"model": "Mine", "extra_data": "no"})
    assert [entry.metric for entry in entries] == ["weighted_f1", "macro_f1", "accuracy"]
    first = entries[0]
    assert (first.benchmark, first.model, first.seeds, first.status) == ("meld-2610", "Mine", 3, "ours")
    assert (first.context, first.chosen_on, first.backbone, first.params_millions) == (
        "past",
        "dev",
        "all-MiniLM-L6-v2",
        22.7,
    )
    assert 55 < first.value < 65
    assert first.sd is not None
    assert 0 < first.sd < 2
    assert entries[1].sd is None
    assert first.note.startswith("95 % interval of weighted F1 over conversations ")
    assert (first.source, first.checked, first.year) == (f"{folders[0]} and 2 more", date.today(), 2026)


def test_a_run_without_a_name_of_its_own_is_called_by_its_recipe(written: WriteRun):
    [entry, *_] = entries_of_runs([written(None, context="both", min_probability=0.5)], {})
    assert (entry.model, entry.context, entry.seeds) == ("window-12", "later", 1)
    assert "no answer below a probability of 0.5" in entry.note


def test_rows_of_runs_join_the_board(written: WriteRun, tmp_path: Path):
    path = tmp_path / "mine.csv"
    entries = entries_of_runs([written(1)], {})
    append_entries(path, entries)
    assert load_board(path).history == tuple(entries)


@pytest.mark.parametrize(
    ("about", "fault"),
    [
        ({"split": "dev"}, "is a run on meld dev; the board takes test splits"),
        ({"corpus": None, "split": None, "file": "mine.jsonl"}, "is a run on mine.jsonl"),
        ({"corpus": "goemotions"}, "corpus 'goemotions' is no benchmark; known: dailydialog, emorynlp"),
        ({"label_set": "ekman"}, "answers with the labels 'ekman'; MELD is scored with 'meld'"),
        ({"n_turns": 2600}, "has 2600 scored utterances, MELD has 2610; a part of a split"),
    ],
)
def test_what_is_no_benchmark_is_refused(written: WriteRun, about: dict[str, Any], fault: str):
    with pytest.raises(InputError, match=fault):
        entries_of_runs([written(1, **about)], {})


def test_runs_must_be_seeds_of_one_model(written: WriteRun):
    with pytest.raises(InputError, match="expected runs with different seeds"):
        entries_of_runs([written(1), written(1)], {})
    with pytest.raises(InputError, match="runs of different models"):
        entries_of_runs([written(1), written(2, recipe="window-5")], {})
