"""Several corpora as one: labels of one set, names that stay apart, and nothing of what another holds out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.joint.unifying import Mixture, unify
from instructerc.errors import InputError, LabelError
from instructerc.formats import ReadReport, write_jsonl
from instructerc.labels import LabelSet

MIXTURE = Mixture(LabelSet("mood", ("good", "bad"), {"good": ("joy", "Joyful")}, ("xxx",)))
HEADER = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\n"
LATE = "We will be late for the ferry"


@pytest.fixture
def corpora(tmp_path: Path) -> list[tuple[str, Path]]:
    """Two corpora: MELD's layout and a folder of files, where each has a training dialogue that the other holds out."""
    meld, files = tmp_path / "meld", tmp_path / "files"
    meld.mkdir()
    files.mkdir()
    for split, texts in (
        ("train", [LATE, "Mind the rope"]),
        ("dev", ["Cast off"]),
        ("test", ["The ferry is gone now, Bo"]),
    ):
        rows = [f'"{text}",Ann,joy,{n},0\n' for n, text in enumerate(texts)]
        (meld / f"{split}_sent_emo.csv").write_text(HEADER + "".join(rows))
    for split, texts in (("train", ["the ferry is gone now", "Oh"]), ("dev", [LATE]), ("test", ["No"])):
        turns = [
            [Utterance("Ann", text, "Joyful"), Utterance("Bo", "Hm", "xxx"), Utterance("Bo", "", None)]
            for text in texts
        ]
        write_jsonl([Conversation(str(n), one) for n, one in enumerate(turns)], files / f"{split}.jsonl")
    return [("meld", meld), ("files", files)]


def _unify(corpora: list[tuple[str, Path]], mixture: Mixture) -> tuple[dict[str, list[Conversation]], list[str]]:
    said: list[str] = []
    return unify(corpora, mixture, ReadReport(), said.append), said


def test_labels_names_and_splits(corpora: list[tuple[str, Path]]) -> None:
    unified, said = _unify(corpora, MIXTURE)
    assert {split: [talk.id for talk in talks] for split, talks in unified.items()} == {
        "train": ["train/meld/1", "train/files/1"],
        "dev": ["dev/meld/0", "dev/files/0"],
        "test": ["test/meld/0", "test/files/0"],
    }
    assert unified["train"][0].utterances == (Utterance("meld:Ann", "Mind the rope", "good"),)
    assert unified["train"][1].utterances == (
        Utterance("files:Ann", "Oh", "good"),
        Utterance("files:Bo", "Hm"),
        Utterance("files:Bo", ""),
    )
    assert said == [
        "meld: 1 training conversations occur in files's dev or test; left out",
        "files: 1 training conversations occur in meld's dev or test; left out",
        "files, train: 1 labels are not scored in mood and are left out: xxx 1",
        "files, dev: 1 labels are not scored in mood and are left out: xxx 1",
        "files, test: 1 labels are not scored in mood and are left out: xxx 1",
    ]


def test_the_overlap_can_be_kept_and_the_share_is_of_training_alone(corpora: list[tuple[str, Path]]) -> None:
    unified, said = _unify(corpora, replace(MIXTURE, keep_overlap=True))
    assert [len(talks) for talks in unified.values()] == [4, 2, 2]
    assert not any("left out" in line and "stand in" in line for line in said)
    half, _ = _unify(corpora, replace(MIXTURE, keep_overlap=True, share=0.5))
    assert [len(talks) for talks in half.values()] == [2, 2, 2]
    assert {talk.id.split("/")[1] for talk in half["train"]} == {"meld", "files"}
    assert half["dev"] == unified["dev"]
    assert half == _unify(corpora, replace(MIXTURE, keep_overlap=True, share=0.5))[0]
    drawn = {
        talk.id
        for seed in range(8)
        for talk in _unify(corpora, replace(MIXTURE, share=0.5, how="total", seed=seed))[0]["train"]
    }
    assert drawn == {"train/meld/1", "train/files/1"}


def test_what_cannot_be_unified_is_refused(corpora: list[tuple[str, Path]]) -> None:
    with pytest.raises(InputError, match="given twice in meld, meld"):
        _unify([corpora[0], corpora[0]], MIXTURE)
    with pytest.raises(
        LabelError, match=r"meld, train: conversation 'train/1': label 'joy' is not in label set 'two': a, b"
    ):
        _unify(corpora, Mixture(LabelSet("two", ("a", "b"))))
    with pytest.raises(InputError, match="share is 3"):
        _unify(corpora, replace(MIXTURE, share=3))
    with pytest.raises(InputError, match="unknown corpus 'melt'"):
        _unify([("melt", corpora[0][1])], MIXTURE)
    (corpora[1][1] / "train.jsonl").write_text('{"text": "the ferry is gone now", "speaker": "Ann"}\n')
    (corpora[0][1] / "train_sent_emo.csv").write_text(HEADER + f'"{LATE}",Ann,joy,0,0\n')
    with pytest.raises(InputError, match=r"no training conversation is left: .* \(--keep-overlap keeps them\)"):
        _unify(corpora, MIXTURE)
