"""GoEmotions: one comment a conversation, three rules for several labels, wrong rows say where."""

from __future__ import annotations

import json

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import corpus_stats, load_corpus
from instructerc.corpora.catalogue import catalogue
from instructerc.corpora.goemotions import count_labels, train_counts
from instructerc.corpora.registry import get_corpus
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport
from instructerc.labels import load_label_set

NAMES = ("admiration", "annoyance", "joy", "grief", "pride", "surprise", "neutral")
GROUPS = {
    "anger": ["annoyance"],
    "joy": ["admiration", "joy", "pride"],
    "sadness": ["grief"],
    "surprise": ["surprise"],
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "emotions.txt").write_text("\n".join(NAMES) + "\n", encoding="utf-8")
    (tmp_path / "ekman_mapping.json").write_text(json.dumps(GROUPS), encoding="utf-8")
    return tmp_path


def _write(folder, rows, split="dev"):
    (folder / f"{split}.tsv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def _row(*labels):
    return f"No way!!\t{','.join(str(NAMES.index(label)) for label in labels)}\tab1"


def test_reads_text_label_and_id(folder):
    _write(folder, ["So glad!\t2\tab1", '"""Hm,"" she said."\t6\tab2'])
    report = ReadReport()
    talks = load_corpus("goemotions", folder, "dev", report)
    assert [talk.id for talk in talks] == ["dev/ab1", "dev/ab2"]
    assert [talk.utterances for talk in talks] == [
        (Utterance("Speaker", "So glad!", "joy"),),
        (Utterance("Speaker", '"Hm," she said.', "neutral"),),
    ]
    assert report == ReadReport()


# Published in train: admiration 4130, annoyance 2470, joy 1452, surprise 1060, pride 111, grief 77.
@pytest.mark.parametrize(
    ("labels", "one", "group"),
    [
        (["joy"], "joy", "joy"),
        (["neutral"], "neutral", "neutral"),
        (["admiration", "neutral"], "admiration", "joy"),
        (["admiration", "annoyance"], "annoyance", "anger"),
        (["admiration", "joy", "pride"], "pride", "joy"),
        (["joy", "surprise", "neutral"], "surprise", "surprise"),
        (["grief", "pride"], "grief", "sadness"),
        # A group is as frequent as its labels together: joy is the most frequent one, though pride is rare.
        (["annoyance", "pride"], "pride", "anger"),
    ],
)
def test_of_several_labels_each_corpus_has_its_rule(folder, labels, one, group):
    _write(folder, [_row(*labels)])
    expected = {
        "goemotions": one,
        "goemotions-ekman": group,
        "goemotions-single": one if len(labels) == 1 else None,
    }
    for name, emotion in expected.items():
        report = ReadReport()
        [talk] = load_corpus(name, folder, "dev", report)
        assert talk.utterances[0].emotion == emotion, name
        said = "read without a label" if name == "goemotions-single" else "the rarest feeling was taken"
        assert [said in note for note in report.notes] == [True] * (len(labels) > 1)


def test_published_counts_are_of_labels(folder):
    _write(folder, [_row("joy", "pride"), _row("joy"), _row("neutral")], "train")
    counts = {"joy": 2, "pride": 1, "neutral": 1}
    assert count_labels(folder, "train") == counts
    assert get_corpus("goemotions").count_labels is get_corpus("goemotions-single").count_labels is count_labels
    assert get_corpus("goemotions-ekman").count_labels is None


def test_the_counts_that_the_rule_goes_by_are_of_its_labels():
    assert set(train_counts()) == set(load_label_set("goemotions").names)


@pytest.mark.parametrize("name", ["goemotions", "goemotions-ekman", "goemotions-single"])
@pytest.mark.parametrize("row", ["only text", "text\t7\tid", "text\t-1\tid", "text\tjoy\tid", "a\t1\tb\tc"])
def test_a_wrong_row_says_where(folder, row, name):
    _write(folder, ["Fine.\t1\tab1", row])
    with pytest.raises(BadRow, match=r"dev\.tsv:2: "):
        load_corpus(name, folder, "dev")


def test_a_missing_file_says_what_is_needed(folder):
    with pytest.raises(
        InputError, match=r"test\.tsv: no such file; give the folder of GoEmotions' test\.tsv, emotions"
    ):
        load_corpus("goemotions", folder, "test")
    _write(folder, [_row("joy")])
    (folder / "ekman_mapping.json").unlink()
    assert len(load_corpus("goemotions", folder, "dev")) == 1
    with pytest.raises(InputError, match=r"ekman_mapping\.json: no such file"):
        load_corpus("goemotions-ekman", folder, "dev")
    (folder / "emotions.txt").unlink()
    with pytest.raises(InputError, match=r"emotions\.txt: no such file"):
        load_corpus("goemotions", folder, "dev")


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([], "the document must be an object"),
        ({"joy": "joy"}, "'joy' must be a list, got 'joy'"),
        ({"joy": ["joy", "pride", 3]}, "has no group for admiration, annoyance, grief, surprise; give GoEmotions' own"),
    ],
)
def test_a_mapping_of_another_layout_is_refused(folder, groups, said):
    _write(folder, [_row("joy")])
    (folder / "ekman_mapping.json").write_text(json.dumps(groups), encoding="utf-8")
    with pytest.raises(InputError, match=rf"ekman_mapping\.json: {said}"):
        load_corpus("goemotions-ekman", folder, "dev")


def test_real_counts(real_corpus):
    folder = real_corpus("goemotions")
    published = next(entry.published for entry in catalogue() if entry.name == "goemotions")
    for split, counts in published.items():
        talks = {
            name: corpus_stats(load_corpus(name, folder, split, ReadReport()))
            for name in ("goemotions", "goemotions-ekman", "goemotions-single")
        }
        assert {stats.n_conversations for stats in talks.values()} == {counts.conversations}
        assert count_labels(folder, split) == counts.labels
        assert talks["goemotions"].n_unlabelled == talks["goemotions-ekman"].n_unlabelled == 0
        assert talks["goemotions-single"].n_unlabelled > 0
        ekman = load_label_set("ekman")
        assert {ekman.resolve(label) for label in talks["goemotions-ekman"].label_counts} == set(ekman.names)
