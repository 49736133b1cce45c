"""`evaluate --behaviour`: a suite as tables, as JSON and as checks in a file."""

from __future__ import annotations

import json

import pytest

SUITE = """
capability: words
mft:
  - {id: w1, split: dev, conversation: [{speaker: Ann, text: Such joy!}], expect: [joy]}
  - {id: w2, split: test, conversation: [{speaker: Ann, text: Hm.}], expect: [anger, disgust]}
dir:
  - {id: w3, split: dev, conversation: [{speaker: Bo, text: Hm.}], becomes: anger, label: anger, direction: rises}
inv:
  - {change: phone-numbers, over: [mft]}
"""


@pytest.fixture
def suite(tmp_path, write, loaded):
    (tmp_path / "suite").mkdir()
    write(SUITE, "suite/words.yaml")
    return "suite"


def test_json_has_both_splits_apart(run, suite):
    result = run("evaluate", "--behaviour", suite, "--format", "json")
    data = json.loads(result.stdout)
    assert {key: data[key] for key in ("behaviour", "split", "model", "label_set", "n_checks", "n_failures")} == {
        **{"behaviour": "suite", "split": None, "model": "embedded", "label_set": "meld"},
        **{"n_checks": 5, "n_failures": 1},
    }
    assert data["pass_rate_by_split"] == {"dev": 1.0, "test": 0.5}
    assert "failures" not in data
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_split_alone_says_nothing_of_the_other(run, suite):
    data = json.loads(run("evaluate", "--behaviour", suite, "--split", "dev", "--format", "json").stdout)
    assert (data["split"], data["n_checks"], data["pass_rate_by_split"]) == ("dev", 3, {"dev": 1.0})


def test_failures_are_listed_where_asked_for(run, suite):
    result = run("evaluate", "--behaviour", suite, "--failures", columns=100)
    assert result.stdout.splitlines()[0].rstrip() == "suite, model: embedded"
    assert "w2 (test): neutral 80.0, wanted anger or disgust: Ann: Hm." in result.stdout
    assert "w2 (test)" not in run("evaluate", "--behaviour", suite).stdout
    data = json.loads(run("evaluate", "--behaviour", suite, "--failures", "--format", "json").stdout)
    assert [failure["id"] for failure in data["failures"]] == ["w2"]


def test_every_check_is_written(run, suite, tmp_path):
    run("evaluate", "--behaviour", suite, "--output", "checks.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "checks.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["type"], row["passed"]) for row in rows] == [
        ("w1", "MFT", True),
        ("w2", "MFT", False),
        ("w3", "DIR", True),
        ("w1/phone-numbers/1", "INV", True),
        ("w2/phone-numbers/1", "INV", True),
    ]
    assert rows[2]["changed"] == [{"speaker": "Bo", "text": "anger"}]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["talk.jsonl", "--behaviour", "suite"], "--behaviour DIR has its own conversations; leave out FILE, --corpus"),
        (["--behaviour", "suite", "--split", "train"], "a behaviour suite has only the splits dev and test"),
        (["--behaviour", "gone"], "gone is not a behaviour suite: give a folder of YAML files"),
        (["talk.jsonl", "--failures"], "--failures lists failed checks of a behaviour suite; give --behaviour DIR"),
        (["--behaviour", "suite", "--labels", "calm,cross"], "behaviour case 'w1': label 'joy' is not in label set"),
        (["--behaviour", "suite", "--output", "gone/checks.jsonl"], "gone/checks.jsonl: "),
    ],
)
def test_what_does_not_fit_is_one_line(run, suite, arguments, line):
    result = run("evaluate", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {line}")
    assert result.stderr.count("\n") == 1
