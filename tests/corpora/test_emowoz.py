"""EmoWOZ: invented dialogues in its layout of three files."""

from __future__ import annotations

import json

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import InputError


def _user(text, agreed):
    annotators = [{"emotion": 0, "annotator": name} for name in ("a", "b", "c")]
    return {"text": text, "emotion": [*annotators, {"emotion": agreed}]}


def _files():
    return {
        "emowoz-multiwoz.json": {
            "MUL1.json": {
                "log": [_user("A train, please.", 0), {"text": "To where?", "emotion": []}, _user("Ely!", 5)]
            },
            "MUL2.json": {"log": [_user("Thanks.", 6), {"text": "Goodbye."}]},
        },
        "emowoz-dialmage.json": {"DMAGE1.json": {"log": [_user("Not again.", 2)]}},
        "data-split.json": {
            "train": {"multiwoz": ["MUL2.json", "MUL1.json"], "dialmage": ["DMAGE1.json"]},
            "dev": {"multiwoz": ["MUL1.json"], "dialmage": []},
            "test": {"multiwoz": [], "dialmage": ["DMAGE1.json"]},
        },
    }


def _write(folder, files):
    for name, document in files.items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_only_the_users_turns_are_labelled_and_the_split_file_orders(tmp_path):
    _write(tmp_path, _files())
    splits = {split: load_corpus("emowoz", tmp_path, split) for split in ("train", "dev", "test")}
    assert {split: [talk.id for talk in talks] for split, talks in splits.items()} == {
        "train": ["train/MUL2.json", "train/MUL1.json", "train/DMAGE1.json"],
        "dev": ["dev/MUL1.json"],
        "test": ["test/DMAGE1.json"],
    }
    assert splits["dev"][0].utterances == (
        Utterance("User", "A train, please.", "neutral"),
        Utterance("System", "To where?"),
        Utterance("User", "Ely!", "excited"),
    )
    assert [talk.utterances[0].emotion for talk in splits["train"]] == ["satisfied", "neutral", "dissatisfied"]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("data-split.json", {"train": {"multiwoz": ["MUL1.json"]}}, "train: 'dialmage' must be a list, got None"),
        (
            "data-split.json",
            {"dev": {}},
            r"data-split\.json: 'train' must be an object, got None; give EmoWOZ's own file",
        ),
        (
            "data-split.json",
            {"train": {"multiwoz": [3], "dialmage": []}},
            r"data-split\.json: train, multiwoz: ids must be text, got 3",
        ),
        (
            "data-split.json",
            {"train": {"multiwoz": ["gone"], "dialmage": []}},
            r"emowoz-multiwoz\.json: 'gone' must be an object, got None",
        ),
        ("emowoz-multiwoz.json", [], "the document must be an object"),
        (
            "emowoz-dialmage.json",
            {"DMAGE1.json": {"log": [{"text": "Hm."}]}},
            "turn 1: 'emotion' must be a list, got None",
        ),
        (
            "emowoz-dialmage.json",
            {"DMAGE1.json": {"log": [_user("Hm.", 7)]}},
            "dialogue DMAGE1.json, turn 1: the last emotion of a user's turn must be a number below 7, got 7",
        ),
        ("emowoz-dialmage.json", {"DMAGE1.json": {"log": [_user("Hm.", True)]}}, "a number below 7, got True"),
    ],
)
def test_another_layout_is_refused(tmp_path, name, change, said):
    _write(tmp_path, _files() | {name: change})
    with pytest.raises(InputError, match=said):
        load_corpus("emowoz", tmp_path, "train")


def test_a_missing_file_says_what_is_needed(tmp_path):
    files = _files()
    del files["emowoz-dialmage.json"]
    with pytest.raises(
        InputError, match=r"emowoz-dialmage\.json: no such file; give the folder of EmoWOZ's data-split"
    ):
        load_corpus("emowoz", _write(tmp_path, files), "train")
