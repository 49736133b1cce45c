"""DailyDialog: invented dialogues in its two layouts, and lines that do not fit each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import BadRow, InputError

DIALOGUES = "Is the ferry late ? __eou__ Again ! __eou__\nWe won , at last . __eou__ Did we ? __eou__ Yes . __eou__\n"
EMOTIONS = "0 1 \n4 6 4 \n"
FOLDERS = {"train": "train", "dev": "validation", "test": "test"}


def _write(
    folder: Path, split: str, dialogues: str = DIALOGUES, emotions: str = EMOTIONS, *, flat: bool = False
) -> None:
    name = FOLDERS[split]
    place = folder if flat else folder / name
    place.mkdir(exist_ok=True)
    (place / f"dialogues_{name}.txt").write_text(dialogues, encoding="utf-8")
    (place / f"dialogues_emotion_{name}.txt").write_text(emotions, encoding="utf-8")


@pytest.mark.parametrize("split", FOLDERS)
@pytest.mark.parametrize("flat", [False, True])
def test_two_speak_in_turns_and_ids_are_line_numbers(tmp_path, split, flat):
    _write(tmp_path, split, flat=flat)
    first, second = load_corpus("dailydialog", tmp_path, split)
    assert (first.id, second.id) == (f"{split}/0", f"{split}/1")
    assert first.utterances == (
        Utterance("A", "Is the ferry late ?", "no emotion"),
        Utterance("B", "Again !", "anger"),
    )
    assert [(turn.speaker, turn.emotion) for turn in second.utterances] == [
        ("A", "happiness"),
        ("B", "surprise"),
        ("A", "happiness"),
    ]


def test_a_blank_line_counts_and_the_last_mark_may_lack(tmp_path):
    _write(tmp_path, "test", "\nHm . __eou__ So ?\n", "\n0 0\n")
    [talk] = load_corpus("dailydialog", tmp_path, "test")
    assert talk.id == "test/1"
    assert [turn.text for turn in talk.utterances] == ["Hm .", "So ?"]


@pytest.mark.parametrize(
    ("dialogues", "emotions", "said"),
    [
        (
            DIALOGUES,
            "0 1\n4 6\n",
            r"dialogues_train\.txt:2: 3 turn\(s\), and 2 emotion\(s\) in line 2 of .*emotion_train",
        ),
        (DIALOGUES, "0 1\n", r"dialogues_train\.txt:2: 3 turn\(s\), and 0 emotion\(s\)"),
        (DIALOGUES, EMOTIONS + "0\n", r"dialogues_emotion_train\.txt:3: emotions without a dialogue in .*_train\.txt"),
        (DIALOGUES, "0 1\n4 7 4\n", r"dialogues_emotion_train\.txt:2: emotions must be digits from 0 to 6, got '7'"),
        (
            DIALOGUES,
            "0 joy\n4 6 4\n",
            r"dialogues_emotion_train\.txt:1: emotions must be digits from 0 to 6, got 'joy'",
        ),
        ("a\0b __eou__\n", "0\n", r"dialogues_train\.txt:1: NUL character at character 2"),
    ],
)
def test_lines_that_do_not_fit_say_where(tmp_path, dialogues, emotions, said):
    _write(tmp_path, "train", dialogues, emotions)
    with pytest.raises(BadRow, match=said):
        load_corpus("dailydialog", tmp_path, "train")


def test_a_missing_file_says_what_is_needed(tmp_path):
    _write(tmp_path, "train")
    with pytest.raises(
        InputError, match=r"dialogues_emotion_test\.txt: no such file; give the folder of DailyDialog's"
    ):
        load_corpus("dailydialog", tmp_path, "test")
    (tmp_path / "train" / "dialogues_train.txt").unlink()
    with pytest.raises(InputError, match=r"train/dialogues_train\.txt: no such file"):
        load_corpus("dailydialog", tmp_path, "train")
