"""`compare`: what it prints for one model, for seeds, and for what cannot be compared."""

from __future__ import annotations

import json
import shutil

import pytest

TALK = "\n".join(
    json.dumps({"conversation": f"c{talk}", "speaker": "Ann", "text": text, "emotion": emotion})
    for talk in range(12)
    for text, emotion in (("Such joy!", "joy"), ("hm", "neutral"), ("no anger here", "neutral"))
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the first test leaves its runs for the others."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def runs(run, write, tiny_meld, tmp_path, kept):
    """Two run folders of one file, the second with answers held back; and one of other turns."""
    if not any(kept.iterdir()):
        write(TALK)
        run("evaluate", "talk.jsonl", "-o", "a")
        run("evaluate", "talk.jsonl", "-o", "b", "--min-probability", "0.9")
        run("evaluate", "--corpus", "meld", "--path", tiny_meld, "-o", "other")
        shutil.copytree(tmp_path, kept, dirs_exist_ok=True)
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)


def test_table_says_what_is_significant(run, runs):
    result = run("compare", "a", "b", columns=120)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert result.stdout.startswith("talk.jsonl, 36 utterances scored")
    [verdict] = [line for line in lines if line[:1] == ["b"] and "significant" in line]
    assert verdict[1].startswith(("+", "-"))
    assert "weighted F1 against a" in result.stdout
    assert "a training with another seed" in " ".join(result.stdout.split())
    assert "over seeds" not in result.stdout


def test_several_seeds_have_an_interval_over_them(run, runs, tmp_path):
    for seed in (1, 2):
        folder = tmp_path / "both" / f"seed-{seed}"
        shutil.copytree(tmp_path / ("a" if seed == 1 else "b"), folder)
        figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        figures["about"]["seed"] = seed
        (folder / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    lines = run("compare", "both", columns=140).stdout.splitlines()
    assert any("over seeds" in line for line in lines)
    [row] = [line for line in lines if line.split()[:1] == ["both"]]
    assert row.count(" to ") == 2


def test_parts_of_the_utterances_are_compared_too(run, runs):
    result = run("compare", "a", "b", "--by", "position", "--by", "coverage", columns=120)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    start = lines.index(["weighted", "F1", "by", "position"])
    assert lines[start + 2] == ["turn", "utterances", "a", "b"]
    rows = lines[start + 4 : start + 7]
    assert [row[:2] for row in rows] == [["1", "12"], ["2", "12"], ["3-5", "12"]]
    assert all(float(row[4].strip("()*")) == pytest.approx(float(row[3]) - float(row[2]), abs=0.011) for row in rows)
    assert "In brackets: difference from a; *" in " ".join(result.stdout.split())
    [whole] = [line for line in lines if line[:2] == ["100", "%"]]
    assert len(whole) == 4
    alone = run("compare", "a", "--by", "shift", columns=120).stdout
    assert ("weighted F1 by shift" in alone, "In brackets" in alone) == (True, False)


def test_json_has_the_parts(run, runs):
    data = json.loads(run("compare", "a", "b", "--by", "length", "--by", "coverage", "--format", "json").stdout)
    assert sum(row["n_utterances"] for row in data["by_length"]) == 36
    assert [len(row["weighted_f1"]) for row in data["by_length"]] == [2] * len(data["by_length"])
    assert data["by_coverage"][0]["coverage"] == 1
    assert "by_shift" not in data


def test_json_has_fractions(run, runs):
    data = json.loads(run("compare", "a", "b", "--format", "json", "--draws", "300").stdout)
    assert [one["name"] for one in data["runs"]] == ["a", "b"]
    [found] = data["against"]
    ours = {one["name"]: one["weighted_f1"]["mean"] for one in data["runs"]}
    assert found["bootstrap"]["difference"] == pytest.approx(ours["b"] - ours["a"])
    assert found["corrected_p"] == found["bootstrap"]["p_value"]
    assert found["significant"] == (found["corrected_p"] < 0.05)
    assert data["draws"] == 300


def test_one_run_is_only_scored(run, runs):
    result = run("compare", "a", columns=120)
    assert (result.exit_code, "against" in result.stdout) == (0, False)


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (("a", "other"), "error: a has utterance 1 of conversation 'c0' where other has"),
        (("a", "gone"), "error: gone: is not a run folder: it has no metrics.json"),
        (("a", "a"), "error: a run is given twice: a, a; give each folder once"),
        (("a", "./a/"), "error: a run is given twice: "),
        (("a", "b", "--by", "speakers"), "error: --by 'speakers': no such part (did you mean 'speaker'?); give one of"),
    ],
)
def test_what_cannot_be_compared(run, runs, folders, message):
    result = run("compare", *folders)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message[:60] in result.stderr
    assert result.stderr.count("\n") == 1
