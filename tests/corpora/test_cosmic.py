"""COSMIC's pickles: invented dialogues in their layout."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import load_corpus
from instructerc.corpora.cosmic import DAILYDIALOG_LABELS
from instructerc.corpora.on_disk.check import check_corpus
from instructerc.corpora.on_disk.find import find_corpus
from instructerc.errors import InputError
from instructerc.formats import ReadReport
from instructerc.labels import load_label_set


def _parts():
    return [
        {"Ses01F_a": ["F", "M"], "Ses05M_b": ["M"], "Ses02F_c": ["F"]},
        {"Ses01F_a": [0, np.int64(5)], "Ses05M_b": [2], "Ses02F_c": [3]},
        {"Ses01F_a": ["We won.", "Again?"], "Ses05M_b": ["Well."], "Ses02F_c": ["Go!"]},
        ["Ses01F_a"],
        ["Ses05M_b"],
        {"Ses02F_c"},
    ]


def _write(folder, parts, name="iemocap.pkl", protocol=2):
    (folder / name).write_bytes(pickle.dumps(parts, protocol))
    return folder


@pytest.mark.parametrize("protocol", [2, 4])
def test_test_ids_stand_before_those_of_validation(tmp_path, protocol):
    folder = _write(tmp_path, _parts(), protocol=protocol)
    splits = {split: load_corpus("iemocap-cosmic", folder, split) for split in ("train", "dev", "test")}
    assert {split: [talk.id for talk in talks] for split, talks in splits.items()} == {
        "train": ["train/Ses01F_a"],
        "dev": ["dev/Ses02F_c"],
        "test": ["test/Ses05M_b"],
    }
    assert splits["train"][0].utterances == (
        Utterance("Ses01_F", "We won.", "hap"),
        Utterance("Ses01_M", "Again?", "fru"),
    )


def test_emorynlp_has_labels_and_ids_of_its_own(tmp_path):
    parts = [{7: ["0", "1"]}, {7: [1, 6]}, {7: ["Out!", "Eek."]}, [7], [], []]
    [talk] = load_corpus("emorynlp-cosmic", _write(tmp_path, parts, "emorynlp.pkl"), "train")
    assert talk.id == "train/7"
    assert talk.utterances == (Utterance("0", "Out!", "Mad"), Utterance("1", "Eek.", "Scared"))


def test_meld_has_sentiments_too_and_speakers_by_the_place_of_a_single_1(tmp_path):
    parts = [
        {0: [[1, 0, 0], [0, 0, 1], [1, 0, 0]], 1433: [[0, 1, 0]]},
        {0: [4, 0, np.int64(6)], 1433: [1]},
        {0: [1, 0, 2], 1433: [0]},
        {0: ["We won.", "Well.", "Again?"], 1433: ["Oh!"]},
        [0],
        [1433],
        [],
    ]
    folder = _write(tmp_path, parts, "meld.pkl")
    [talk] = load_corpus("meld-cosmic", folder, "train")
    assert talk.id == "train/0"
    assert talk.utterances == (
        Utterance("Speaker 0", "We won.", "joy"),
        Utterance("Speaker 2", "Well.", "neutral"),
        Utterance("Speaker 0", "Again?", "anger"),
    )
    [talk] = load_corpus("meld-cosmic", folder, "test")
    assert (talk.id, talk.utterances) == ("test/1433", (Utterance("Speaker 1", "Oh!", "surprise"),))
    with pytest.raises(InputError, match=r"expected three mappings by dialogue and three lists of ids"):
        load_corpus("iemocap-cosmic", _write(tmp_path, parts), "train")
    with pytest.raises(
        InputError, match=r"meld\.pkl: is not COSMIC's: expected four mappings by dialogue and three lists of ids"
    ):
        load_corpus("meld-cosmic", _write(tmp_path, parts[1:], "meld.pkl"), "train")


@pytest.mark.parametrize(("speaker", "name"), [("Ann", "Ann"), (3, "3"), ((0, 1.0), "Speaker 1")])
def test_speakers_may_be_texts_numbers_or_places(tmp_path, speaker, name):
    parts = [{7: [speaker]}, {7: [0]}, {7: [0]}, {7: ["Hm."]}, [7], [], []]
    [talk] = load_corpus("meld-cosmic", _write(tmp_path, parts, "meld.pkl"), "train")
    assert talk.cast == (name,)


@pytest.mark.parametrize("speaker", [[0, 0], [1, 1], [0.5, 1], [], None, 1.5])
def test_other_speakers_are_refused(tmp_path, speaker):
    parts = [{7: [speaker]}, {7: [0]}, {7: [0]}, {7: ["Hm."]}, [7], [], []]
    with pytest.raises(
        InputError, match=r"dialogue 7: a speaker must be text, a number or a list with a single 1, got"
    ):
        load_corpus("meld-cosmic", _write(tmp_path, parts, "meld.pkl"), "train")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (0, [1], "three mappings by dialogue"),
        (1, {"Ses01F_a": [0]}, "dialogue Ses01F_a: expected equally many speakers, labels and sentences"),
        (1, {"Ses01F_a": [0, 6]}, "labels must be numbers below 6"),
        (1, {"Ses01F_a": [0, "sad"]}, "labels must be numbers below 6"),
        (2, {"Ses01F_a": [b"a", "b"]}, "a sentence must be text"),
        (3, ["gone"], "dialogue gone: expected equally many"),
        (3, [[1]], "ids of dialogues must be texts or numbers"),
    ],
)
def test_another_layout_is_told(tmp_path, place, value, said):
    parts = _parts()
    parts[place] = value
    with pytest.raises(InputError, match=said):
        load_corpus("iemocap-cosmic", _write(tmp_path, parts), "train")


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(InputError, match=r"iemocap\.pkl: no such file; give the folder of COSMIC's iemocap\.pkl"):
        load_corpus("iemocap-cosmic", tmp_path, "train")


def test_dailydialog_has_numbers_of_its_own(tmp_path):
    parts = [{9: ["0", "1"]}, {9: [1, 0]}, {9: ["Hm .", "We won ."]}, [], [], [9]]
    [talk] = load_corpus("dailydialog-cosmic", _write(tmp_path, parts, "dailydialog.pkl"), "dev")
    assert talk.id == "dev/9"
    assert talk.utterances == (Utterance("0", "Hm .", "no emotion"), Utterance("1", "We won .", "happiness"))
    assert {load_label_set("dailydialog").resolve(label) for label in DAILYDIALOG_LABELS} == set(
        load_label_set("dailydialog").names
    )


def test_quotes_that_became_control_characters_are_repaired_and_counted(tmp_path):
    texts = ["Don\x92t!", "It\x92s \x93so\x94\x85 \xa0", "Café.", "Well."]
    parts = [{0: [[1]] * 4}, {0: [0] * 4}, {0: [0] * 4}, {0: texts}, [], [0], []]
    folder = _write(tmp_path, parts, "meld.pkl")
    report = ReadReport(anomalies=[])
    [talk] = load_corpus("meld-cosmic", folder, "test", report)
    assert [turn.text for turn in talk.utterances] == ["Don’t!", "It’s “so”…  ", "Café.", "Well."]
    assert report.notes == [
        f"{folder / 'meld.pkl'}: 2 utterance(s) whose quotes were control characters, of cp1252 taken for Latin-1: "
        "repaired"
    ]
    assert [anomaly.place for anomaly in report.anomalies] == ["dialogue 0, turn 1", "dialogue 0, turn 2"]
    checked = check_corpus(folder, find_corpus(folder))
    assert [anomaly.what for anomaly in checked.report.anomalies if "control characters" in anomaly.what] == [
        "utterance(s) whose quotes were control characters, of cp1252 taken for Latin-1: repaired"
    ] * 2


@pytest.mark.parametrize("name", ["EmoryNLP.pkl", "EMORYNLP.PKL", "data.pkl"])
def test_the_authors_own_emorynlp_is_found_whatever_its_name(tmp_path, name):
    # Speakers are lists with a single 1 there.
    parts = [{"1_4_4": [[1, 0], [0, 1]]}, {"1_4_4": [0, 3]}, {"1_4_4": ["Out!", "Okay."]}, [], ["1_4_4"], []]
    _write(tmp_path, parts, name)
    (tmp_path / "emorynlp_sentences.pkl").write_bytes(pickle.dumps({"a": ["Out!"]}))
    assert find_corpus(tmp_path).name == "emorynlp-cosmic"
    [talk] = load_corpus("emorynlp-cosmic", tmp_path, "test")
    assert talk.utterances == (Utterance("Speaker 0", "Out!", "Joyful"), Utterance("Speaker 1", "Okay.", "Neutral"))


def test_of_two_files_that_could_be_it_none_is_taken(tmp_path):
    parts = [{"1_4_4": ["A"]}, {"1_4_4": [0]}, {"1_4_4": ["Out!"]}, [], ["1_4_4"], []]
    for name in ("one.pkl", "two.pkl"):
        _write(tmp_path, parts, name)
    with pytest.raises(InputError, match=r"emorynlp\.pkl: no such file"):
        load_corpus("emorynlp-cosmic", tmp_path, "test")
