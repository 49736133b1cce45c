"""GoEmotions: one comment a conversation, several labels are none, wrong rows say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.corpora import ReadReport, load_corpus
from instructerc.errors import BadRow, InputError

REAL = Path(__file__).parents[2] / "../shared/corpora/goemotions"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "emotions.txt").write_text("anger\njoy\nneutral\n", encoding="utf-8")
    return tmp_path


def _write(folder, rows):
    (folder / "dev.tsv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def test_reads_text_label_and_id(folder):
    _write(folder, ["So glad!\t1\tab1", '"""Hm,"" she said."\t2\tab2', "No way!!\t0,1\tab3"])
    report = ReadReport()
    talks = load_corpus("goemotions", folder, "dev", report)
    assert [talk.id for talk in talks] == ["dev/ab1", "dev/ab2", "dev/ab3"]
    assert [talk.utterances[0].emotion for talk in talks] == ["joy", "neutral", None]
    assert talks[1].utterances[0].text == '"Hm," she said.'
    assert any("1 comment(s) with several labels" in note for note in report.notes)


@pytest.mark.parametrize("row", ["only text", "text\t3\tid", "text\t-1\tid", "text\tjoy\tid", "a\t1\tb\tc"])
def test_a_wrong_row_says_where(folder, row):
    _write(folder, ["Fine.\t1\tab1", row])
    with pytest.raises(BadRow, match=r"dev\.tsv:2: "):
        load_corpus("goemotions", folder, "dev")


def test_a_missing_file_says_what_is_needed(folder):
    with pytest.raises(InputError, match=r"test\.tsv: no such file"):
        load_corpus("goemotions", folder, "test")


@pytest.mark.skipif(not REAL.is_dir(), reason="the GoEmotions files are not at hand")
def test_real_counts():
    counts = {split: len(load_corpus("goemotions", REAL, split)) for split in ("train", "dev", "test")}
    assert counts == {"train": 43410, "dev": 5426, "test": 5427}
