"""The report about runs: results, published ones beside them, plots, and the worst errors as conversations."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import date
from html import unescape

import numpy as np
import pytest

from instructerc import Conversation, Utterance
from instructerc.evaluation import evaluate_predictions
from instructerc.evaluation.runs import (
    UNLABELLED,
    Predictions,
    Run,
    RunAbout,
    RunTexts,
    ShownDemonstration,
    System,
)
from instructerc.labels import LabelSet, load_label_set
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
    # The legend has two.
    assert labels.svg.count("<rect") == 2 * len(MOOD) + 2


def test_parts_are_tables_too_and_speakers_have_one_of_their_own():
    run = _run(1, n_talks=12)
    made = _report(System("a", (run,)), System("b", (replace(_run(1, n_talks=12), name="b"),)))
    where = made.html[made.html.index('id="where-title"') : made.html.index('id="errors-title"')]
    captions = re.findall(r"<caption>(Weighted F1 by [^;]*)", unescape(where))
    assert [caption.removeprefix("Weighted F1 by ") for caption in captions] == [
        *("speaker", "turn in the conversation", "speaker's last emotion", "words of the utterance"),
    ]
    table = where[: where.index("</table>")]
    found = re.findall(r'<th scope="row">(\w+)</th>((?:<td class="number">[^<]*</td>)+)', table)
    shown = {name: re.findall(r">([^<]+)<", cells) for name, cells in found}
    own = {row["group"]: row for row in run.breakdowns["by_speaker"]}
    assert set(shown) == set(own) == {"Ann", "Bo"}
    for name, (count, first, second) in shown.items():
        assert count == str(own[name]["n_utterances"])
        assert first == f"{100 * own[name]['weighted_f1']:.2f}"
        assert second == f"{first} (+0.00)"


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


def test_without_texts_there_is_one_sentence_in_place_of_errors():
    made = _report(System("a", (replace(_run(3), texts=None),)))
    section = made.html[made.html.index('id="errors-title"') : made.html.index('id="made-title"')]
    assert "The run holds no text" in section
    assert "<ol" not in section
    assert "turn 1" not in section


def test_several_seeds_have_their_interval_and_plots_of_the_first():
    runs = tuple(replace(_run(1), about=replace(ABOUT, seed=seed)) for seed in (1, 2))
    made = _report(System("a", runs), System("b", (_run(1),)))
    assert "95 % over seeds" in made.html
    assert "are of its first seed alone" in made.html
    assert "it does not include how much a training with another seed would differ" in made.html
    one = _report(System("a", runs[:1]))
    assert "seeds" not in one.html.replace(">seeds<", "").replace("seeds: ", "")


def test_the_page_says_where_it_ran_and_whether_files_had_changes():
    run = replace(_run(1), environment={"commit": "abc", "changed": True, "processor": "EPYC"})
    made = _report(System("a", (run,)))
    assert "abc, with changes that are in no commit" in made.html
    assert "EPYC" in made.html
    assert "with changes" not in _report(System("a", (_run(1),))).html


def test_reliability_is_of_bins_with_enough_answers():
    points = reliability(_run(5, n_talks=40).predictions)
    assert points == sorted(points)
    assert all(0 < confidence <= 1 and 0 <= right <= 1 for confidence, right in points)
    assert reliability(_run(5, n_talks=1).predictions) == [] or len(points) > 1


def _on_benchmark(corpus, label_set, n_turns, named=None):
    """A run on as many turns as a test split has, with the labels of a set."""
    labels = load_label_set(label_set)
    gold = np.random.default_rng(1).integers(0, len(labels), n_turns)
    answers = np.where(np.arange(n_turns) % 3 == 0, (gold + 1) % len(labels), gold)
    rows = np.full((n_turns, len(labels)), 0.3 / (len(labels) - 1), np.float32)
    rows[np.arange(n_turns), answers] = 0.7
    talks = tuple(f"c{turn // 10}" for turn in range(n_turns))
    found = Predictions(
        labels.names,
        talks,
        np.arange(n_turns) % 10 + 1,
        ("Ann",) * n_turns,
        np.ones(n_turns, np.int64),
        gold,
        answers,
        rows,
    )
    about = replace(
        ABOUT, corpus=corpus, split="test", label_set=named or label_set, base="MiniLM", parameters=22_700_000
    )
    return System("mine", (Run.of(about, found, found.evaluate(labels), {}, {}),))


def test_published_results_are_of_the_same_test_split():
    board = load_board()
    found = published_beside(_on_benchmark("meld", "meld", 2610), board)
    assert (found.title, found.metric) == ("MELD", "weighted_f1")
    assert [one.value for one in found.entries] == sorted((one.value for one in found.entries), reverse=True)
    assert {one.kind for one in found.entries} == {"main"}
    assert published_beside(_on_benchmark("meld", "meld", 2600), board) is None
    [run] = _on_benchmark("meld", "meld", 2610).runs
    assert published_beside(System("dev", (replace(run, about=replace(run.about, split="dev")),)), board) is None


def test_other_labels_are_never_set_beside_published_results():
    system = _on_benchmark("everyday", "goemotions", 1128)
    assert published_beside(system, load_board()) is None
    assert published_beside(_on_benchmark("everyday-fine", "goemotions", 1128), load_board()) is None
    assert published_beside(_on_benchmark("everyday", "meld", 1128), load_board()) is not None


def test_turns_without_a_gold_label_do_not_make_it_another_split():
    [run] = _on_benchmark("meld", "meld", 2620).runs
    gold = run.predictions.gold.copy()
    gold[:10] = UNLABELLED
    system = System("mine", (replace(run, predictions=replace(run.predictions, gold=gold)),))
    assert published_beside(system, load_board()) is not None


def test_own_figures_beside_published_ones_are_of_the_metric_that_ranks():
    system = _on_benchmark("dailydialog", "dailydialog", 7740)
    made = _report(system)
    section = made.html[made.html.index('id="published-title"') : made.html.index('id="labels-title"')]
    own = made.scores[0].micro_f1_without_neutral.mean
    assert own == pytest.approx(system.runs[0].figures["micro_f1_without_neutral"])
    assert round(own, 4) != round(made.scores[0].weighted_f1.mean, 4)
    assert f"{100 * own:.2f}" in section
    assert "Micro F1 without neutral, percent" in section
    assert "eighted F1" not in section


def test_published_models_are_told_apart_and_their_standing_is_whole():
    made = _report(_on_benchmark("meld", "meld", 2610))
    section = made.html[made.html.index('id="published-title"') : made.html.index('id="labels-title"')]
    assert "LLaMA2-7B LoRA" in section
    assert "claimed, secondary source" in section
    assert "22.7M" in section


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
