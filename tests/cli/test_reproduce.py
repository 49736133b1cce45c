"""`reproduce`: what it hands on, how it ends, and that answers are written as `evaluate` writes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from instructerc.cli.reproduce import _score_model
from instructerc.corpora import load_corpus
from instructerc.evaluation.runs import read_run
from instructerc.experiments.tables import ALL, load_table, shipped_tables
from instructerc.recognition import embedded_model


@pytest.fixture
def reproduced(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Puts a reproduction in place that only notes what it is asked for, and says so."""
    noted = SimpleNamespace(calls=[], left_out={}, error=None)

    def reproduce(table: Any, wanted: Any, score_model: Any, say: Any) -> SimpleNamespace:
        noted.calls.append((table.name, wanted))
        print("{'loss': 1}")
        say("[1/1] 1, meld")
        if noted.error:
            raise noted.error
        summaries = [{"row": "1", "weighted_f1": 0.5}]
        return SimpleNamespace(
            summaries=summaries, left_out=noted.left_out, markdown="# T\n\n| row |\n", folder=Path("runs/window/b")
        )

    module = ModuleType("instructerc.experiments.reproduce")
    module.reproduce = reproduce  # type: ignore[attr-defined]
    noted.published = []
    module.publish = lambda table, wanted, folder: noted.published.append((table.name, folder))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "instructerc.experiments.reproduce", module)
    return noted


def test_it_hands_on_what_was_asked_for_and_prints_the_table(run, reproduced):
    result = run(
        *("reproduce", "window", "--backbone", "some/base", "--corpus", "meld", "--row", "1", "--row", "12"),
        *("--data", "meld=here", "--output", "out", "--seeds", "3, 1,3", "--set", "stages.1.epochs=1"),
    )
    assert (result.exit_code, result.stdout) == (0, "# T\n\n| row |\n")
    assert result.stderr == "{'loss': 1}\n[1/1] 1, meld\n"
    [(name, wanted)] = reproduced.calls
    assert (name, wanted.backbone, wanted.output) == ("window", "some/base", Path("out"))
    assert (wanted.rows, wanted.corpora, wanted.seeds) == (("1", "12"), ("meld",), (3, 1))
    assert (wanted.data, wanted.changes) == ({"meld": "here"}, ("stages.1.epochs=1",))


def test_without_flags_everything_is_the_recipes(run, reproduced):
    assert run("reproduce", "main", "--backbone", "b").exit_code == 0
    wanted = reproduced.calls[0][1]
    assert (wanted.rows, wanted.corpora, wanted.seeds, wanted.data, wanted.changes) == ((), (), (), {}, ())


def test_all_runs_every_table_that_tests_an_idea(run, reproduced):
    result = run("reproduce", "all", "--backbone", "b", "--recipe", "encoder", "--minutes", "5")
    assert [name for name, _ in reproduced.calls] == list(ALL)
    wanted = reproduced.calls[0][1]
    assert (wanted.recipe, wanted.lenient, wanted.out_of_time) == ("encoder", True, False)
    assert result.stdout.count("# T\n") == len(ALL)


def test_finished_rows_are_published_where_asked(run, reproduced):
    run("reproduce", "window", "--backbone", "b", "--publish", "results")
    assert reproduced.published == [("window", Path("results"))]


def test_something_left_out_is_status_1_and_stands_in_the_json(run, reproduced):
    reproduced.left_out = {"iemocap": "no such folder"}
    result = run("reproduce", "window", "--backbone", "b", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        **{"table": "window", "backbone": "b", "folder": "runs/window/b", "left_out": {"iemocap": "no such folder"}},
        "rows": [{"row": "1", "weighted_f1": 0.5}],
    }


def test_ctrl_c_says_how_to_go_on(run, reproduced):
    reproduced.error = KeyboardInterrupt()
    result = run("reproduce", "window", "--backbone", "b")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.endswith("stopped; the same command continues\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "give TABLE and --backbone NAME; --list shows the tables"),
        (["window"], "give TABLE and --backbone NAME; --list shows the tables"),
        (
            ["windo", "--backbone", "b"],
            "no table 'windo' (did you mean 'window'?); give one of ablation, adapters,",
        ),
        (["window", "--backbone", "b", "--row", "13"], "table 'window' has no row '13' (did you mean '1"),
        (
            ["window", "--backbone", "b", "--corpus", "medl"],
            "table 'window' has no corpus 'medl' (did you mean 'meld'?)",
        ),
        (["window", "--backbone", "b", "--data", "meld"], "--data 'meld': expected NAME=DIR, such as meld=data/meld"),
        (["window", "--backbone", "b", "--seeds", "1,b"], "--seeds '1,b': expected whole numbers separated by commas"),
        (["window", "--backbone", "b", "--seeds", ""], "--seeds '': expected whole numbers separated by commas"),
    ],
)
def test_what_is_wrong_is_one_line_before_anything_runs(run, reproduced, arguments, line):
    result = run("reproduce", *arguments)
    assert (result.exit_code, reproduced.calls) == (2, [])
    assert result.stderr.startswith(f"error: {line}")
    assert result.stderr.count("\n") == 1


def test_list_shows_every_table_with_its_rows(run):
    lines = run("reproduce", "--list").stdout.splitlines()
    heads = [line.split(":")[0] for line in lines if not line.startswith(" ")]
    assert heads == list(shipped_tables())
    assert "window: The window of history, on iemocap-cosmic, iemocap, meld, emorynlp-csv, emorynlp" in lines
    data = json.loads(run("reproduce", "--list", "--format", "json").stdout)
    assert data["window"] == {"title": "The window of history", "rows": ["0", "1", "5", "12", "20"]}
    assert len(lines) == sum(1 + len(table["rows"]) for table in data.values())
    assert run("reproduce", "alpha", "--list").stdout.splitlines()[1:] == ["  0", "  0.05", "  0.1", "  0.2"]


def test_without_its_packages(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pydantic", None)
    for name in [name for name in sys.modules if name.startswith(("instructerc.training", "instructerc.experiments"))]:
        monkeypatch.delitem(sys.modules, name)
    result = run("reproduce", "--list")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: reproducing a table requires packages that are not installed: pip install 'instructerc[train]'\n",
    )


def test_the_examples_are_of_tables_and_options_that_exist(run):
    shown, examples = run("reproduce", "--help").stdout.split("\n  Examples:\n")
    lines = [line.split() for line in examples.splitlines() if line.strip()]
    for words in lines:
        assert words[:2] == ["instructerc", "reproduce"]
        assert {word for word in words if word.startswith("--")} <= set(re.findall(r"--[a-z-]+", shown))
        if words[2] not in ("--list", "all"):
            rows = {row.name for row in load_table(words[2]).rows}
            assert {word for before, word in pairwise(words) if before == "--row"} <= rows
    assert len(lines) == 5


def test_help_is_light():
    code = (
        "import contextlib, io, sys\nfrom instructerc.cli.main import main\n"
        "sys.argv = ['instructerc', 'reproduce', '--help']\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main()\n"
        "print(sorted({'torch', 'transformers', 'pydantic', 'numpy', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "[]\n"


def test_answers_are_those_of_evaluate(run, tiny_meld, tmp_path):
    talks = load_corpus("meld", tiny_meld, "test")
    ours = _score_model(embedded_model(), "meld", talks)
    run("evaluate", "--corpus", "meld", "--path", tiny_meld, "--output", "theirs")
    theirs = read_run(tmp_path / "theirs")
    np.testing.assert_array_equal(ours.predictions.probabilities, theirs.predictions.probabilities)
    assert dict(theirs.figures) == json.loads(json.dumps(ours.figures))
    assert ours.figures["n_utterances"] == 39
    assert (ours.texts, theirs.about.corpus, theirs.about.split) == (None, "meld", "test")
