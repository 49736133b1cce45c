"""A language model without training: calibrated without labels, and it says how it was asked."""

from __future__ import annotations

import numpy as np
import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.labels import load_label_set
from instructerc.recognition import Recognizer, explain
from instructerc.recognition.zero_shot import content_free_answers

TALKS = [
    Conversation("a", [Utterance("Ann", "this is wonderful hooray"), Utterance("Bo", "get out you liar")]),
    Conversation("b", [Utterance("Cy", "the bus leaves at nine")]),
]


def _chances(recognizer):
    return np.array([list(turn.probabilities.values()) for turns in recognizer.recognize_many(TALKS) for turn in turns])


@pytest.fixture(scope="module")
def make(tiny_llm):
    return lambda **options: Recognizer.zero_shot(str(tiny_llm), load_label_set("meld"), **options)


def test_what_says_nothing_gets_the_expected_shares(make):
    recognizer = make()
    assert recognizer.about() == {
        **{"wording": "compact-1", "chat": False, "calibration": "contextual", "dtype": "float32"}
    }
    rows = np.mean(content_free_answers(recognizer.backbone, recognizer.builder), axis=0)
    assert np.exp(recognizer.answering.calibration.apply(rows))[0] == pytest.approx(0.5, abs=1e-5)


def test_the_prior_is_taken_off_all_that_is_read(make):
    plain, prior = _chances(make(calibration="none")), _chances(make(calibration="prior"))
    wanted = plain / plain.mean(axis=0) * np.r_[0.5, np.full(6, 0.5 / 6)]
    assert np.allclose(prior, wanted / wanted.sum(axis=1, keepdims=True), atol=1e-5)
    assert not np.allclose(plain, _chances(make()), atol=1e-3)


def test_steps_give_what_recognize_many_gives(make):
    for calibration in ("prior", "contextual"):
        recognizer = make(calibration=calibration)
        steps, n_steps = recognizer.recognize_in_steps(TALKS, 1), 0
        while True:
            try:
                next(steps)
                n_steps += 1
            except StopIteration as end:
                found = end.value
                break
        assert n_steps > 1
        chances = np.array([list(turn.probabilities.values()) for turns in found for turn in turns])
        assert np.allclose(chances, _chances(recognizer), atol=1e-5)


def test_an_answer_that_depends_on_all_others_is_not_explained(make):
    with pytest.raises(InputError, match="with calibration prior, each answer depends on all others"):
        explain(make(calibration="prior"), TALKS[0], 1)
    assert explain(make(), TALKS[0], 2).turn == 2


def test_no_conversation_has_no_prior(make):
    assert list(make(calibration="prior").recognize_many([])) == []
