"""A run folder gives back what was written, and a damaged one says which file and what is wrong."""

from __future__ import annotations

import importlib
import json
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, LabelError
from instructerc.evaluation import ABSTAINED
from instructerc.evaluation.runs import (
    UNLABELLED,
    Predictions,
    Run,
    RunAbout,
    RunTexts,
    check_same_utterances,
    environment,
    is_run,
    read_run,
    write_run,
)
from instructerc.evaluation.runs.parquet_files import write_predictions
from instructerc.labels import LabelSet
from instructerc.prompts import Demonstration
from instructerc.recognition import Recognition

LABELS = LabelSet("mood", ("good", "bad", "so, so"), {"good": ("fine",)}, ("none",))
TALKS = [
    Conversation(
        "a", [Utterance("Ann", "We won at last", "fine"), Utterance("Bo", "No", "bad"), Utterance("Ann", "Yes")]
    ),
    Conversation("b", [Utterance("Cy", "", "none"), Utterance("Cy", "hm well", "so, so")]),
]
ABOUT = RunAbout(made_by="evaluate", model="m", kind="encoder", label_set="mood", wording="w-1", date="2026-01-01")


def _recognition(*rows: float, label: str | None = "") -> Recognition:
    probabilities = dict(zip(LABELS.names, rows, strict=True))
    best = max(probabilities, key=probabilities.__getitem__)
    return Recognition(best if label == "" else label, probabilities[best], probabilities, 0)


ANSWERS = [
    [_recognition(0.7, 0.2, 0.1), _recognition(0.4, 0.35, 0.25, label=None), _recognition(0.1, 0.1, 0.8)],
    [_recognition(0.2, 0.2, 0.6), _recognition(0.1, 0.6, 0.3)],
]


@pytest.fixture
def run() -> Run:
    predictions = Predictions.of(TALKS, ANSWERS, LABELS)
    shown = [(Demonstration("Di", "Hooray", "good", similarity=0.5),), (), (), (), ()]
    recipe = {"evaluation": {"model": "m"}, "training": None}
    return Run.of(ABOUT, predictions, predictions.evaluate(LABELS), recipe, environment([3]), RunTexts.of(TALKS, shown))


def test_predictions_hold_every_utterance(run):
    found = run.predictions
    assert found.gold.tolist() == [0, 1, UNLABELLED, UNLABELLED, 2]
    assert found.answers.tolist() == [0, ABSTAINED, 2, 2, 1]
    assert (found.conversations, found.turns.tolist()) == (("a", "a", "a", "b", "b"), [1, 2, 3, 1, 2])
    assert (found.speakers[3], found.n_words.tolist()) == ("Cy", [4, 1, 1, 0, 2])
    assert found.conversation_numbers.tolist() == [0, 0, 0, 1, 1]


def test_what_is_written_is_read_back(run, tmp_path):
    write_run(run, tmp_path / "deep" / "run")
    found = read_run(tmp_path / "deep" / "run")
    for name in ("conversations", "speakers", "labels"):
        assert getattr(found.predictions, name) == getattr(run.predictions, name)
    for name in ("turns", "n_words", "gold", "answers", "probabilities"):
        np.testing.assert_array_equal(getattr(found.predictions, name), getattr(run.predictions, name))
    assert (found.about, found.recipe, found.environment) == (run.about, run.recipe, run.environment)
    assert found.figures == json.loads(json.dumps(run.figures))
    assert found.breakdowns == json.loads(json.dumps(run.breakdowns))
    assert found.texts == run.texts
    assert found.texts is not None
    assert found.texts.demonstrations[0][0].text == "Hooray"
    assert found.environment["seeds"] == [3]


def test_the_figures_follow_from_the_stored_answers(run, tmp_path):
    write_run(run, tmp_path)
    found = read_run(tmp_path)
    assert found.predictions.evaluate().to_dict() == dict(found.figures)
    assert found.figures["abstained"] == 1
    assert found.figures["accuracy"] == pytest.approx(1 / 3)


def test_predictions_hold_no_text(run, tmp_path):
    write_run(replace(run, texts=None), tmp_path)
    assert read_run(tmp_path).texts is None
    assert not (tmp_path / "texts.parquet").exists()
    assert b"won" not in (tmp_path / "predictions.parquet").read_bytes()


def test_a_folder_without_figures_is_unfinished(run, tmp_path):
    write_run(run, tmp_path)
    (tmp_path / "metrics.json").unlink()
    assert not is_run(tmp_path)
    with pytest.raises(InputError, match=r"is not a run folder.*evaluate --output DIR"):
        read_run(tmp_path)


def _changed(predictions: Predictions, **changes: object) -> Predictions:
    return replace(predictions, **changes)


def test_bad_predictions_are_named(run):
    good = run.predictions
    rows = good.probabilities.copy()
    rows[1, 0] = np.nan
    with pytest.raises(InputError, match=r"conversation 'a', utterance 2: \[nan, .* are not probabilities"):
        _changed(good, probabilities=rows)
    with pytest.raises(InputError, match=r"'a', utterance 1: .* sum to 1"):
        _changed(good, probabilities=good.probabilities * 2)
    with pytest.raises(InputError, match="conversation 'a': utterance 2 comes twice or out of order"):
        _changed(good, turns=np.array([1, 2, 2, 1, 2]))
    with pytest.raises(InputError, match="conversation 'b': utterance 3 comes where 2 is missing"):
        _changed(good, turns=np.array([1, 2, 3, 1, 3]))
    with pytest.raises(InputError, match="conversation 'a' occurs twice"):
        _changed(good, conversations=("a", "b", "b", "a", "a"), turns=np.array([1, 1, 2, 1, 2]))
    with pytest.raises(InputError, match="gold index 3 is none of the 3 labels"):
        _changed(good, gold=np.array([3, 0, 0, 0, 0]))
    with pytest.raises(LabelError, match="names 'good' twice"):
        _changed(good, labels=("good", "bad", "good"))
    with pytest.raises(InputError, match="columns of other lengths"):
        _changed(good, gold=good.gold[:2])


def test_runs_of_other_questions_cannot_be_compared(run):
    good = run.predictions
    check_same_utterances(good, good)
    with pytest.raises(LabelError, match=r"left has the labels good, bad, so, so, right has bad, good"):
        check_same_utterances(good, _changed(good, labels=("bad", "good", "so, so")), ("left", "right"))
    shorter = Predictions.of(TALKS[:1], ANSWERS[:1], LABELS)
    with pytest.raises(InputError, match="A has utterance 1 of conversation 'b' where B has another or none"):
        check_same_utterances(good, shorter)
    with pytest.raises(InputError, match="B has utterance 1 of conversation 'b' where A has another or none"):
        check_same_utterances(shorter, good)
    with pytest.raises(InputError, match="different gold labels for utterance 2 of conversation 'a'"):
        check_same_utterances(good, _changed(good, gold=np.array([0, 0, UNLABELLED, UNLABELLED, 2])))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("metrics.json", "{", r"metrics.json: cannot be read"),
        ("metrics.json", "[]", r"metrics.json: holds list"),
        ("metrics.json", '{"format": 9}', r"has format 9; this version reads 1"),
        ("metrics.json", '{"format": 1, "figures": {}}', r"has no n_utterances, .* among its figures"),
        ("environment.json", "", r"environment.json: cannot be read"),
        ("recipe.yaml", "a: [", r"recipe.yaml: cannot be read"),
        ("recipe.yaml", "name: x", r"must have the keys `evaluation` and `training`"),
        ("recipe.yaml", "evaluation: {}\ntraining: [1]", r"`training` is list; it must be a mapping or null"),
        ("predictions.parquet", "PAR1", r"predictions.parquet: cannot be read as Parquet"),
        ("texts.parquet", "x", r"texts.parquet: cannot be read as Parquet"),
    ],
)
def test_a_damaged_folder_names_the_file(run, tmp_path, name, content, message):
    write_run(run, tmp_path)
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_run(tmp_path)


@pytest.mark.parametrize("kind", ["figures", "breakdowns"])
def test_a_part_that_is_missing_among_the_figures_is_named(run, tmp_path, kind):
    write_run(run, tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    last = {"figures": "per_class", "breakdowns": "abstention"}[kind]
    del metrics[kind][last]
    (tmp_path / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    with pytest.raises(InputError, match=f"metrics.json: has no {last} among its {kind}; it is damaged"):
        read_run(tmp_path)


def test_an_answer_that_is_missing_at_the_end_is_noticed(run, tmp_path):
    write_run(run, tmp_path)
    # Its conversation is shorter, and without the figures nobody could tell.
    fewer = [TALKS[0], Conversation("b", TALKS[1].utterances[:1])]
    write_predictions(Predictions.of(fewer, [ANSWERS[0], ANSWERS[1][:1]], LABELS), tmp_path / "predictions.parquet")
    with pytest.raises(InputError, match=r"has 2 utterances with a gold label, metrics.json has figures of 3"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"made_by": "hand"}, "made_by 'hand'; it must be one of train, evaluate, reproduce"),
        ({"seeed": 1}, r"unknown field 'seeed' \(did you mean 'seed'\?\)"),
        ({"seed": "one"}, "seed 'one'; it must be a whole number or null"),
        ({"model": None}, "needs the text 'model', got None"),
        ({"corpus": 3}, "corpus 3; it must be text or null"),
        ({"context": "later"}, "context 'later'; it must be one of past, both"),
        ({"date": "yesterday"}, "date 'yesterday'; it must be a day, as 2026-11-27"),
        ({"min_probability": "half"}, "min_probability 'half'; it must be a number from 0 to 1"),
        ({"min_probability": 1.5}, "min_probability 1.5; it must be a number from 0 to 1"),
    ],
)
def test_a_wrong_head_is_named(changes, message):
    with pytest.raises(InputError, match=message):
        RunAbout.from_data({**ABOUT.to_data(), **changes}, "x")


def test_predictions_of_another_kind_of_table(run, tmp_path):
    import pyarrow
    import pyarrow.parquet

    write_run(run, tmp_path)
    pyarrow.parquet.write_table(pyarrow.table({"conversation": ["a"]}), tmp_path / "predictions.parquet")
    with pytest.raises(InputError, match="has instructerc_predictions none, and 1 is read"):
        read_run(tmp_path)
    write_predictions(run.predictions, tmp_path / "predictions.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "predictions.parquet")
    metadata = {b"instructerc_predictions": b"1", b"labels": json.dumps(LABELS.names).encode()}

    def rewritten(changed: pyarrow.Table) -> None:
        pyarrow.parquet.write_table(changed.replace_schema_metadata(metadata), tmp_path / "predictions.parquet")
        with pytest.raises(InputError) as raised:
            read_run(tmp_path)
        messages.append(str(raised.value))

    messages: list[str] = []
    rewritten(table.drop_columns(["p_bad"]))
    rewritten(table.set_column(4, "gold", pyarrow.array(["good", "odd", None, None, "bad"])))
    rewritten(table.set_column(6, "p_good", pyarrow.array([None, 0.1, 0.1, 0.1, 0.1], "float32")))
    rewritten(table.set_column(0, "conversation", pyarrow.array([None, "a", "a", "b", "b"])))
    assert "has no column 'p_bad'" in messages[0]
    assert "gold 'odd' is not one of the labels good, bad, so, so" in messages[1]
    assert "conversation 'a', utterance 1: [nan" in messages[2]
    assert "column 'conversation' must hold text in every row" in messages[3]


def test_the_environment_says_whether_files_differ_from_the_commit(monkeypatch):
    said = {"rev-parse": "abc\n", "status": ""}
    # As in a process of its own each time.
    module = importlib.import_module("instructerc.evaluation.runs.environment")
    monkeypatch.setattr(module, "_git", module._git.__wrapped__)

    def git(words, **_):
        return subprocess.CompletedProcess(words, 0, said[words[1]], "")

    monkeypatch.setattr(subprocess, "run", git)
    assert {name: environment()[name] for name in ("commit", "changed")} == {"commit": "abc", "changed": False}
    said["status"] = " M src/instructerc/errors.py\n"
    assert environment()["changed"] is True
    monkeypatch.setattr(
        subprocess, "run", lambda words, **_: subprocess.CompletedProcess(words, 128, "", "no checkout")
    )
    assert {name: environment()[name] for name in ("commit", "changed")} == {"commit": "unknown", "changed": None}
    assert environment()["processor"]
