"""The catalogue's data agree with themselves, and a folder is known by the corpus's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.corpora import corpora
from instructerc.corpora.catalogue import CorpusEntry, catalogue, find_corpus
from instructerc.corpora.registry import SPLITS
from instructerc.labels import load_label_set

# Of these, published counts of labels are not counts of utterances: a comment has several, or a turn has none.
NOT_SUMS = {"emocontext", "goemotions", "goemotions-single", "iemocap-context"}


def test_every_corpus_but_ones_own_files_is_described() -> None:
    assert [entry.name for entry in catalogue()] == [name for name in corpora() if name != "files"]


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_published_counts_are_of_known_labels_and_sum_up(entry: CorpusEntry) -> None:
    labels = load_label_set(entry.label_set)
    assert set(entry.published) <= set(SPLITS)
    for counts in entry.published.values():
        for label in counts.labels:
            labels.resolve(label)
        if counts.labels and entry.name not in NOT_SUMS:
            assert sum(counts.labels.values()) == counts.utterances


def test_weights_are_not_shared_where_the_licence_forbids_it() -> None:
    shared = {entry.name for entry in catalogue() if entry.share}
    assert shared == {
        *("emorynlp", "emorynlp-cosmic", "emorynlp-csv", "goemotions", "goemotions-ekman", "goemotions-single"),
        *("everyday", "everyday-fine", "meld", "meld-cosmic"),
    }


def test_corpora_of_one_source_name_it() -> None:
    sources: dict[str | None, set[str]] = {}
    for entry in catalogue():
        sources.setdefault(entry.source, set()).add(entry.name)
    assert sources["DailyDialog"] == {"dailydialog", "reccon"}
    assert sources["Friends"] == {
        *("emorynlp", "emorynlp-cosmic", "emorynlp-csv", "emotionlines-friends", "meld", "meld-cosmic"),
    }


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("dailydialog", ""),
        ("emocontext", "id\tturn1\tturn2\tturn3\tlabel\n"),
        ("emotionlines-friends", ""),
        ("emotionlines-push", ""),
        ("emowoz", ""),
        ("empatheticdialogues", "conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags\n"),
        ("goemotions", "Fine.\t1\tab1\n"),
        ("iemocap", ""),
        ("meld-cosmic", ""),
        ("reccon", ""),
    ],
)
def test_a_folder_is_known_by_its_files(tmp_path: Path, name: str, head: str) -> None:
    entry = next(entry for entry in catalogue() if entry.name == name)
    for place in range(max(len(file.split(" or ")) for file in entry.files)):
        folder = tmp_path / str(place)
        for file in entry.files:
            path = folder / file.split(" or ")[place]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(head, encoding="utf-8")
        assert find_corpus(folder).name == name


def test_with_its_mapping_a_folder_of_goemotions_is_goemotions_all_the_same(tmp_path: Path) -> None:
    for name in ("train.tsv", "dev.tsv", "test.tsv", "emotions.txt", "ekman_mapping.json"):
        (tmp_path / name).write_text("Fine.\t1\tab1\n", encoding="utf-8")
    assert find_corpus(tmp_path).name == "goemotions"
