"""Entries from run folders: seeds become one row, and what is no run on a whole test split is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from instructerc.errors import InputError
from instructerc.leaderboard import Board, append_entries, load_board

pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
from instructerc.evaluation.runs import Predictions, Run, RunAbout, read_run, write_run
from instructerc.labels import load_label_set
from instructerc.leaderboard.runs import entries_of_runs

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
        label_set = load_label_set(about.get("label_set", "meld"))
        labels = label_set.names
        gold = np.random.default_rng(0).integers(0, len(labels), n_turns)
        wrong = np.random.default_rng(1 + (seed or 0)).random(n_turns) > share_right
        answers = np.where(wrong, (gold + 1) % len(labels), gold)
        rows = np.full((n_turns, len(labels)), 0.3 / (len(labels) - 1), np.float32)
        rows[np.arange(n_turns), answers] = 0.7
        talks = tuple(f"c{turn // 10}" for turn in range(n_turns))
        turns = np.arange(n_turns) % 10 + 1
        predictions = Predictions(
            labels, talks, turns, ("Ann",) * n_turns, np.ones(n_turns, np.int64), gold, answers, rows
        )
        asked = {"evaluation": {}, "training": {"stages": [{"corpora": [{"name": "meld"}]}]}}
        run = Run.of(replace(ABOUT, seed=seed, **about), predictions, predictions.evaluate(label_set), asked, {})
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
    assert first.extra_data == "no"
    assert first.note.startswith("95 % interval over conversations ")
    assert [entry.note for entry in entries[1:]] == ["", ""]
    # Where it lies on this machine is nobody's business.
    place = "/".join(folders[0].parts[-2:])
    assert (first.source, first.checked, first.year) == (f"{place} and 2 more", date.today(), 2026)


def test_a_run_without_a_name_of_its_own_is_called_by_its_recipe(written: WriteRun):
    [entry, *_] = entries_of_runs([written(None, context="both", min_probability=0.5)], {})
    assert (entry.model, entry.context, entry.seeds) == ("window-12", "later", 1)
    assert "no answer below a probability of 0.5" in entry.note


def test_rows_of_runs_join_the_board(written: WriteRun, tmp_path: Path):
    path = tmp_path / "mine.csv"
    entries = entries_of_runs([written(1)], {})
    append_entries(path, entries)
    assert load_board(path).history == tuple(entries)


def test_a_run_from_below_the_working_folder_is_named_from_there(written: WriteRun, monkeypatch: pytest.MonkeyPatch):
    folder = written(1)
    monkeypatch.chdir(folder.parent)
    assert entries_of_runs([folder], {})[0].source == folder.name


def test_the_shipped_model_is_called_by_its_card(written: WriteRun):
    folder = written(None, kind="embedded", model="embedded", recipe="embedded", base=None, parameters=None)
    [entry, *_] = entries_of_runs([folder], {})
    assert (entry.model, entry.backbone, entry.params_millions) == (
        "InstructERC embedded (small)",
        "all-MiniLM-L6-v2, int8",
        22.7,
    )
    assert (entry.extra_data, entry.chosen_on) == ("yes", "dev")


@pytest.mark.parametrize(
    ("training", "known"),
    [
        (None, ("unknown", "unknown")),
        ({"stages": [{"corpora": [{"name": "meld"}]}]}, ("dev", "no")),
        ({"stages": [{"corpora": [{"name": "goemotions"}]}, {"corpora": [{"name": "meld"}]}]}, ("dev", "yes")),
        ({"backbone": {"start_from": "small"}, "stages": [{"corpora": [{"name": "meld"}]}]}, ("dev", "unknown")),
    ],
)
def test_what_was_trained_on_follows_from_the_recipe(
    written: WriteRun, training: dict[str, Any] | None, known: tuple[str, str]
):
    folder = written(1)
    (folder / "recipe.yaml").write_text(yaml.safe_dump({"evaluation": {}, "training": training}), encoding="utf-8")
    [entry, *_] = entries_of_runs([folder], {})
    assert (entry.chosen_on, entry.extra_data) == known


def test_the_metric_that_ranks_comes_first(written: WriteRun):
    folders = [written(seed, n_turns=7740, corpus="dailydialog", label_set="dailydialog") for seed in (1, 2)]
    entries = entries_of_runs(folders, {})
    assert [entry.metric for entry in entries] == ["micro_f1_without_neutral", "weighted_f1", "macro_f1", "accuracy"]
    assert entries[0].value != entries[1].value
    assert entries[0].sd is not None
    [benchmark] = Board(tuple(entries)).benchmarks()
    assert [one.entry for one in benchmark.ranking()] == entries[:1]


def test_rows_of_runs_can_be_corrected(written: WriteRun, tmp_path: Path):
    path = tmp_path / "mine.csv"
    first = entries_of_runs([written(1)], {})
    append_entries(path, first)
    for _ in range(2):
        append_entries(path, entries_of_runs([written(2)], {"replaces": load_board(path).entries[0].id}))
    named = {"replaces": load_board(path).entries[0].id, "id": "fixed"}
    append_entries(path, entries_of_runs([written(3)], named))
    assert [entry.id for entry in load_board(path).entries] == ["fixed-weighted-f1", "fixed-macro-f1", "fixed-accuracy"]
    only = {"metric": "accuracy", "replaces": "fixed-accuracy", "id": "once-more"}
    append_entries(path, entries_of_runs([written(1)], only))
    assert load_board(path).entries[-1].id == "once-more"
    assert load_board(path).history[: len(first)] == tuple(first)


def test_a_correction_says_of_which_metric_it_is(written: WriteRun):
    with pytest.raises(InputError, match=r"replaces 'mine': does not end with a metric.*--set metric=weighted_f1"):
        entries_of_runs([written(1)], {"replaces": "mine"})
    with pytest.raises(InputError, match=r"has no metric 'acuracy' \(did you mean 'accuracy'\?\); it has weighted_f1"):
        entries_of_runs([written(1)], {"metric": "acuracy"})


@pytest.mark.parametrize(
    ("about", "fault"),
    [
        ({"split": "dev"}, "is a run on meld dev; the board takes test splits"),
        ({"corpus": None, "split": None, "file": "mine.jsonl"}, "is a run on mine.jsonl"),
        ({"corpus": "goemotions"}, "corpus 'goemotions' is not a benchmark; known are dailydialog, emorynlp"),
        ({"label_set": "ekman"}, "answers with the labels 'ekman'; MELD is scored with 'meld'"),
        ({"n_turns": 2600}, "has 2600 scored utterances, MELD has 2610; a part of a split"),
    ],
)
def test_what_is_no_benchmark_is_refused(written: WriteRun, about: dict[str, Any], fault: str):
    with pytest.raises(InputError, match=fault):
        entries_of_runs([written(1, **about)], {})


def test_labels_of_another_set_under_the_right_name_are_refused(written: WriteRun, tmp_path: Path):
    run = read_run(written(1))
    other = replace(run.predictions, labels=("calm", *run.predictions.labels[1:]))
    write_run(replace(run, predictions=other), tmp_path / "other")
    with pytest.raises(InputError, match=r"answers with calm, .*; MELD is scored with neutral, "):
        entries_of_runs([tmp_path / "other"], {})


def test_runs_must_be_seeds_of_one_model(written: WriteRun):
    with pytest.raises(InputError, match="expected runs with different seeds"):
        entries_of_runs([written(1), written(1)], {})
    with pytest.raises(InputError, match="runs of different models"):
        entries_of_runs([written(1), written(2, recipe="window-5")], {})
