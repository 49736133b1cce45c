"""RECCON-DD: invented dialogues in its layout."""

from __future__ import annotations

import json

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import InputError
from instructerc.labels import load_label_set


def _turn(turn, speaker, utterance, emotion, **causes):
    return {"turn": turn, "speaker": speaker, "utterance": utterance, "emotion": emotion, **causes}


TURNS = [
    _turn(1, "A", "The ferry is late .", "neutral"),
    _turn(2, "B", "Again !", "anger", **{"expanded emotion cause evidence": [1, "b"], "type": ["no-context"]}),
]


def _write(folder, name, document):
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("split", "name"), [("train", "train"), ("dev", "valid"), ("test", "test")])
def test_emotions_are_read_and_causes_are_not(tmp_path, split, name):
    _write(tmp_path, f"dailydialog_{name}.json", {"tr_17": [TURNS], "te_3": [TURNS[:1]]})
    first, second = load_corpus("reccon", tmp_path, split)
    assert (first.id, second.id) == (f"{split}/tr_17", f"{split}/te_3")
    assert first.utterances == (Utterance("A", "The ferry is late .", "neutral"), Utterance("B", "Again !", "anger"))


def test_the_label_set_knows_the_spellings_of_the_files():
    labels = load_label_set("reccon")
    spelt = {
        "happines": "happiness",
        "excited": "happiness",
        "angry": "anger",
        "sad": "sadness",
        "surprised": "surprise",
    }
    assert {word: labels.resolve(word) for word in spelt} == spelt


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], r"dailydialog_train\.json: the document must be an object, got \[\]; give RECCON's own file"),
        ({"tr_1": TURNS}, "dialogue tr_1: it must be a list, got {"),
        ({"tr_1": {}}, "dialogue tr_1: it must be a list, got {}"),
        ({"tr_1": [[{"speaker": "A"}]]}, "dialogue tr_1, turn 1: 'utterance' must be text, got None"),
        ({"tr_1": [[]]}, "contains no utterance"),
    ],
)
def test_another_layout_is_refused(tmp_path, document, said):
    with pytest.raises(InputError, match=said):
        load_corpus("reccon", _write(tmp_path, "dailydialog_train.json", document), "train")


def test_a_missing_file_says_what_is_needed(tmp_path):
    with pytest.raises(InputError, match=r"dailydialog_valid\.json: no such file; give the folder of RECCON's"):
        load_corpus("reccon", tmp_path, "dev")
