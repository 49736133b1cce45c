"""Everyday: the project's own corpus, its two labels and its annotators' shares."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from instructerc.corpora import corpora_with_shares, corpus_stats, load_corpus, load_shares
from instructerc.errors import InputError
from instructerc.labels import load_label_set

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


def test_the_writers_own_words_are_shares_of_a_label_set_of_their_own(tmp_path: Path) -> None:
    turns = [{"speaker": "Ann", "text": "hi", "emotion": "joy", "fine": "joy", "word": "glad"}]
    turns += [{"speaker": "Bo", "text": "hello", "emotion": "neutral", "fine": "curiosity"}]
    (tmp_path / "words.jsonl").write_text(json.dumps({"id": "w7-1", "utterances": turns}) + "\n", encoding="utf-8")
    (talk,) = load_corpus("everyday-words", tmp_path, "train")
    assert (talk.id, [turn.emotion for turn in talk.utterances]) == ("words/w7-1", ["joy", "neutral"])
    assert load_shares("everyday-words", tmp_path, "train", "words") == {"words/w7-1": [{"glad": 1.0}, {}]}
    assert load_shares("everyday-words", tmp_path, "train", "meld")["words/w7-1"][1] == {"neutral": 1.0}
    assert load_shares("everyday-words", tmp_path, "train", "emorynlp") == {}
    with pytest.raises(InputError, match="unknown split 'dev'"):
        load_corpus("everyday-words", tmp_path, "dev")


def test_the_words_are_those_that_occur_three_times_and_no_held_out_name() -> None:
    turns = [turn for line in _lines("words") for turn in line["utterances"]]
    said = Counter(turn["word"] for turn in turns if "word" in turn)
    labels = load_label_set(DATA / "words.yaml")
    assert set(labels.names) == set(said)
    assert min(said.values()) >= 3
    assert set(labels.groups) == set(labels.names)
    assert not {"relief", "relieved", "embarrassment", "embarrassed", "pride", "proud", "excitement", "excited"} & set(
        said
    )


@pytest.mark.parametrize(("part", "least"), [("words", 3000), ("more", 3000), ("understated", 3000), ("plain", 600)])
def test_no_turn_of_the_further_talk_stands_in_development_or_test(part: str, least: int) -> None:
    held_out = {
        turn["text"].lower() for split in ("dev", "test") for one in _lines(split) for turn in one["utterances"]
    }
    turns = {turn["text"].lower() for one in _lines(part) for turn in one["utterances"]}
    assert len(turns) > least
    assert not {text for text in turns & held_out if len(text.split()) > 4}


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "not JSON"), ("[]", "object"), ('{"id": "a", "utterances": [{"speaker": "Ann"}]}', "text")],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "train.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"(?is)train.jsonl.*{words}"):
        load_corpus("everyday", tmp_path, "train")


def test_the_projects_own_files_have_the_counts_of_their_card() -> None:
    card = (DATA / "README.md").read_text(encoding="utf-8")
    for split, corpus in (
        ("train", ""),
        ("dev", ""),
        ("test", ""),
        ("words", "-words"),
        ("more", "-more"),
        ("understated", "-understated"),
        ("plain", "-plain"),
    ):
        stats = corpus_stats(load_corpus("everyday" + corpus, DATA, "train" if corpus else split))
        assert f"| {split} | {stats.n_conversations} | {stats.n_utterances} | {stats.label_counts['neutral']} |" in card


def test_other_languages_are_a_corpus_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "multilingual").mkdir()
    _write(tmp_path / "multilingual", AGREED, DISPUTED)
    (talk,) = load_corpus("everyday-multilingual", tmp_path, "train")
    assert (talk.id, [turn.emotion for turn in talk.utterances]) == ("train/w1-1", ["joy", "anger"])
    shares = load_shares("everyday-multilingual", tmp_path, "train", "meld")["train/w1-1"]
    assert shares[0] == pytest.approx({"joy": 1.0})
    with pytest.raises(InputError, match="unknown split 'test'"):
        load_corpus("everyday-multilingual", tmp_path, "test")


def test_the_other_languages_are_the_sixteen_of_the_card() -> None:
    for split, n_talks, n_turns in (("train", 533, 5936), ("dev", 92, 1290)):
        talks = load_corpus("everyday-multilingual", DATA, split)
        assert (len(talks), sum(map(len, talks))) == (n_talks, n_turns)
        codes = {talk.id.removeprefix(f"{split}/")[:2] for talk in talks}
        assert codes == {"de", "es", "fr", "it", "pt", "nl", "pl", "tr", "zh", "ja", "ko", "ar", "hi", "ru", "id", "uk"}
