"""The facts about the corpora agree with themselves."""

from __future__ import annotations

import pytest

from instructerc.corpora import corpora
from instructerc.corpora.catalogue import catalogue
from instructerc.corpora.corpus import SPLITS, CorpusFacts
from instructerc.labels import load_label_set

# Of these, published counts of labels are not counts of utterances: a comment has several, or a turn has none.
NOT_SUMS = {"emocontext", "goemotions", "goemotions-single", "iemocap-context"}


def test_every_corpus_but_ones_own_files_is_described() -> None:
    assert [entry.name for entry in catalogue()] == [name for name in corpora() if name != "files"]


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_published_counts_are_of_known_labels_and_sum_up(entry: CorpusFacts) -> None:
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
        *(
            "everyday",
            "everyday-changes",
            "everyday-fine",
            "everyday-like",
            "everyday-like-more",
            "everyday-meant",
            "everyday-more",
            "everyday-multilingual",
            "everyday-multilingual-de-ja",
            "everyday-multilingual-more",
            "everyday-multilingual-openers",
            "everyday-multilingual-phrases",
            "everyday-multilingual-plain",
            "everyday-multilingual-tone",
            "everyday-openers",
            "everyday-plain",
            "everyday-tone",
            "everyday-turns",
            "everyday-understated",
            "everyday-unreadable",
            "everyday-words",
        ),
        *("meld", "meld-cosmic", "meld-dyadic"),
    }


def test_corpora_of_one_source_name_it() -> None:
    sources: dict[str | None, set[str]] = {}
    for entry in catalogue():
        sources.setdefault(entry.source, set()).add(entry.name)
    assert sources["DailyDialog"] == {
        *("dailydialog", "dailydialog-cosmic", "reccon"),
        *("xdailydialog-de", "xdailydialog-en", "xdailydialog-it", "xdailydialog-zh"),
    }
    assert sources["Friends"] == {
        *("emorynlp", "emorynlp-cosmic", "emorynlp-csv", "emotionlines-friends", "emotionx-friends"),
        *("meld", "meld-cosmic", "meld-dyadic"),
    }
