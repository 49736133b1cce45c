"""Every figure of docs/results.md that comes from a run folder is computed again from the answers stored there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.evaluation.runs import breakdowns, read_run
from instructerc.experiments.results import ResultsTable, read_rows, render_results
from instructerc.experiments.tables import load_table, shipped_tables

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
RUNS = sorted(path.parent for path in RESULTS.rglob("metrics.json"))


def test_the_tables_of_the_document_follow_from_the_stored_answers():
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("<!-- tables: begin -->\n")
    printed, end, _ = rest.partition("<!-- tables: end -->\n")
    assert end
    assert printed.strip() == render_results(RESULTS).strip(), "run python benchmarks/results.py"


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: str(folder.relative_to(RESULTS)))
def test_the_figures_of_a_run_follow_from_its_answers(folder):
    run = read_run(folder)
    assert run.texts is None, "what was said belongs to the corpus's owners"
    # What was left out without a gold label is not told apart there.
    left_out = {"n_unlabelled", "n_ignored", "neutral", "micro_f1_without_neutral"}
    again = run.predictions.evaluate().to_dict()
    assert {name: again[name] for name in again if name not in left_out} == {
        name: run.figures[name] for name in again if name not in left_out
    }
    assert json.loads(json.dumps(breakdowns(run.predictions))) == run.breakdowns


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: str(folder.relative_to(RESULTS)))
def test_a_run_of_a_row_about_the_window_kept_its_window(folder):
    """With `history: trunk`, a target sees every earlier turn, whatever the window is."""
    about = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["about"]
    rows = load_table(about["table"]).rows if about["table"] in shipped_tables() else ()
    for row in rows:
        if row.name == about["row"] and any(change.startswith("prompt.window=") for change in row.set):
            assert about["history"].startswith("window "), about


def test_every_run_belongs_to_a_row():
    listed = 0
    for place in RESULTS.glob("*/*/table.json"):
        listed += sum(len(row.scores.seeds) for row in read_rows(place.parent, ResultsTable.read(place)))
    assert listed == len(RUNS)


def test_a_table_of_another_form_is_named(tmp_path):
    (tmp_path / "table.json").write_text('{"table": "x"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"table.json: is not a table of results"):
        ResultsTable.read(tmp_path / "table.json")
