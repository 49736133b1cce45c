"""Runs against runs on parts of the utterances: the same figures as each run's own, and honest about chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from instructerc.errors import InputError
from instructerc.evaluation import compare_predictions
from instructerc.evaluation.runs import (
    UNLABELLED,
    Predictions,
    Run,
    RunAbout,
    System,
    breakdowns,
    compare_coverage,
    compare_parts,
)
from instructerc.evaluation.significance import holm

ABOUT = RunAbout(made_by="evaluate", model="m", kind="encoder", label_set="xy", wording="encoder-1", date="2026-11-26")
TALKS, TURNS = 30, 8
PARTS = ("speaker", "position", "shift", "length")


def _run(seed: int, right: float, name: str = "run") -> Run:
    """Thirty conversations of two speakers; `right` is the share of right answers."""
    given, chance = np.random.default_rng(0), np.random.default_rng(seed)
    n = TALKS * TURNS
    gold = given.integers(0, 2, n)
    gold[::11] = UNLABELLED
    answers = np.where(chance.random(n) < right, np.maximum(gold, 0), 1 - np.maximum(gold, 0))
    rows = np.full((n, 2), 0, np.float32)
    rows[np.arange(n), answers] = sure = chance.uniform(0.5, 1, n).astype(np.float32)
    rows[np.arange(n), 1 - answers] = 1 - sure
    predictions = Predictions(
        ("x", "y"),
        tuple(f"c{talk}" for talk in range(TALKS) for _ in range(TURNS)),
        np.tile(np.arange(1, TURNS + 1), TALKS),
        tuple("AB"[turn % 2] if talk else "C" for talk in range(TALKS) for turn in range(TURNS)),
        given.integers(1, 20, n),
        gold,
        answers,
        rows,
    )
    return Run(ABOUT, predictions, {}, breakdowns(predictions), {}, {}, None, name)


@pytest.mark.parametrize("part", PARTS)
def test_each_system_scores_what_its_own_run_folder_says(part):
    ours, theirs = _run(1, 0.9), _run(2, 0.6)
    found = compare_parts([System("a", (ours,)), System("b", (theirs,))], part, 200)
    for place, run in enumerate((ours, theirs)):
        own = run.breakdowns[f"by_{part}"]
        assert [(one.group, one.n_utterances) for one in found] == [(row["group"], row["n_utterances"]) for row in own]
        assert [one.weighted_f1[place] for one in found] == pytest.approx([row["weighted_f1"] for row in own])


def test_seeds_are_averaged_and_differences_are_against_the_first_system():
    first, seeds = System("a", (_run(1, 0.9),)), System("b", (_run(2, 0.6), _run(3, 0.5)))
    rows = compare_parts([first, seeds], "shift", 200)
    alone = [compare_parts([System("b", (run,))], "shift", 200) for run in seeds.runs]
    for place, row in enumerate(rows):
        mean = np.mean([one[place].weighted_f1[0] for one in alone])
        assert row.weighted_f1[1] == pytest.approx(mean)
        assert row.against[0].bootstrap.difference == pytest.approx(mean - row.weighted_f1[0])
        assert alone[0][place].against == ()
    known = [row.against[0].bootstrap.p_value for row in rows]
    assert [row.against[0].corrected_p for row in rows] == holm(known)
    assert rows[0].to_data()["against"][0]["significant"] is rows[0].against[0].significant


def test_a_part_is_compared_on_its_own_utterances_alone():
    ours, theirs = _run(1, 0.9), _run(2, 0.6)
    row = compare_parts([System("a", (ours,)), System("b", (theirs,))], "position", 200)[1]
    chosen = (ours.predictions.turns == 2) & ours.predictions.scored
    gold, answers = ours.predictions.gold[chosen], [run.predictions.answers[chosen] for run in (theirs, ours)]
    expected = compare_predictions(gold, *answers, ours.predictions.conversation_numbers[chosen], 2, n_draws=200)
    assert (row.group, row.against[0].bootstrap) == ("2", expected)


def test_a_part_in_one_conversation_alone_has_no_p_and_no_verdict():
    rows = compare_parts([System("a", (_run(1, 0.9),)), System("b", (_run(2, 0.1),))], "speaker", 200)
    others = rows[-1]
    assert (others.group, others.against[0].bootstrap.p_value, others.against[0].significant) == (
        *("(other speakers)", None, False),
    )
    assert all(row.against[0].significant for row in rows[:-1])


def test_coverage_has_the_mean_accuracy_of_the_surest_answers():
    first, seeds = System("a", (_run(1, 0.9),)), System("b", (_run(2, 0.6), _run(3, 0.5)))
    found = compare_coverage([first, seeds])
    curves = [run.breakdowns["abstention"] for run in (*first.runs, *seeds.runs)]
    assert [one.coverage for one in found] == [point["coverage"] for point in curves[0]]
    for place, one in enumerate(found):
        a, b, c = (curve[place]["accuracy"] for curve in curves)
        assert one.accuracy == pytest.approx((a, (b + c) / 2))


def test_runs_of_other_utterances_are_refused():
    run = _run(1, 0.9)
    other = replace(
        run, predictions=replace(run.predictions, conversations=("z",) * 8 + run.predictions.conversations[8:])
    )
    systems = [System("a", (run,)), System("b", (other,))]
    with pytest.raises(InputError, match="a has utterance 1 of conversation 'c0' where b has"):
        compare_parts(systems, "speaker")
    with pytest.raises(InputError, match="where b has"):
        compare_coverage(systems)
