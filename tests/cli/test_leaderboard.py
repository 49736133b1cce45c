"""`instructerc leaderboard`: tables with filters, a site, new rows, exports and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ENTRY = """
model: My model
dataset: meld
variant: "2610"
metric: weighted_f1
value: 99.5
year: 2026
context: past
source: thin air
"""


def test_tables_are_ranked_and_filtered(run: Run):
    result = run("leaderboard", "--dataset", "meld", "--context", "past", "--since", "2023", "--top", "3", columns=120)
    assert result.exit_code == 0
    assert "MELD (meld-2610)" in result.stdout
    assert "DiaRelay" in result.stdout
    assert "BiosERC" not in result.stdout
    assert "more" in result.stdout
    assert "EmoryNLP" not in result.stdout


def test_a_narrow_table_marks_what_we_did_not_see(run: Run):
    narrow = run("leaderboard", "--dataset", "meld", columns=80).stdout
    marked = [line for line in narrow.splitlines() if line.count("│") > 4 and " ? " in line]
    assert any("71.90 ?" in line for line in marked)
    assert "62.33 ?" not in narrow
    assert "? not seen by us" in narrow
    assert " ? " not in run("leaderboard", "--dataset", "meld", columns=120).stdout


def test_other_metrics_are_asked_for(run: Run):
    assert "Macro F1" not in run("leaderboard", "--dataset", "meld").stdout
    assert "Macro F1" in run("leaderboard", "--dataset", "meld", "--metric", "macro_f1").stdout


def test_json_has_everything(run: Run):
    result = run("leaderboard", "--dataset", "emorynlp-984", "--metric", "weighted_f1", "--all", "--format", "json")
    [table] = json.loads(result.stdout)
    assert table["benchmark"] == "emorynlp-984"
    assert {41.37, 41.39} <= {row["value"] for row in table["results"]}
    assert all(row["context"] and row["source"] for row in table["results"])
    # A secondary source lists the paper's result again.
    unranked = {row["value"]: row["source_kind"] for row in table["results"] if row["rank"] is None}
    assert unranked == {41.39: "secondary", 40.25: "secondary"}


def test_the_site_is_built_into_a_folder(run: Run, tmp_path: Path):
    result = run("leaderboard", "build", "-o", "site")
    assert result.exit_code == 0
    assert "open site/index.html" in result.stderr
    assert (tmp_path / "site" / "benchmark" / "meld-2610.html").is_file()


def test_a_row_is_added_shown_exported_and_read_back(run: Run, tmp_path: Path):
    (tmp_path / "entry.yaml").write_text(ENTRY, encoding="utf-8")
    assert run("leaderboard", "export", "--to", "csv", "-o", "mine.csv").exit_code == 0
    before = (tmp_path / "mine.csv").read_bytes()
    result = run("leaderboard", "add", "entry.yaml", "--board", "mine.csv", "--set", "model=Better")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == "added better-meld-2610-weighted-f1: Better, 99.5 on meld-2610 (weighted_f1)\n"
    assert (tmp_path / "mine.csv").read_bytes().startswith(before)
    again = run("leaderboard", "add", "entry.yaml", "--board", "mine.csv", "--set", "model=Better")
    assert (again.exit_code, "is taken" in again.stderr) == (2, True)
    for target in ("json", "latex", "sota"):
        assert run("leaderboard", "export", "--board", "mine.csv", "--to", target, "-o", f"b.{target}").exit_code == 0
        back = run("leaderboard", "export", "--board", f"b.{target}", "--to", "csv")
        assert back.stdout_bytes == (tmp_path / "mine.csv").read_bytes()
    shown = run("leaderboard", "--board", "b.latex", "--dataset", "meld", "--top", "1")
    assert "99.50" in shown.stdout


def test_results_for_the_hub_go_into_a_folder(run: Run, tmp_path: Path):
    assert run("leaderboard", "export", "--to", "eval-results", "--status", "ours", "-o", "model").exit_code == 0
    names = {path.name for path in (tmp_path / "model" / ".eval_results").iterdir()}
    assert names == {"meld-2610.yaml", "emorynlp-984.yaml", "everyday-1128.yaml", "iemocap-six-1623.yaml"}
    model = "InstructERC embedded (small)"
    assert run("leaderboard", "export", "--to", "eval-results", "--model", model, "-o", "one").exit_code == 0
    [meld] = (tmp_path / "one" / ".eval_results").glob("meld-*")
    tasks = re.findall(r"task_id: (.*)", meld.read_text(encoding="utf-8"))
    assert len(tasks) == len(set(tasks)) == 3
    assert "model-index:" in run("leaderboard", "export", "--to", "model-index", "--status", "ours").stdout


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--dataset", "melt"), "--dataset 'melt': no result has it (did you mean 'meld'?)"),
        (("--model", "InstructER"), "--model 'InstructER': no result has it (did you mean 'InstructERC'?)"),
        (("--context", "future"), "--context 'future': no result has it"),
        (("--board", "none.csv"), "none.csv: cannot be read: No such file"),
        (("export", "--to", "eval-results"), "writes several files; give a folder with --output"),
        (("export", "--to", "xml"), "'xml' is not one of"),
        (("add", "entry.yaml", "--board", "x.csv", "--set", "model"), "expected KEY=VALUE"),
        (("add", "entry.yaml", "--board", "x.csv"), "entry.yaml: cannot be read"),
        (("build",), "Missing option '--output'"),
    ],
)
def test_faults_are_one_line(run: Run, arguments: tuple[str, ...], fault: str):
    result = run("leaderboard", *arguments)
    assert result.exit_code == 2
    assert fault in result.stderr
    assert result.stderr.count("\n") == 1
