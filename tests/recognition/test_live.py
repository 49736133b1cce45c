"""Live sessions: turns of several conversations at once get the answers that each would get alone."""

from __future__ import annotations

import pytest

from instructerc.backbones.settings import ModelSettings
from instructerc.labels import load_label_set
from instructerc.recognition import Recognition, Recognizer, answer_together
from instructerc.recognition.live import LiveStep


@pytest.fixture(params=["torch", "int8"])
def recognizer(request):
    keeps_none = request.param == "torch"
    backbone = request.getfixturevalue("encoder") if keeps_none else request.getfixturevalue("exported")["int8"]
    return Recognizer(backbone, ModelSettings("any", load_label_set("meld"), "encoder-1"))


def _probabilities(turns):
    return [pytest.approx(list(turn.probabilities.values()), abs=1e-3) for turn in turns]


def test_turns_of_several_sessions_are_answered_as_each_alone(recognizer, talks):
    turns = talks[3].utterances
    first, second = recognizer.session(), recognizer.session()
    together = answer_together([(first, turns[0]), (second, turns[1]), (first, turns[2])])
    alone = recognizer.session()
    expected = [
        alone.add(turns[0].speaker, turns[0].text),
        recognizer.session().add(turns[1].speaker, turns[1].text),
        alone.add(turns[2].speaker, turns[2].text),
    ]
    assert [list(turn.probabilities.values()) for turn in together] == _probabilities(expected)
    assert [turn.seen for turn in together] == [turn.seen for turn in expected]
    assert [turn.history_turns for turn in together] == [0, 0, 1]
    assert answer_together([]) == []


def test_a_step_is_an_answer_or_what_is_to_be_asked(recognizer, talks):
    turn = talks[3].utterances[0]
    step = recognizer.session().step(turn)
    expected = recognizer.session().add(turn.speaker, turn.text)
    if recognizer.keeps_states:
        assert isinstance(step, Recognition)
    else:
        assert isinstance(step, LiveStep)
        [[log_probs]] = recognizer.backbone.score([step.tree])
        step = step.answer(log_probs)
    assert [list(step.probabilities.values())] == _probabilities([expected])
