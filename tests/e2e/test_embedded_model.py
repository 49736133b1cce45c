"""The model that ships: what its card promises, on the real file and, where it is at hand, on MELD."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from instructerc.backbones.settings import read_settings
from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.evaluation import evaluate_recognitions
from instructerc.recognition import Recognizer, embedded_model

BOUND = 1e-3


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer.from_pretrained()


@pytest.fixture(scope="module")
def test_split(real_corpus):
    return load_corpus("meld", real_corpus("meld"), "test")


@pytest.fixture(scope="module")
def talks(test_split):
    return test_split[:100]


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
    from instructerc.labels import load_label_set

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
    alone = Recognizer.from_pretrained(threads=1)
    for together, again in zip(batched, alone.recognize_many(talks), strict=True):
        _assert_same(together, again)


def test_the_quality_on_meld_test_is_what_the_results_say(recognizer, test_split):
    answers = list(recognizer.for_corpus("meld").recognize_many(test_split))
    result = evaluate_recognitions(test_split, answers, recognizer.label_set)
    recorded = json.loads((Path(__file__).parents[2] / "benchmarks/results/quality.json").read_text("utf-8"))
    assert result.n_utterances == 2610
    assert result.weighted_f1 >= 0.60
    assert 100 * result.weighted_f1 == pytest.approx(recorded["test"]["meld"]["weighted_f1"], abs=0.5)


def test_the_quality_on_everyday_test_is_what_the_results_say(recognizer):
    talks = load_corpus("everyday", Path(__file__).parents[2] / "data/everyday", "test")
    result = evaluate_recognitions(talks, list(recognizer.recognize_many(talks)), recognizer.label_set)
    recorded = json.loads((Path(__file__).parents[2] / "benchmarks/results/quality.json").read_text("utf-8"))
    assert 100 * result.weighted_f1 == pytest.approx(recorded["test"]["everyday"]["weighted_f1"], abs=0.5)
    assert 100 * result.macro_f1 == pytest.approx(recorded["test"]["everyday"]["macro_f1"], abs=0.5)


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
