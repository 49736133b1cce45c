"""Runs against runs: seeds are averaged, equal runs do not differ, and what cannot be compared is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instructerc.errors import InputError, LabelError
from instructerc.evaluation import compare_predictions
from instructerc.evaluation.runs import (
    Predictions,
    Run,
    RunAbout,
    System,
    compare_systems,
    read_system,
    score_system,
    write_run,
)

LABELS = ("x", "y", "z")
ABOUT = RunAbout(made_by="evaluate", model="m", kind="encoder", label_set="own", wording="w-1", date="2026-01-01")


def made_run(share_right: float, seed: int | None = None, draw: int = 0, n_talks: int = 40) -> Run:
    """A run with about that share of right answers; the gold labels are the same in all."""
    gold = np.random.default_rng(0).integers(0, 3, 5 * n_talks)
    random = np.random.default_rng(draw + 1)
    wrong = random.random(len(gold)) > share_right
    answers = np.where(wrong, (gold + 1) % 3, gold)
    rows = np.full((len(gold), 3), 0.1, np.float32)
    rows[np.arange(len(gold)), answers] = 0.8
    predictions = Predictions(
        LABELS,
        tuple(f"c{talk}" for talk in range(n_talks) for _ in range(5)),
        np.tile(np.arange(1, 6), n_talks),
        ("Ann",) * len(gold),
        np.ones(len(gold), np.int64),
        gold,
        answers,
        rows,
    )
    return Run.of(
        replace(ABOUT, seed=seed), predictions, predictions.evaluate(), {"evaluation": {}, "training": None}, {}
    )


def test_a_run_does_not_differ_from_itself():
    run = made_run(0.7)
    [found] = compare_systems([System("a", (run,)), System("b", (run,))], 200)
    assert (found.bootstrap.difference, found.bootstrap.interval, found.bootstrap.p_value) == (0, (0, 0), 1)
    assert (found.mcnemar.p_value, found.significant) == (1, False)


def test_a_large_difference_is_significant_and_signed():
    [found] = compare_systems([System("a", (made_run(0.5),)), System("b", (made_run(0.9, draw=1),))])
    assert found.bootstrap.difference > 0.3
    assert found.bootstrap.interval is not None
    assert found.bootstrap.interval[0] > 0.2
    assert found.significant
    assert found.mcnemar.p_value < 1e-6


def test_one_seed_each_is_the_plain_comparison():
    a, b = made_run(0.7), made_run(0.75, draw=1)
    [found] = compare_systems([System("b", (b,)), System("a", (a,))])
    first = a.predictions
    expected = compare_predictions(first.gold, first.answers, b.predictions.answers, first.conversation_numbers, 3)
    assert found.bootstrap == expected


def test_seeds_are_averaged():
    runs = tuple(made_run(0.7, seed, draw=seed) for seed in (1, 2, 3))
    scores = score_system(System("three", runs), 500)
    figures = [run.figures["weighted_f1"] for run in runs]
    assert scores.weighted_f1.mean == pytest.approx(np.mean(figures))
    assert scores.weighted_f1.sd == pytest.approx(np.std(figures, ddof=1))
    assert scores.interval is not None
    assert scores.interval[0] < scores.weighted_f1.mean < scores.interval[1]
    assert scores.seeds == (1, 2, 3)
    [found] = compare_systems([System("one", runs[:1]), System("three", runs)], 200)
    assert found.bootstrap.difference == pytest.approx(np.mean(figures) - figures[0])


def test_several_comparisons_are_corrected():
    systems = [System("a", (made_run(0.7),)), *(System(f"b{n}", (made_run(0.72, draw=n),)) for n in (1, 2, 3))]
    together = compare_systems(systems, 500)
    alone = [compare_systems([systems[0], one], 500)[0] for one in systems[1:]]
    for ours, own in zip(together, alone, strict=True):
        assert own.corrected_p == own.bootstrap.p_value == ours.bootstrap.p_value
        assert ours.corrected_p is not None
        assert own.corrected_p is not None
        assert ours.corrected_p >= own.corrected_p
    smallest = min(together, key=lambda one: one.bootstrap.p_value or 1)
    assert smallest.corrected_p == pytest.approx(min(1, 3 * (smallest.bootstrap.p_value or 1)))


def test_a_folder_of_seeds_is_one_system(tmp_path: Path):
    for seed in (2, 1):
        write_run(made_run(0.7, seed, draw=seed), tmp_path / "rows" / f"seed-{seed}")
    assert [run.about.seed for run in read_system(tmp_path / "rows").runs] == [1, 2]
    assert len(read_system(tmp_path / "rows" / "seed-1").runs) == 1
    write_run(made_run(0.7, 1, draw=5), tmp_path / "rows" / "again")
    with pytest.raises(InputError, match=r"must be seeds of one model.*again \(seed 1\)"):
        read_system(tmp_path / "rows")
    for seed, recipe in ((1, "window-5"), (2, "window-12")):
        run = made_run(0.7, seed, draw=seed)
        write_run(replace(run, about=replace(run.about, recipe=recipe, file="a.csv")), tmp_path / "mixed" / str(seed))
    with pytest.raises(InputError, match=r"different models and no seeds of one; .* \(window-12, a.csv\)"):
        read_system(tmp_path / "mixed")
    with pytest.raises(InputError, match="is not a run folder"):
        read_system(tmp_path / "nowhere")


def test_other_utterances_or_labels_are_refused():
    whole, part = made_run(0.7), made_run(0.7, n_talks=20)
    with pytest.raises(InputError, match="has utterance 1 of conversation 'c20' where"):
        compare_systems([System("a", (whole,)), System("b", (part,))])
    with pytest.raises(InputError, match="has utterance"):
        System("both", (whole, part))
    renamed = replace(whole, predictions=replace(whole.predictions, labels=("x", "y", "other")))
    with pytest.raises(LabelError, match="compare runs of one label set"):
        compare_systems([System("a", (whole,)), System("b", (renamed,))])
    unlabelled = replace(whole.predictions, gold=np.full(len(whole.predictions), -1))
    with pytest.raises(InputError, match="no utterance has a gold label"):
        score_system(System("none", (replace(whole, predictions=unlabelled),)))
