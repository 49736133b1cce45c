"""A folder is known by the files of its corpus, and by how these begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.corpora.catalogue import catalogue
from instructerc.corpora.on_disk.find import find_corpora, find_corpus


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("cped", "TV_ID,Dialogue_ID,Utterance_ID,Speaker\n"),
        ("dailydialog", ""),
        ("dailydialog-cosmic", ""),
        ("emocontext", "id\tturn1\tturn2\tturn3\tlabel\n"),
        ("emotionlines-friends", ""),
        ("emotionlines-push", ""),
        ("emotionx-friends", ""),
        ("emotionx-push", ""),
        ("emowoz", ""),
        ("empatheticdialogues", "conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags\n"),
        ("goemotions", "Fine.\t1\tab1\n"),
        ("iemocap", ""),
        ("meld-cosmic", ""),
        ("meld-dyadic", "Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Old_Dialogue_ID\n"),
        ("reccon", ""),
        ("xdailydialog-it", "Ciao.__eou__\t1\t1\t0\n"),
    ],
)
def test_a_folder_is_known_by_its_files(tmp_path: Path, name: str, head: str) -> None:
    entry = next(entry for entry in catalogue() if entry.name == name)
    for place in range(max(len(file.split(" or ")) for file in entry.files)):
        folder = tmp_path / str(place)
        for file in entry.files:
            names = file.split(" or ")
            path = folder / names[min(place, len(names) - 1)]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(head, encoding="utf-8")
        assert find_corpus(folder).name == name


def test_with_its_mapping_a_folder_of_goemotions_is_goemotions_all_the_same(tmp_path: Path) -> None:
    for name in ("train.tsv", "dev.tsv", "test.tsv", "emotions.txt", "ekman_mapping.json"):
        (tmp_path / name).write_text("Fine.\t1\tab1\n", encoding="utf-8")
    assert find_corpus(tmp_path).name == "goemotions"


def test_corpora_behind_links_are_found_once(tmp_path: Path) -> None:
    below = tmp_path / "elsewhere" / "full"
    below.mkdir(parents=True)
    for name, text in (("train.tsv", "Fine.\t1\tab1\n"), ("dev.tsv", ""), ("test.tsv", ""), ("emotions.txt", "")):
        (below / name).write_text(text, encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    (data / "one").symlink_to(tmp_path / "elsewhere")
    (data / "two").symlink_to(below)
    (below / "round").symlink_to(data)
    assert [(place, entry.name) for place, entry in find_corpora(data)] == [(data / "one" / "full", "goemotions")]
