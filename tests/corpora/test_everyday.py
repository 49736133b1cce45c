"""Everyday: the project's own corpus, its two labels and its annotators' shares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instructerc.corpora import corpora_with_shares, corpus_stats, load_corpus, load_shares
from instructerc.errors import InputError

DATA = Path(__file__).parents[2] / "data" / "everyday"


def _write(folder: Path, *turns: dict[str, str]) -> Path:
    talk = {"id": "w1-1", "domain": "parcels", "style": "typed", "utterances": list(turns)}
    (folder / "train.jsonl").write_text(json.dumps(talk) + "\n", encoding="utf-8")
    return folder


AGREED = {
    "speaker": "Ann",
    "text": "thanks!",
    "emotion": "joy",
    "fine": "gratitude",
    "writer": "joy",
    "second": "joy",
    "fine_second": "gratitude",
}
DISPUTED = {
    "speaker": "Bo",
    "text": "IN the bin??",
    "emotion": "anger",
    "fine": "annoyance",
    "writer": "surprise",
    "second": "anger",
    "third": "anger",
    "fine_second": "surprise",
}


def test_a_turn_has_seven_labels_or_fine_ones(tmp_path: Path) -> None:
    folder = _write(tmp_path, AGREED, DISPUTED)
    (talk,) = load_corpus("everyday", folder, "train")
    assert (talk.id, talk.cast) == ("train/w1-1", ("Ann", "Bo"))
    assert [turn.emotion for turn in talk.utterances] == ["joy", "anger"]
    (fine,) = load_corpus("everyday-fine", folder, "train")
    assert [turn.emotion for turn in fine.utterances] == ["gratitude", "annoyance"]


def test_half_of_an_answer_is_the_final_label_and_half_the_votes(tmp_path: Path) -> None:
    folder = _write(tmp_path, AGREED, DISPUTED)
    assert "everyday" in corpora_with_shares()
    agreed, disputed = load_shares("everyday", folder, "train", "meld")["train/w1-1"]
    assert agreed == pytest.approx({"joy": 1.0})
    # Of three votes, anger has two.
    assert disputed == pytest.approx({"anger": 0.5 + 2 / 6, "surprise": 1 / 6})
    _, fine = load_shares("everyday", folder, "train", "goemotions")["train/w1-1"]
    assert fine == pytest.approx({"annoyance": 0.75, "surprise": 0.25})
    assert load_shares("everyday", folder, "train", "emorynlp") == {}
    assert load_shares("meld", folder, "train", "meld") == {}


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "no JSON"), ("[]", "object"), ('{"id": "a", "utterances": [{"speaker": "Ann"}]}', "text")],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "train.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"(?is)train.jsonl.*{words}"):
        load_corpus("everyday", tmp_path, "train")


def test_the_projects_own_files_have_the_counts_of_their_card() -> None:
    card = (DATA / "README.md").read_text(encoding="utf-8")
    for split in ("train", "dev", "test"):
        stats = corpus_stats(load_corpus("everyday", DATA, split))
        assert f"| {split} | {stats.n_conversations} | {stats.n_utterances} | {stats.label_counts['neutral']} |" in card
