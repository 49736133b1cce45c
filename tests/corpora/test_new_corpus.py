"""A corpus is one new file and one YAML file beside it: it is found, loaded, described and checked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import instructerc.corpora
from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import corpora, load_corpus, load_episodes, load_shares
from instructerc.corpora.catalogue import find_entry
from instructerc.corpora.joint.held_out import share_source
from instructerc.corpora.on_disk.check import check_corpus
from instructerc.corpora.registry import get_corpus, known_corpora
from instructerc.errors import InputError

TOY = '''
"""Toy: a turn a line, `Ann;joy;Hi`, in `train.toy` and so on."""

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.owner_files import load_file
from instructerc.formats.shared.reading import build_utterance


def load(directory, split, report):
    def read(file, reading):
        turns = []
        for line in file.lines:
            speaker, emotion, text = line.rstrip("\\n").split(";")
            turns.append(build_utterance(reading, file.lines.number, speaker=speaker, text=text, emotion=emotion))
        yield Conversation(f"{split}/0", turns)

    return load_file(directory / f"{split}.toy", f"give the folder of Toy's {split}.toy", read, report)


def load_episodes(directory, split):
    return {f"{split}/0": "s01_e01"}


CORPORA = (Corpus("toy", load, __name__, episodes=load_episodes), Corpus("toy-again", load, __name__))
'''
FACTS = """
toy: &toy
  about: a toy
  licence: CC0
  share: true
  where: nowhere
  files: [train.toy, dev.toy, test.toy]
  label_set: meld
  source: Toys
  published:
    train: {conversations: 1, utterances: 1, labels: {joy: 1}}
    dev: {conversations: 2}
toy-again:
  <<: *toy
  licence: as toy
  published: as meld
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of corpora with one more file and its facts; gives a folder with the corpus."""
    for folder in ("room", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "room" / "toy.py").write_text(TOY, encoding="utf-8")
    (tmp_path / "room" / "toy.yaml").write_text(FACTS, encoding="utf-8")
    for split in ("train", "dev", "test"):
        (tmp_path / "data" / f"{split}.toy").write_text(f"Ann;joy;Hi {split}\n", encoding="utf-8")
    monkeypatch.setattr(instructerc.corpora, "__path__", [*instructerc.corpora.__path__, str(tmp_path / "room")])
    known_corpora.cache_clear()
    yield tmp_path / "data"
    known_corpora.cache_clear()
    sys.modules.pop("instructerc.corpora.toy", None)


def test_a_new_file_is_a_corpus(toy: Path) -> None:
    assert "toy" in corpora()
    assert load_corpus("toy", toy, "dev") == [Conversation("dev/0", [Utterance("Ann", "Hi dev", "joy")])]
    assert load_episodes("toy", toy, "dev") == {"dev/0": "s01_e01"}
    assert load_episodes("toy-again", toy, "dev") == load_shares("toy", toy, "dev", "meld") == {}
    with pytest.raises(InputError, match=r"dev\.toy: no such file; give the folder of Toy's dev\.toy"):
        load_corpus("toy", toy.parent, "dev")


def test_its_facts_are_known_and_its_counts_compared(toy: Path) -> None:
    facts = find_entry("toy")
    assert (facts.licence, facts.where, facts.label_set) == ("CC0", "nowhere", "meld")
    assert find_entry("toy-again").published == find_entry("meld").published
    assert share_source("toy", "toy-again")
    assert not share_source("toy", "meld")
    found = check_corpus(toy)
    assert found.entry == facts == get_corpus("toy").facts
    assert [(one.split, one.what, one.found, one.published) for one in found.differences] == [
        ("dev", "conversations", 1, 2)
    ]


def test_the_command_line_lists_and_checks_it(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from instructerc.cli.main import main

    for arguments, said in (
        (["corpus", "list"], "toy\n  what     a toy"),
        (["corpus", "check", str(toy)], "toy: found"),
    ):
        monkeypatch.setattr(sys, "argv", ["instructerc", *arguments])
        with pytest.raises(SystemExit):
            main()
        assert said in capsys.readouterr().out


def test_two_corpora_must_differ(toy: Path) -> None:
    (toy.parent / "room" / "toy2.py").write_text(TOY, encoding="utf-8")
    known_corpora.cache_clear()
    with pytest.raises(TypeError, match="two corpora are called 'toy'"):
        known_corpora()
    sys.modules.pop("instructerc.corpora.toy2", None)
