"""Which model `auto` gives conversations to: English talk stays with `small`, whose figures hold, and no other does."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.corpora import load_corpus
from instructerc.recognition.language import TalkLanguages
from instructerc.recognition.routed import languages_of

EVERYDAY = Path(__file__).parents[2] / "data/everyday"


def _languages(corpus: str, folder: Path, split: str) -> dict[str, TalkLanguages]:
    return {str(talk.id): languages_of(talk) for talk in load_corpus(corpus, folder, split)}


@pytest.mark.parametrize(("split", "n_talks"), [("dev", 81), ("test", 82)])
def test_english_everyday_talk_stays_with_small(split, n_talks):
    found = _languages("everyday", EVERYDAY, split)
    assert len(found) == n_talks
    assert not any(talk.abroad for talk in found.values())
    codes = [code for talk in found.values() for code in talk.codes]
    assert sum(code not in ("en", None) for code in codes) <= 0.01 * len(codes)


@pytest.mark.parametrize(
    ("corpus", "folder", "n_talks"), [("meld", "meld", 280), ("emorynlp-csv", "emorynlp/subset", 79)]
)
def test_the_test_splits_of_english_corpora_stay_with_small(real_corpus, corpus, folder, n_talks):
    found = _languages(corpus, real_corpus(folder), "test")
    assert len(found) == n_talks
    assert not any(talk.abroad for talk in found.values())


def test_talk_in_sixteen_other_languages_goes_abroad_and_its_turns_are_noticed():
    found = _languages("everyday-multilingual", EVERYDAY, "dev")
    assert len(found) == 92
    assert all(talk.abroad for talk in found.values())
    turns = [(name.rpartition("/")[2][:2], code) for name, talk in found.items() for code in talk.codes]
    noticed = [(gold, code) for gold, code in turns if code not in ("en", None)]
    assert len(noticed) >= 0.95 * len(turns)
    assert sum(gold == code for gold, code in noticed) >= 0.99 * len(noticed)
