"""EmotionLines: invented dialogues in its layout."""

from __future__ import annotations

import json

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import load_corpus, load_shares
from instructerc.corpora.on_disk.check import check_corpus
from instructerc.corpora.on_disk.find import find_corpus
from instructerc.errors import InputError
from instructerc.labels import load_label_set


def _turn(speaker="Ann", utterance="We won!", emotion="joy", annotation="0500000"):
    return {"speaker": speaker, "utterance": utterance, "emotion": emotion, "annotation": annotation}


def _write(folder, name, document):
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_a_dialogue_is_named_by_its_place(tmp_path):
    talks = [[_turn(), _turn("Bo", "Did we?", "non-neutral", "2100020")], [_turn("Cy", "Hm.", "neutral", "5000000")]]
    first, second = load_corpus("emotionlines-friends", _write(tmp_path, "friends_dev.json", talks), "dev")
    assert (first.id, second.id) == ("dev/0", "dev/1")
    assert first.utterances == (Utterance("Ann", "We won!", "joy"), Utterance("Bo", "Did we?", "non-neutral"))
    assert load_label_set("emotionlines").resolve("non-neutral") is None


def test_speakers_of_chats_may_be_numbers(tmp_path):
    _write(tmp_path, "emotionpush_test.json", [[_turn("1051336806"), _turn(1051336806)]])
    [talk] = load_corpus("emotionlines-push", tmp_path, "test")
    assert talk.cast == ("1051336806",)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, r"friends_train\.json: the document must be a list, got {}; give EmotionLines' own file"),
        ([{}], "dialogue 0: it must be a list, got {}"),
        ([[_turn(), "Hi"]], "dialogue 0, turn 2: 'utterance' must be text, got None"),
        ([[_turn(), _turn(speaker=None)]], "dialogue 0, turn 2: 'speaker' must be text, got None"),
        ([[_turn(speaker=True)]], "dialogue 0, turn 1: 'speaker' must be text, got True"),
        ([[_turn(emotion=3)]], "'emotion' must be text, got 3"),
        ([[_turn(speaker=" ")]], "dialogue 0, turn 1: speaker is empty"),
        ([[]], "contains no utterance"),
    ],
)
def test_another_layout_is_refused(tmp_path, document, said):
    with pytest.raises(InputError, match=said):
        load_corpus("emotionlines-friends", _write(tmp_path, "friends_train.json", document), "train")


def test_a_missing_file_says_what_is_needed(tmp_path):
    with pytest.raises(InputError, match=r"emotionpush_train\.json: no such file; give the folder of EmotionLines'"):
        load_corpus("emotionlines-push", tmp_path, "train")


def test_the_votes_are_the_shares_of_the_labels(tmp_path):
    talks = [[_turn(annotation="2000030"), _turn(annotation="5000000")], [], [_turn(annotation="none")]]
    folder = _write(tmp_path, "friends_dev.json", talks)
    assert load_shares("emotionlines-friends", folder, "dev", "emotionlines") == {
        "dev/0": [{"neutral": 0.4, "surprise": 0.6}, {"neutral": 1.0}],
        "dev/2": [{}],
    }
    assert load_shares("emotionlines-friends", folder, "dev", "meld") == {}


@pytest.mark.parametrize("name", ["friends.json", "friends.augmented.json"])
@pytest.mark.parametrize("inside", [False, True])
def test_emotionx_2019_has_one_file_for_training_and_may_have_one_with_gold(tmp_path, name, inside):
    folder = tmp_path / "Friends" if inside else tmp_path
    folder.mkdir(exist_ok=True)
    turn = _turn(annotation="2000030") | {"utterance_de": "It was."}
    _write(folder, name, [[turn]])
    assert find_corpus(tmp_path).name == "emotionx-friends"
    [talk] = load_corpus("emotionx-friends", tmp_path, "train")
    assert (talk.id, talk.utterances) == ("train/0", (Utterance("Ann", "We won!", "joy"),))
    assert list(check_corpus(tmp_path).stats) == ["train"]
    _write(folder, "friends_eval_gold.json", [[_turn("Bo", "Hm.", "neutral", "5000000")]])
    assert load_corpus("emotionx-friends", tmp_path, "test")[0].cast == ("Bo",)
    assert load_shares("emotionx-friends", tmp_path, "test", "emotionlines") == {"test/0": [{"neutral": 1.0}]}
    checked = check_corpus(tmp_path)
    assert list(checked.stats) == ["train", "test"]
    assert [(one.split, one.what) for one in checked.differences] == [
        ("train", "conversations"),
        ("train", "utterances"),
    ]


def test_files_of_2018_may_stand_in_the_owners_folder(tmp_path):
    for split in ("train", "dev", "test"):
        (tmp_path / "EmotionPush").mkdir(exist_ok=True)
        _write(tmp_path / "EmotionPush", f"emotionpush_{split}.json", [[_turn()]])
    assert find_corpus(tmp_path).name == "emotionlines-push"
    assert len(load_corpus("emotionlines-push", tmp_path, "dev")) == 1
