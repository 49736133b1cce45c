"""`evaluate`: the same figures as tables, as JSON and as answers in a file."""

from __future__ import annotations

import json
import sys

import pytest

from instructerc.evaluation.runs import read_run

GOLD = (
    '{"conversation": "a", "speaker": "Ann", "text": "Such joy!", "emotion": "happy"}\n'
    '{"conversation": "a", "speaker": "Bo", "text": "perhaps anger", "emotion": "anger"}\n'
    '{"conversation": "b", "speaker": "Cy", "text": "anger", "emotion": "sadness"}\n'
    '{"conversation": "b", "speaker": "Cy", "text": "hm"}\n'
)


def test_json_has_fractions_and_says_what_was_scored(run, write, loaded):
    result = run("evaluate", write(GOLD), "--format", "json")
    data = json.loads(result.stdout)
    assert {key: data[key] for key in ("corpus", "split", "file", "model", "label_set")} == {
        **{"corpus": None, "split": None, "file": "talk.jsonl"},
        **{"model": "embedded", "label_set": "meld"},
    }
    assert (data["n_utterances"], data["n_unlabelled"], data["n_conversations"]) == (3, 1, 2)
    assert data["accuracy"] == pytest.approx(2 / 3)
    # joy 1, anger 2/3 (one of two answers right), sadness 0; the labels that never occur count as 0 in the mean of 7.
    assert data["weighted_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert data["macro_f1"] <= data["weighted_f1"]
    assert (result.exit_code, result.stderr) == (0, "")


def test_two_models_are_called_auto_wherever_the_model_is_named(run, write, multilingual_package, tmp_path):
    talk = write(GOLD)
    assert json.loads(run("evaluate", talk, "--format", "json", "-o", "mine").stdout)["model"] == "auto"
    assert read_run(tmp_path / "mine").about.model == "auto"
    run("report", talk)
    assert "model auto" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads(run("evaluate", talk, "--model", "small", "--format", "json").stdout)["model"] == "small"


def test_table_has_the_title_and_the_figures(run, write, loaded):
    result = run("evaluate", write(GOLD), "--model", "mine", columns=100)
    assert result.stdout.splitlines()[0].rstrip() == "talk.jsonl, model: mine"
    assert "66.67" in result.stdout
    assert "left out without a gold label: 1" in result.stdout


def test_answers_are_written(run, write, loaded, tmp_path):
    run("evaluate", write(GOLD), "--output", "predictions.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert [(row["emotion"], row.get("gold")) for row in rows] == [
        ("joy", "happy"),
        ("anger", "anger"),
        ("anger", "sadness"),
        ("neutral", None),
    ]


def test_a_run_folder_is_written(run, tiny_meld, tmp_path):
    arguments = ("evaluate", "--corpus", "meld", "--path", tiny_meld, "--split", "dev", "--format", "json")
    printed = json.loads(run(*arguments, "--output", "runs/mine").stdout)
    found = read_run(tmp_path / "runs/mine")
    assert {name: printed[name] for name in found.figures} == dict(found.figures)
    assert (found.about.made_by, found.about.model, found.about.corpus, found.about.split) == (
        *("evaluate", "embedded", "meld", "dev"),
    )
    assert found.texts is not None
    assert "home" not in (tmp_path / "runs/mine/recipe.yaml").read_text()
    run(*arguments, "--output", "runs/mine", "--no-texts")
    assert read_run(tmp_path / "runs/mine").texts is None


def test_a_run_folder_of_a_file_names_it(run, write, tmp_path):
    run("evaluate", write(GOLD), "-o", "mine", "--min-probability", "0.5")
    found = read_run(tmp_path / "mine")
    assert (found.about.file, found.about.corpus, found.about.min_probability) == ("talk.jsonl", None, 0.5)
    assert found.predictions.gold.tolist()[3] == -1


def test_a_folder_that_cannot_be_is_told_first(run, write, loaded, monkeypatch):
    write("", "taken")
    result = run("evaluate", write(GOLD), "--output", "taken")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: --output taken is a file; give a folder for the run, or a name that ends in .jsonl\n",
    )
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    result = run("evaluate", write(GOLD), "--output", "mine")
    assert result.exit_code == 2
    assert "pip install 'instructerc[parquet]'" in result.stderr
    assert loaded == []


def test_abstentions_are_counted(run, write, loaded):
    data = json.loads(run("evaluate", write(GOLD), "--format", "json", "--min-probability", "0.7").stdout)
    assert data["abstained"] == 1


def test_a_label_outside_the_label_set(run, write, loaded):
    result = run("evaluate", write(GOLD.replace("sadness", "boredom")))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "error: talk.jsonl: conversation 'b', turn 1: label 'boredom' is not in label set 'meld': neutral, surprise,"
    )
    assert "give --labels with a set that has it" in result.stderr
    assert run("evaluate", write(GOLD.replace("sadness", "boredom")), "--labels", "happy,anger,boredom").exit_code == 0


def test_no_gold_label(run, write, loaded):
    result = run("evaluate", write("Ann: hi\n", "talk.txt"))
    assert (result.exit_code, result.stderr) == (2, "error: no utterance has a label of 'meld' to score against\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "give either FILE, or --corpus NAME with --path DIR"),
        (["talk.jsonl", "--corpus", "meld"], "give either FILE, or --corpus NAME with --path DIR"),
        (["--corpus", "meld"], "--corpus NAME and --path DIR belong together; a single file is given without them"),
        (["talk.jsonl", "--path", "."], "--corpus NAME and --path DIR belong together; a single file is given without"),
        (["--corpus", "medl", "--path", "."], "unknown corpus 'medl' (did you mean 'meld'?); give one of "),
    ],
)
def test_what_to_score_must_be_said_once(run, write, loaded, arguments, line):
    write(GOLD)
    result = run("evaluate", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {line}")
    assert result.stderr.count("\n") == 1


def test_a_corpus(run, loaded, real_corpus):
    folder = real_corpus("meld")
    data = json.loads(
        run("evaluate", "--corpus", "meld", "--path", folder, "--split", "dev", "--format", "json").stdout
    )
    assert (data["corpus"], data["split"], data["file"]) == ("meld", "dev", None)
    assert data["n_utterances"] == sum(row["support"] for row in data["per_class"]) > 1000
