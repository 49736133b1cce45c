"""Files and folders that are written whole or not at all, and read back equal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.corpora.corpus import SPLITS
from instructerc.corpora.own_files import write_folder
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations, write_jsonl
from instructerc.formats.jsonl import writer
from instructerc.formats.lossless import kind_of, write_file

KINDS: list[Any] = ["jsonl", "parquet"]


def _talks(split: str) -> list[Conversation]:
    turns = [Utterance("Ann", "Hi", "joy", 1.0, 2.0, "loud", "a cook"), Utterance("Bo", "")]
    return [Conversation(f"{split}/0", turns), Conversation(f"{split}/", turns[1:])]


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_read_back_with_the_same_ids(tmp_path: Path, kind: str) -> None:
    splits = {split: _talks(split) for split in SPLITS}
    written = write_folder(splits, tmp_path / "new" / "one", kind)
    assert [(file.path.name, file.n_conversations, file.n_utterances) for file in written] == [
        (f"{split}.{kind}", 2, 3) for split in SPLITS
    ]
    for split, talks in splits.items():
        assert load_corpus("files", tmp_path / "new" / "one", split) == talks


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jsonl", "jsonl"), ("a.NDJSON", "jsonl"), ("a.parquet", "parquet"), ("a.b.parquet", "parquet")],
)
def test_the_extension_says_what_is_written(name: str, kind: str) -> None:
    assert kind_of(Path(name)) == kind


def test_another_extension_asks() -> None:
    with pytest.raises(InputError, match=r"a\.csv: JSONL or Parquet\? give --to, or a name that ends in"):
        kind_of(Path("a.csv"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_is_kept_unless_it_is_forced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_text("mine")
    with pytest.raises(InputError, match="already exists; --force overwrites it"):
        write_file(_talks("train"), path, kind)
    assert path.read_text() == "mine"
    assert write_file(_talks("train"), path, kind, force=True).n_utterances == 3
    # A file may be written over while it is read.
    assert write_file(read_conversations(path), path, kind, force=True).n_utterances == 3
    assert list(read_conversations(path)) == _talks("train")


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    def broken() -> Iterator[Conversation]:
        yield from _talks("train")
        raise InputError("no further")

    old = tmp_path / f"old.{kind}"
    old.write_text("mine")
    with pytest.raises(InputError, match="no further"):
        write_file(broken(), old, kind, force=True)
    with pytest.raises(InputError, match="no further"):
        write_folder({"train": _talks("train"), "dev": broken()}, tmp_path / "folder", kind)
    assert old.read_text() == "mine"
    assert list((tmp_path / "folder").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", f"old.{kind}"]


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jsonl: cannot be written: No such file or directory"):
        write_file(_talks("train"), tmp_path / "none" / "a.jsonl", "jsonl")
    with pytest.raises(InputError, match="is a folder; give the name of a file"):
        write_file(_talks("train"), tmp_path, "jsonl", force=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file: cannot be created: File exists"):
        write_folder({"train": _talks("train")}, tmp_path / "file", "jsonl")
    (tmp_path / "valid.csv").write_text("x")
    with pytest.raises(InputError, match=r"has valid\.csv for the dev split already; give another folder"):
        write_folder({"train": _talks("train"), "dev": _talks("dev")}, tmp_path, "jsonl", force=True)
    assert not (tmp_path / "train.jsonl").exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (Conversation("train/0", [Utterance("Ann", "Hi")]), "conversation 'train/0' occurs twice"),
        (Conversation("a\ud83d", [Utterance("Ann", "Hi")]), "contains a NUL character or half a surrogate pair"),
        (Conversation("a\0", [Utterance("Ann", "Hi")]), "contains a NUL character or half a surrogate pair"),
        (Conversation("a", [Utterance("Ann", "Hi", "j\ud83d")]), "contains a NUL character or half a surrogate pair"),
        (Conversation("a", [Utterance("Ann", "Hi" * 300)]), "an utterance is longer than"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, talk: Conversation, said: str
) -> None:
    monkeypatch.setattr(writer, "MAX_LINE", 500)
    with pytest.raises(InputError, match=said):
        write_file([*_talks("train"), talk], tmp_path / f"a.{kind}", kind)
    assert list(tmp_path.iterdir()) == []


def test_a_conversation_that_is_longer_than_a_line_is_written_by_utterances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Conversation(
        "b", [Utterance("Ann", "Hi " * 40, "joy", 1.0), Utterance("Bo", "Ho " * 40), Utterance("Ann", "")]
    )
    monkeypatch.setattr(writer, "MAX_LINE", 300)
    talks = [*_talks("train"), long, Conversation("c", long.utterances[2:])]
    write_jsonl(talks, tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert len(lines) == 6
    assert max(map(len, lines)) <= 300
    assert list(read_conversations(tmp_path / "a.jsonl")) == talks
    monkeypatch.setattr(writer, "MAX_LINE", 150)
    with pytest.raises(InputError, match="'b': an utterance is too long for a line of JSONL"):
        write_jsonl([long], tmp_path / "a.jsonl")


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize("starts", [(1735074300.0, 1735074360.0), (45650.878, 45650.879), (250.0, 2000.0)])
def test_seconds_that_would_be_another_kind_of_time_elsewhere_come_back(
    tmp_path: Path, kind: str, starts: tuple[float, float]
) -> None:
    talks = [Conversation("a", [Utterance("Ann", "We are so glad", start=start) for start in starts])]
    write_file(talks, tmp_path / f"a.{kind}", kind)
    report = ReadReport()
    assert list(read_conversations(tmp_path / f"a.{kind}", report=report)) == talks
    assert report.notes == []
