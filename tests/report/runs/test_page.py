"""The report about runs: results, published ones beside them, plots, and the worst errors as conversations."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest

from instructerc import Conversation, Utterance
from instructerc.evaluation import evaluate_predictions
from instructerc.evaluation.runs import Predictions, Run, RunAbout, RunTexts, ShownDemonstration, System
from instructerc.labels import LabelSet
from instructerc.leaderboard import load_board
from instructerc.report.runs.errors import worst_errors
from instructerc.report.runs.figures import read_history, reliability
from instructerc.report.runs.files import write_plots, write_scores
from instructerc.report.runs.page import build_runs_report
from instructerc.report.runs.published import published_beside

MOOD = LabelSet("mood", ("neutral", "glad", "cross"))
ABOUT = RunAbout(
    made_by="evaluate", model="small", kind="encoder", label_set="mood", wording="encoder-1", date="2026-11-26"
)


class _Answer:
    def __init__(self, probabilities):
        self.probabilities = dict(zip(MOOD.names, probabilities, strict=True))
        self.label = max(self.probabilities, key=self.probabilities.get)


def _run(seed, name="runs/small", n_talks=8):
    chance = np.random.default_rng(seed)
    talks, answers = [], []
    for number in range(n_talks):
        golds = [MOOD.names[n] for n in chance.integers(0, 3, 5)]
        said = [Utterance("Ann" if n % 2 else "Bo", f"<i>said {n}</i>", gold) for n, gold in enumerate(golds)]
        talks.append(Conversation(f"c{number}", said))
        answers.append([_Answer(chance.dirichlet([1 + 1.5 * (name == gold) for name in MOOD.names])) for gold in golds])
    predictions = Predictions.of(talks, answers, MOOD)
    labels = [[turn.emotion for turn in talk.utterances] for talk in talks]
    evaluation = evaluate_predictions(
        labels, [[one.label for one in some] for some in answers], MOOD, probabilities=predictions.probabilities
    )
    texts = [turn.text for talk in talks for turn in talk.utterances]
    shown = (ShownDemonstration("<u>shown</u>", "glad", 0.5),)
    run = Run.of(ABOUT, predictions, evaluation, {}, {"commit": "abc"}, RunTexts(tuple(texts), (shown,) * len(texts)))
    return replace(run, name=name)


def _report(*systems):
    return build_runs_report(systems, load_board(), "Runs <b>", date(2026, 11, 26))


def test_one_run_has_every_section_and_its_words_stay_words():
    made = _report(System("small", (_run(1),)))
    found = re.findall(r'<h2 id="(\w+)-title">', made.html)
    assert found == ["results", "labels", "confusion", "confidence", "where", "errors", "made"]
    assert [plot.name for plot in made.plots] == [
        *("confusion-1", "labels", "reliability", "abstention", "by-position", "by-shift", "by-length")
    ]
    assert not re.search(r"<[biu]>(?:said|shown|$)", made.html)
    assert "&lt;u&gt;shown&lt;/u&gt;" in made.html
    assert not re.search(r"(?:src|href)=\"(?!#)|https?://", made.html)
    assert f"{100 * made.scores[0].weighted_f1.mean:.2f}" in made.html


def test_several_runs_are_compared_and_drawn_together():
    first = _run(1)
    other = replace(first, predictions=replace(first.predictions, answers=first.predictions.gold), name="b")
    made = _report(System("a", (first,)), System("b", (other,)))
    assert [one.name for one in made.against] == ["b"]
    assert ("not significant" in made.html) != made.against[0].significant
    assert {"confusion-1", "confusion-2"} <= {plot.name for plot in made.plots}
    [labels] = [plot for plot in made.plots if plot.name == "labels"]
    assert labels.svg.count("<rect") == 2 * len(MOOD)


def test_the_worst_errors_are_wrong_and_the_surest_first():
    run = _run(3)
    errors = worst_errors(run, 5)
    assert len(errors) == 5
    assert [one.confidence for one in errors] == sorted((one.confidence for one in errors), reverse=True)
    for one in errors:
        assert one.answer != one.gold == one.turns[-1].gold
        assert one.gold_probability < one.confidence
        assert [turn.number for turn in one.turns] == list(
            range(max(1, one.turns[-1].number - 3), one.turns[-1].number + 1)
        )
    assert worst_errors(replace(run, texts=None), 1)[0].turns[0].text is None


def test_reliability_is_of_bins_with_enough_answers():
    points = reliability(_run(5, n_talks=40).predictions)
    assert points == sorted(points)
    assert all(0 < confidence <= 1 and 0 <= right <= 1 for confidence, right in points)
    assert reliability(_run(5, n_talks=1).predictions) == [] or len(points) > 1


def test_published_results_are_of_the_same_test_split():
    run = _run(1)

    class Sized(Predictions):
        def __len__(self):
            return 2610

    sized = replace(run, about=replace(ABOUT, corpus="meld", split="test"))
    assert published_beside(sized, load_board()) is None
    values = {one.name: getattr(run.predictions, one.name) for one in fields(Predictions)}
    object.__setattr__(sized, "predictions", Sized(**values))
    title, ranking = published_beside(sized, load_board())
    assert title == "MELD"
    assert [one.entry.value for one in ranking] == sorted((one.entry.value for one in ranking), reverse=True)
    assert {one.entry.kind for one in ranking} == {"main"}
    assert published_beside(replace(sized, about=replace(sized.about, split="dev")), load_board()) is None


def test_learning_curves_are_drawn_where_training_left_them(tmp_path):
    place = tmp_path / "stage"
    place.mkdir()
    (place / "history.json").write_text(json.dumps([{"epoch": n, "eval_weighted_f1": 0.5 + n / 10} for n in (1, 2, 3)]))
    assert len(read_history(place / "dev-meld")) == 3
    (place / "history.json").write_text("{")
    assert read_history(place / "dev-meld") == []
    (place / "history.json").write_text(json.dumps([{"epoch": n, "eval_weighted_f1": 0.5} for n in (1, 2)]))
    made = _report(System("a", (_run(1, name=str(place / "dev-meld")),)))
    assert made.plots[-1].name == "learning"
    assert 'id="learning-title"' in made.html


@pytest.mark.parametrize("with_pictures", [True, False])
def test_plots_and_figures_stand_beside_it(tmp_path, monkeypatch, with_pictures):
    if with_pictures:
        pytest.importorskip("resvg_py", reason="the extra report is not installed")
    else:
        monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    made = _report(System("a", (_run(1),)))
    files = write_plots(made.plots, tmp_path / "plots")
    assert sorted(files) == sorted((tmp_path / "plots").iterdir())
    assert {file.suffix for file in files} == ({".svg", ".png"} if with_pictures else {".svg"})
    write_scores(made, tmp_path / "a.csv")
    [row] = csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines())
    assert float(row["weighted_f1"]) == pytest.approx(made.scores[0].weighted_f1.mean)
