"""XDailyDialog: invented lines in its layout, and lines that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport

LINES = "Il traghetto?__eou__ Di nuovo!__eou__\t1\t2 1\t0 1\nCiao.__eou____eou__Ciao a te.__eou__\t1\t1 1\t4 0\n"


def _write(folder: Path, text: str, name: str = "it_dev_human.txt") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_two_speak_in_turns_and_ids_are_the_same_in_all_languages(tmp_path: Path) -> None:
    _write(tmp_path, "Die Fähre?__eou__Schon wieder!__eou__\t1\t2 1\t0 1\n", "de_dev_human.txt")
    first, second = load_corpus("xdailydialog-it", _write(tmp_path, LINES), "dev")
    [german] = load_corpus("xdailydialog-de", tmp_path, "dev")
    assert (first.id, second.id, german.id) == ("dev/0", "dev/1", "dev/0")
    assert first.utterances == (Utterance("A", "Il traghetto?", "no emotion"), Utterance("B", "Di nuovo!", "anger"))
    assert [(turn.text, turn.emotion) for turn in second.utterances] == [
        ("Ciao.", "happiness"),
        ("Ciao a te.", "no emotion"),
    ]


def test_a_dialogue_with_other_emotions_than_turns_is_left_out_and_counted(tmp_path: Path) -> None:
    report = ReadReport()
    talks = load_corpus("xdailydialog-it", _write(tmp_path, LINES + "Solo.__eou__\t1\t1 1\t0 0\n"), "dev", report)
    assert [talk.id for talk in talks] == ["dev/0", "dev/1"]
    assert [note.partition(": ")[2] for note in report.notes] == [
        "1 dialogue(s) with more or fewer emotions than turns: left out"
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Solo.__eou__\t0", r"it_dev_human\.txt:3: 2 cells between tabs, expected dialogue, topic, acts and emotions"),
        ("Solo.__eou__\t1\t1\t7", r"it_dev_human\.txt:3: emotions must be digits from 0 to 6, got '7'"),
        ("Solo.\0__eou__\t1\t1\t0", r"it_dev_human\.txt:3: "),
    ],
)
def test_another_line_says_where(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(BadRow, match=said):
        load_corpus("xdailydialog-it", _write(tmp_path, LINES + line + "\n"), "dev")


def test_a_missing_file_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"zh_train_human\.txt: no such file; give the folder of XDailyDialog's"):
        load_corpus("xdailydialog-zh", tmp_path, "train")
