"""The confidence on turns in other languages is fitted on those alone, and written into the model's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from instructerc.backbones.settings import read_settings
from instructerc.backbones.shipped import model_folder
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.recognition import Recognizer
from instructerc.recognition.foreign import answers_in_other_languages, calibrate_foreign

ITALIAN = Conversation(
    "it",
    [
        Utterance("Ann", "Mio padre è morto questa notte in ospedale.", "sadness"),
        Utterance("Bo", "Mi dispiace tantissimo, non so cosa dire.", "sadness"),
        Utterance("Ann", "Quando arriva il treno? Non lo so, forse questa sera.", "neutral"),
        Utterance("Bo", "Non so ancora a che ora arriva il treno da Milano.", None),
    ],
)
ENGLISH = Conversation("en", [Utterance("Ann", "We won the cup, I am so happy about it!", "joy")])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_folder("small"), tmp_path / "model"))


def test_only_labelled_turns_in_other_languages_count(folder: Path) -> None:
    recognizer = Recognizer.from_pretrained(folder)
    rows, gold = answers_in_other_languages(recognizer, [ENGLISH, ITALIAN])
    names = recognizer.label_set.names
    assert [names[place] for place in gold] == ["sadness", "sadness", "neutral"]
    assert [sum(row) for row in rows] == pytest.approx([1.0] * 3, abs=1e-5)


def test_the_fit_is_written_and_lowers_what_was_too_sure(folder: Path) -> None:
    # All wrong, so an honest confidence is a low one.
    wrong = [
        Conversation(f"it-{number}", [Utterance(turn.speaker, turn.text, "disgust") for turn in ITALIAN.utterances[:3]])
        for number in range(4)
    ]
    before, _ = answers_in_other_languages(Recognizer.from_pretrained(folder), wrong)
    found = calibrate_foreign(folder, wrong)
    assert read_settings(folder).foreign == found.to_data()
    after, _ = answers_in_other_languages(Recognizer.from_pretrained(folder), wrong)
    assert max(map(max, after)) < max(map(max, before))


def test_without_such_turns_there_is_nothing_to_fit(folder: Path) -> None:
    with pytest.raises(InputError, match="no labelled turn in a language that the model does not read"):
        calibrate_foreign(folder, [ENGLISH])
