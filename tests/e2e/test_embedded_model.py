"""The model that ships: what its card promises, on the real file and, where it is at hand, on MELD."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from math import comb
from pathlib import Path

import pytest

from instructerc.backbones.settings import read_settings
from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.evaluation import evaluate_recognitions
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import History
from instructerc.recognition import Recognizer, embedded_model

ROOT = Path(__file__).parents[2]
BOUND = 1e-3


@pytest.fixture(scope="module")
def recognizer():
    # Another process of the tests has the other cores.
    return Recognizer.from_pretrained(threads=1)


@pytest.fixture(scope="module")
def test_split(real_corpus):
    return load_corpus("meld", real_corpus("meld"), "test")


@pytest.fixture(scope="module")
def talks(test_split):
    return test_split[:40]


@pytest.fixture(scope="module")
def batched(recognizer, talks):
    return list(recognizer.recognize_many(talks))


def _assert_same(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        assert one.label == other.label
        assert list(one.probabilities.values()) == pytest.approx(list(other.probabilities.values()), abs=BOUND)


def test_files_are_small_and_complete():
    folder = embedded_model()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 30e6
    settings = read_settings(folder)
    assert set(settings.sha256) == {"model.onnx", "tokenizer.json", "window.json"}
    loss = settings.figures["dev_weighted_f1_float32"] - settings.figures["dev_weighted_f1"]
    assert loss <= 0.003
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"{100 * settings.figures['dev_weighted_f1']:.2f}" in card


def test_plain_emotions_are_recognised(recognizer):
    talk = Conversation(
        "c",
        [
            Utterance("Ann", "We won! I'm so happy!"),
            Utterance("Bo", "Get out of my house! I hate you!"),
            Utterance("Ann", "He died last night. I miss him so much."),
        ],
    )
    assert [turn.label for turn in recognizer.recognize(talk)] == ["joy", "anger", "sadness"]


def test_another_label_set_works_without_training(recognizer):
    other = Recognizer(recognizer.backbone, recognizer.settings, label_set=load_label_set("emorynlp"))
    talk = Conversation("c", [Utterance("Ann", "We won! I'm so happy!"), Utterance("Bo", "I'm furious with you!")])
    assert [turn.label for turn in other.recognize(talk)] == ["joyful", "mad"]


def test_thousands_of_turns_see_their_history(recognizer):
    turns = [Utterance(f"S{number % 3}", f"I told you {number} times.") for number in range(2_500)]
    answers = recognizer.recognize(Conversation("long", turns))
    assert len(answers) == 2_500
    assert all(answer.history_turns >= min(index, 12) for index, answer in enumerate(answers))


def test_single_gives_the_batch_s_numbers_on_meld_test(recognizer, talks, batched):
    for talk, together in zip(talks, batched, strict=True):
        _assert_same(together, recognizer.recognize(talk))


def test_live_gives_the_batch_s_numbers_on_meld_test(recognizer, talks, batched):
    for talk, together in zip(talks, batched, strict=True):
        session = recognizer.session()
        _assert_same(together, [session.add(turn.speaker, turn.text) for turn in talk.utterances])


def test_one_thread_gives_two_threads_numbers(talks, batched):
    two = Recognizer.from_pretrained(threads=2)
    for together, again in zip(batched, two.recognize_many(talks), strict=True):
        _assert_same(together, again)


@pytest.fixture(scope="module")
def recorded():
    """The figures of the card, in percent."""
    return json.loads((ROOT / "benchmarks/results/quality.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def everyday():
    return load_corpus("everyday", ROOT / "data/everyday", "test")


@pytest.fixture(scope="module")
def of_everyday(recognizer, everyday):
    return evaluate_recognitions(everyday, list(recognizer.recognize_many(everyday)), recognizer.label_set)


def test_the_quality_on_meld_test_is_what_the_results_say(recognizer, test_split, recorded):
    answers = list(recognizer.for_corpus("meld").recognize_many(test_split))
    result = evaluate_recognitions(test_split, answers, recognizer.label_set)
    assert result.n_utterances == 2610
    assert result.weighted_f1 >= 0.60
    assert 100 * result.weighted_f1 == pytest.approx(recorded["test"]["meld"]["weighted_f1"], abs=0.5)
    assert 100 * result.expected_calibration_error == pytest.approx(recorded["test"]["meld"]["ece"], abs=1.0)


def test_the_quality_on_everyday_test_is_what_the_results_say(of_everyday, recorded):
    assert 100 * of_everyday.weighted_f1 == pytest.approx(recorded["test"]["everyday"]["weighted_f1"], abs=0.5)
    assert 100 * of_everyday.macro_f1 == pytest.approx(recorded["test"]["everyday"]["macro_f1"], abs=0.5)
    # A machine's near ties move a turn from one bin to the next.
    assert 100 * of_everyday.expected_calibration_error == pytest.approx(recorded["test"]["everyday"]["ece"], abs=1.0)


def test_the_turns_before_help_as_much_as_the_results_say(recognizer, everyday, of_everyday, recorded):
    alone = recognizer.with_choices(history=History("window", 0))
    without = evaluate_recognitions(everyday, list(alone.recognize_many(everyday)), recognizer.label_set)
    gain = 100 * (of_everyday.weighted_f1 - without.weighted_f1)
    assert gain == pytest.approx(recorded["test"]["history"]["difference"], abs=1.0)


def test_labels_that_it_never_met_are_answered_as_well_as_the_results_say(recognizer, recorded):
    fine = load_corpus("everyday-fine", ROOT / "data/everyday", "test")
    labels = load_label_set("goemotions")
    answers = list(recognizer.with_choices(labels).recognize_many(fine))
    result, known = evaluate_recognitions(fine, answers, labels), recorded["test"]["everyday_fine"]
    assert 100 * result.weighted_f1 == pytest.approx(known["weighted_f1"], abs=0.7)
    assert 100 * result.expected_calibration_error == pytest.approx(known["ece"], abs=1.0)
    # Each held-out name against every four others: the chance that it is the best of five is a hypergeometric one.
    chances = [
        _best_of_five(list(answer.probabilities.values()), labels.names.index(turn.emotion))
        for talk, turns in zip(fine, answers, strict=True)
        for turn, answer in zip(talk.utterances, turns, strict=True)
        if turn.emotion in ("relief", "embarrassment", "pride", "excitement")
    ]
    assert len(chances) == recorded["test"]["unseen_names"]["turns"]
    assert 100 * sum(chances) / len(chances) == pytest.approx(recorded["test"]["unseen_names"]["accuracy"], abs=3.0)


def _best_of_five(probabilities: Sequence[float], gold: int) -> float:
    """Returns how often the right option is more probable than four others drawn among all."""
    n_below = sum(one < probabilities[gold] for one in probabilities)
    return comb(n_below, 4) / comb(len(probabilities) - 1, 4)


def test_a_description_changes_the_answer(recognizer):
    talk = Conversation("c", [Utterance("Ann", "Great. Another Monday with the printer on fire.")])
    names = ("wry", "upset", "neutral")
    said = LabelSet("said", names, descriptions={"wry": "makes a joke of something that goes wrong"})
    plain, told = (
        recognizer.with_choices(labels).recognize(talk)[0].probabilities["wry"]
        for labels in (LabelSet("plain", names), said)
    )
    assert abs(told - plain) > 0.02


def test_the_table_of_the_card_has_the_recorded_figures(recorded):
    card = (embedded_model() / "README.md").read_text(encoding="utf-8")
    rows = {cells[0]: cells[1:] for cells in map(_cells, card.splitlines()) if len(cells) == 5}
    for row, corpus in OF_THE_CARD.items():
        dev, test = recorded["dev"][corpus], recorded["test"][corpus]
        known = (dev["weighted_f1"], dev["macro_f1"], test["weighted_f1"], *test["interval"], test["macro_f1"])
        shown = [float(number) for cell in rows[row] for number in re.findall(r"[\d.]+", cell)]
        assert shown == pytest.approx([*known, test["ece"], test["ece_by_chance"]], abs=0.051)


OF_THE_CARD = {
    "everyday, seven labels": "everyday",
    "MELD": "meld",
    "EmoryNLP, 984 test utterances": "emorynlp",
    "GoEmotions, single comments, Ekman's seven": "goemotions_ekman",
}


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_recognition_tells_nobody_and_leaves_nothing_behind(tmp_path):
    code = (
        "from instructerc import Recognizer; print(Recognizer.from_pretrained().session().add('Ann', 'We won!').label)"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / ".cache"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code], env=home, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "joy\n"
    # Without ORT_DISABLE_TELEMETRY, onnxruntime keeps an identity of the machine there, for what it sends.
    assert list(tmp_path.rglob("*")) == []
