"""Training without what another corpus of the same source holds out."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.conversation import Conversation
from instructerc.corpora import load_corpus
from instructerc.corpora.joint.held_out import drop_held_out, share_source

HEADER = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID,Season,Episode\n"


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("meld", "emorynlp", True),
        ("emorynlp-csv", "meld", True),
        ("meld", "meld", True),
        ("goemotions", "goemotions-single", True),
        ("iemocap-cosmic", "iemocap", True),
        ("meld", "goemotions", False),
        ("goemotions", "iemocap", False),
        ("files", "meld", True),
        ("iemocap", "files", True),
    ],
)
def test_corpora_of_one_source_or_of_an_unknown_one_may_share(one: str, other: str, shared: bool) -> None:
    assert share_source(one, other) == shared
    assert share_source(other, one) == shared


def _write_meld(folder: Path, **dialogues: str) -> Path:
    folder.mkdir()
    for split in ("train", "dev", "test"):
        rows = [f'"{text}",Ann,joy,{n},0,1,2\n' for n, text in enumerate(dialogues[split].split("|"))]
        (folder / f"{split}_sent_emo.csv").write_text(HEADER + "".join(rows))
    return folder


def _drop(one: Path, others: list[tuple[str, str | Path]]) -> tuple[list[Conversation], list[str]]:
    said: list[str] = []
    kept = drop_held_out("meld", one, load_corpus("meld", one, "train"), others, said.append)
    return kept, said


def test_what_another_corpus_holds_out_is_dropped_and_told(tmp_path: Path) -> None:
    train = "We will be late for the ferry|Mind the rope|Who has the boat keys now|Hm"
    one = _write_meld(tmp_path / "one", train=train, dev="x", test="y")
    two = _write_meld(tmp_path / "two", train="Mind the rope, all of you", dev="Hm", test="Who has the boat keys now?")
    kept, said = _drop(one, [("meld", two)])
    assert [talk.id for talk in kept] == ["train/0", "train/1", "train/3"]
    assert said == ["meld: 1 training conversations occur in meld's dev or test; left out"]
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "dev.txt").write_text("Ann: We will be late for the ferry\n")
    (mine / "test.txt").write_text("Ann: Hm\n")
    kept, said = _drop(one, [("meld", two), ("files", mine)])
    assert [talk.id for talk in kept] == ["train/1", "train/3"]
    assert len(said) == 2


def test_corpora_of_other_sources_are_not_even_read(tmp_path: Path) -> None:
    one = _write_meld(tmp_path / "one", train="We will be late for the ferry", dev="x", test="y")
    kept, said = _drop(one, [("goemotions", tmp_path / "nowhere")])
    assert (len(kept), said) == (1, [])
