"""`corpus list`, `check` and `overlap`: what corpora there are, what a folder holds, what two of them share."""

from __future__ import annotations

import json
from collections import Counter

import pytest

HEADER = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID,Season,Episode\n"
SHARED = "We will be late for the ferry"


@pytest.fixture
def meld(tmp_path):
    """MELD's layout, invented: one dialogue a split."""
    return _write_meld(tmp_path / "one", train="Mind the rope", dev=SHARED, test="Cast off")


def _write_meld(folder, **texts):
    folder.mkdir()
    for split, text in texts.items():
        rows = f'"{text}",Ann,joy,0,0,1,2\n"Hm.",Bo,neutral,0,1,1,2\n'
        (folder / f"{split}_sent_emo.csv").write_text(HEADER + rows, encoding="utf-8")
    return folder


def test_list_names_every_corpus_with_its_licence(run):
    from instructerc.corpora import corpora

    entries = json.loads(run("corpus", "list", "--format", "json").stdout)
    assert {entry["name"] for entry in entries} == set(corpora()) - {"files"}
    said = run("corpus", "list").stdout
    for entry in entries:
        assert entry["licence"] in said
        assert ", ".join(entry["files"]) in said


def test_check_finds_the_corpus_and_says_what_differs(run, meld):
    result = run("corpus", "check", meld, "--format", "json")
    [found] = json.loads(result.stdout)
    assert (result.exit_code, found["corpus"]) == (1, "meld")
    assert {"split": "dev", "what": "joy", "found": 1, "published": 163} in found["differences"]
    assert {"split": "dev", "what": "conversations", "found": 1, "published": 114} in found["differences"]
    table = run("corpus", "check", meld)
    assert table.exit_code == 1
    assert "27 count(s) differ" in table.stdout
    assert "9,989" in table.stdout


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (["train_sent_emo.csv"], "looks like meld, but lacks dev_sent_emo.csv, test_sent_emo.csv; get it from"),
        (["notes.txt"], "contains no known corpus; known corpora are cped, dailydialog, "),
    ],
)
def test_check_of_a_folder_without_a_whole_corpus(run, tmp_path, made, said):
    for name in made:
        (tmp_path / name).write_text("x", encoding="utf-8")
    result = run("corpus", "check", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_check_of_what_is_no_folder(run, tmp_path):
    result = run("corpus", "check", tmp_path / "none")
    assert result.exit_code == 2
    assert "is not a folder; give the folder of a corpus" in result.stderr


@pytest.mark.parametrize("name", ["meld", "emorynlp", "emorynlp-csv", "goemotions"])
def test_the_real_files_hold_what_is_published(run, name, real_corpus):
    place = {"emorynlp": "emorynlp/full", "emorynlp-csv": "emorynlp/subset"}.get(name, name)
    folder = real_corpus(place)
    result = run("corpus", "check", folder, "--format", "json")
    checks = json.loads(result.stdout)
    assert checks[0]["corpus"] == name
    assert (result.exit_code, [one["differences"] for one in checks]) == (0, [[]] * len(checks))


def test_anomalies_have_their_kind_and_place(run, meld):
    path = meld / "train_sent_emo.csv"
    columns = HEADER.strip() + ",StartTime,EndTime\n"
    rows = (
        '"Mind the rope",Ann,joy,0,0,1,2,0:00:09,0:00:08\n'
        '" ",Ann and Bo,neutral,0,1,1,2,0:00:05,0:00:06\n'
        '"a\x80b",Bo,dismay,0,3,1,2,0:00:02,0:00:06\n'
    )
    path.write_text(columns + rows, encoding="utf-8")
    (meld / "test_sent_emo.csv").write_text((meld / "dev_sent_emo.csv").read_text(encoding="utf-8"), encoding="utf-8")
    [found] = json.loads(run("corpus", "check", meld, "--format", "json").stdout)
    anomalies = [(anomaly["place"], anomaly["what"]) for anomaly in found["anomalies"]]
    assert anomalies == [
        (2, "a turn that ends before it begins"),
        (3, "a turn without words"),
        (3, "a speaker that is several people"),
        (3, "a conversation whose start times run backwards, first here"),
        (4, "a conversation with a gap in Utterance_ID, first here"),
        (4, "cell(s) in the 2019 encoding: control characters turned back into quotes"),
        ("train/0, turn 3", "a label that is not in meld: dismay"),
        ("test/0, equal to dev/0", "a conversation of test that also occurs in dev"),
    ]
    assert {anomaly["source"] for anomaly in found["anomalies"][:6]} == {str(path)}
    first = run("corpus", "check", meld).stdout
    assert f"1 x a turn without words: {path}:3" in first.replace("\n", "")
    every = run("corpus", "check", meld, "--all").stdout
    assert f"{path}:3: a turn without words" in every.replace("\n", "")


def test_check_of_a_folder_of_corpora_reads_each(run, tmp_path):
    for name in ("one", "two"):
        _write_meld(tmp_path / name, train="Mind the rope", dev=SHARED, test="Cast off")
    checks = json.loads(run("corpus", "check", tmp_path, "--format", "json").stdout)
    assert [(one["corpus"], one["path"]) for one in checks] == [
        ("meld", str(tmp_path / name)) for name in ("one", "two")
    ]


def test_files_under_other_names_are_known_by_their_content(run, meld):
    for path in meld.iterdir():
        path.rename(meld / f"my-{path.name}")
    result = run("corpus", "check", meld)
    assert result.exit_code == 2
    assert (
        "my-test_sent_emo.csv, my-train_sent_emo.csv looks like meld by its content; rename the files" in result.stderr
    )


def test_melds_known_oddities_are_found(run, real_corpus):
    from pathlib import Path

    folder = real_corpus("meld")
    found = json.loads(run("corpus", "check", folder, "--format", "json").stdout)[0]
    counts = Counter((Path(a["source"]).name.split("_")[0], a["what"]) for a in found["anomalies"])
    backwards = "a conversation whose start times run backwards, first here"
    gaps = "a conversation with a gap in Utterance_ID, first here"
    # As measured on the files by others: 23, 4 and 4 dialogues, and 72, 2 and 2.
    assert [counts[split, backwards] for split in ("train", "dev", "test")] == [23, 4, 4]
    assert [counts[split, gaps] for split in ("train", "dev", "test")] == [72, 2, 2]
    assert counts["train", "Dialogue_ID 60 is missing"] == 1


def test_overlap_counts_and_writes_what_training_leaves_out(run, meld, tmp_path):
    other = _write_meld(tmp_path / "two", train=f"Look! {SHARED}, Bo.", dev="Yes", test="No")
    drop = tmp_path / "drop.txt"
    arguments = ["corpus", "overlap", f"meld={meld}", f"meld={other}"]
    result = run(*arguments, "--format", "json", "--drop", drop)
    found = json.loads(result.stdout)
    [row] = [row for row in found["matches"] if row["found"]]
    assert row == {"split": "dev", "other": "train", "utterances": 1, "found": 1, "exact": 0, "contained": 1}
    assert drop.read_text(encoding="utf-8").splitlines()[1:] == ["meld train/0"]
    assert "leave out 1 of 1 training conversations of meld (2 utterances)" in run(*arguments).stdout
    assert [
        row["found"] for row in json.loads(run(*arguments, "--format", "json", "--min-words", "9").stdout)["matches"]
    ] == [0] * 9


def test_overlap_needs_folders(run, meld):
    result = run("corpus", "overlap", f"meld={meld}", "emorynlp")
    assert result.exit_code == 2
    assert "'emorynlp' has no folder; give a corpus and its folder, such as meld=data/meld" in result.stderr
