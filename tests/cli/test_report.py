"""`report`: which files come of what, and what cannot be put into one page."""

from __future__ import annotations

import csv
import json
import re

import pytest

TALKS = "\n".join(
    json.dumps({"conversation": name, "speaker": "Ann", "text": text, "emotion": "joy"})
    for name in ("2026-11-03 a", "2026-11-04 b")
    for text in ("Such joy!", "perhaps anger", "hm")
)


def _data(path):
    return json.loads(re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"), re.S)[1])


def _header(folder):
    return (folder / "report.html").read_text(encoding="utf-8").split("<main")[0]


def test_files_become_a_page_with_tables_beside_it(run, write, loaded, tmp_path):
    result = run("report", write(TALKS), "-o", "out.html")
    assert (result.exit_code, result.stdout.split()) == (0, ["out.html", "out.csv", "out-turns.csv"])
    data = _data(tmp_path / "out.html")
    assert [talk["name"] for talk in data["talks"]] == ["2026-11-03 a", "2026-11-04 b"]
    assert data["periods"] == {"kind": "day", "names": ["2026-11-03", "2026-11-04"]}
    assert len(data["turns"]["text"]) == 6
    with (tmp_path / "out-turns.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["emotion"] for row in csv.DictReader(stream)] == ["joy", "anger", "neutral"] * 2


def test_words_and_names_stay_away_if_asked(run, write, loaded, tmp_path):
    run("report", write(TALKS), "--no-text", "--no-names", "--title", "November")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<h1 dir="auto">November</h1>' in page
    for private in ("Such joy", "Ann", "talk.jsonl", "2026-11-03 a"):
        assert private not in page
    for name in ("report.csv", "report-turns.csv"):
        assert "Ann" not in (tmp_path / name).read_text(encoding="utf-8-sig")


def test_a_file_that_cannot_be_read_does_not_keep_the_others_out(run, write, loaded, tmp_path):
    result = run("report", write(TALKS), "gone.txt")
    assert result.exit_code == 2
    assert "gone.txt: no such file" in result.stderr
    assert len(_data(tmp_path / "report.html")["talks"]) == 2
    assert "1 file could not be read to the end." in _header(tmp_path)


def test_what_was_left_out_stands_on_the_page(run, write, loaded, tmp_path):
    name = write(f"{TALKS}\nnot JSON\n")
    assert run("report", name, "--skip-bad").exit_code == 0
    assert "1 row could not be read: left out." in _header(tmp_path)
    assert "talk.jsonl:7: " in _header(tmp_path)
    run("report", name, "--skip-bad", "--no-names")
    assert "1 row could not be read: left out." in _header(tmp_path)
    assert "talk.jsonl" not in _header(tmp_path)
    run("report", write(TALKS))
    assert "left out" not in _header(tmp_path)


@pytest.mark.parametrize(
    ("below", "options", "unsure", "said"),
    [
        (None, [], 0, None),
        (0.7, [], 1, "less than 70 % is unsure"),
        (0.7, ["--min-probability", "0.5"], 0, "less than 50 % is unsure"),
        (0.5, ["--min-probability", "0.9"], 3, "less than 90 % is unsure"),
    ],
)
def test_a_turn_is_unsure_where_the_model_says_so_or_the_person(
    run, write, loaded, keyword_kind, tmp_path, monkeypatch, below, options, unsure, said
):
    monkeypatch.setattr(keyword_kind, "unsure_below", below)
    run("report", write(TALKS), *options)
    assert _data(tmp_path / "report.html")["turns"]["unsure"].count(1) == 2 * unsure
    assert said in _header(tmp_path) if said else "is unsure" not in _header(tmp_path)


def test_nothing_that_can_be_read_leaves_an_older_report_alone(run, loaded, tmp_path):
    (tmp_path / "report.html").write_text("older")
    assert run("report", "gone.txt").exit_code == 2
    assert (tmp_path / "report.html").read_text() == "older"


@pytest.mark.slow
def test_run_folders_become_a_page_with_plots(run, write, tmp_path):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    run("evaluate", write(TALKS), "-o", "a")
    run("evaluate", "talk.jsonl", "-o", "b", "--min-probability", "0.7")
    result = run("report", "a", "b", "-o", "models.html")
    assert (result.exit_code, result.stdout.split()) == (0, ["models.html", "models.csv", "models-plots"])
    page = (tmp_path / "models.html").read_text(encoding="utf-8")
    assert "Runs on talk.jsonl" in page
    assert (tmp_path / "models-plots" / "confusion-2.svg").is_file()


def test_a_run_and_a_file_do_not_go_together(run, write):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    run("evaluate", write(TALKS), "-o", "a")
    result = run("report", "talk.jsonl", "a")
    assert result.exit_code == 2
    assert "a is a run folder and talk.jsonl is not; give files with conversations alone" in result.stderr


def test_a_run_that_is_not_there_is_named_as_such(run, write):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    run("evaluate", write(TALKS), "-o", "a")
    result = run("report", "a", "nothere")
    assert (result.exit_code, "error: nothere: no such file or folder" in result.stderr) == (2, True)


@pytest.mark.parametrize("file", ["predictions.parquet", "metrics.json"])
def test_a_page_never_goes_over_a_file_of_its_run(run, write, tmp_path, file):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    run("evaluate", write(TALKS), "-o", "a")
    before = (tmp_path / "a" / file).read_bytes()
    result = run("report", "a", "-o", f"a/{file}")
    assert result.exit_code == 2
    assert f"--output a/{file} is also an input" in result.stderr
    assert (tmp_path / "a" / file).read_bytes() == before


def test_a_run_under_two_names_is_one_run(run, write):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    run("evaluate", write(TALKS), "-o", "a")
    result = run("report", "a", "a/")
    assert (result.exit_code, "a run is given twice: a, a/; give each folder once" in result.stderr) == (2, True)


def test_it_says_where_there_are_no_pictures(run, write, monkeypatch):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    run("evaluate", write(TALKS), "-o", "a")
    assert "plots are only SVG; for PNG too, pip install 'instructerc[report]'" in run("report", "a").stderr


def test_a_page_never_goes_over_its_input(run, write, loaded, tmp_path):
    result = run("report", write(TALKS), "-o", "talk.jsonl")
    assert result.exit_code == 2
    assert "--output talk.jsonl is also an input" in result.stderr
    assert (tmp_path / "talk.jsonl").read_text() == TALKS
