"""A folder of one's own files: which is a split, and what is a note."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport, write_jsonl

MELD = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.jsonl", '{"speaker": "Ann", "text": "Hi", "emotion": "glad"}\n'),
        ("train.csv", "speaker,text,emotion\nAnn,Hi,glad\n"),
        ("train.tsv", "from\tmessage\tlabel\nAnn\tHi\tglad\n"),
        ("train.csv", f"{MELD}\nHi,Ann,glad,train,0\n"),
    ],
)
def test_a_split_may_have_any_format(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    (tmp_path / "README.md").write_text("Ours.")
    (tmp_path / "training.csv").write_text("Not it.")
    assert load_corpus("files", tmp_path, "train") == [Conversation("train/train", [Utterance("Ann", "Hi", "glad")])]


@pytest.mark.parametrize("stem", ["dev", "valid", "validation"])
def test_development_has_three_names(tmp_path: Path, stem: str) -> None:
    (tmp_path / f"{stem}.txt").write_text("Ann: Hi\nBo: Ho\n")
    (tmp_path / "test").mkdir()
    [talk] = load_corpus("files", tmp_path, "dev")
    assert (talk.id, talk.cast) == (f"dev/{stem}", ("Ann", "Bo"))
    with pytest.raises(InputError, match=r"no test\.\*; put the test split there as JSONL"):
        load_corpus("files", tmp_path, "test")


def test_two_files_for_a_split_and_none_are_refused(tmp_path: Path) -> None:
    for name in ("dev.csv", "valid.jsonl"):
        (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=r"dev\.csv, valid\.jsonl could all be the dev split; keep only one"):
        load_corpus("files", tmp_path, "dev")
    with pytest.raises(InputError, match=r"no train\.\*"):
        load_corpus("files", tmp_path, "train")
    with pytest.raises(InputError, match="gone: cannot be listed as a folder"):
        load_corpus("files", tmp_path / "gone", "train")
    with pytest.raises(InputError, match="cannot be listed as a folder"):
        load_corpus("files", tmp_path / "dev.csv", "dev")


@pytest.mark.parametrize(
    ("header", "row", "notes"),
    [
        ("speaker,text,note,speaker_note", "Ann,Hi,loud,a cook", ("loud", "a cook")),
        ("speaker,text, note ,x", "Ann,Hi,loud,a cook", ("loud", None)),
        ("speaker;text;speaker_note", "Ann;Hi;a cook", (None, "a cook")),
        ("speaker,text,Note,Speaker Note", "Ann,Hi,loud,a cook", (None, None)),
        (f"{MELD},note", "Hi,Ann,glad,0,0,loud", ("loud", None)),
    ],
)
def test_a_table_has_the_notes_that_are_named_exactly_so(
    tmp_path: Path, header: str, row: str, notes: tuple[str | None, str | None]
) -> None:
    (tmp_path / "train.csv").write_text(f"{header}\n{row}\n")
    [talk] = load_corpus("files", tmp_path, "train")
    [turn] = talk.utterances
    assert (turn.speaker, turn.text) == ("Ann", "Hi")
    assert (turn.note, turn.speaker_note) == notes


def test_what_was_written_comes_back_with_its_notes(tmp_path: Path) -> None:
    talk = Conversation(
        "c", [Utterance("Ann", "Hi", "glad", note="loud"), Utterance("Bo", "Ho", speaker_note="a cook")]
    )
    write_jsonl([talk], tmp_path / "test.jsonl")
    assert load_corpus("files", tmp_path, "test") == [Conversation("test/c", talk.utterances)]


@pytest.mark.parametrize(
    ("ids", "read"),
    [
        (["train/0", "train/"], ["train/0", "train/"]),
        (["train/0", "1"], ["train/train/0", "train/1"]),
        (["dev/0"], ["train/dev/0"]),
        (["train"], ["train/train"]),
    ],
)
def test_ids_that_all_begin_with_the_split_are_kept(tmp_path: Path, ids: list[str], read: list[str]) -> None:
    write_jsonl([Conversation(name, [Utterance("Ann", "Hi")]) for name in ids], tmp_path / "train.jsonl")
    assert [talk.id for talk in load_corpus("files", tmp_path, "train")] == read


def test_wrong_rows_and_repairs_are_reported(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("speaker,text\n,Hi\n")
    report = ReadReport()
    load_corpus("files", tmp_path, "train", report)
    assert "speaker missing in 1 row(s)" in report.notes[0]
    (tmp_path / "train.csv").write_text("speaker,text\nAnn\n")
    with pytest.raises(BadRow, match=r"train\.csv:2: 1 cells where the header has 2"):
        load_corpus("files", tmp_path, "train")
    (tmp_path / "train.csv").write_text("who,words\nAnn,Hi\n")
    with pytest.raises(InputError, match=r"no column was recognised as the text.*; or rename the column"):
        load_corpus("files", tmp_path, "train")
