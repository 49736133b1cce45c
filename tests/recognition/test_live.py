"""Live sessions: turns of several conversations at once get the answers that each would get alone."""

from __future__ import annotations

import pytest

from instructerc.backbones.settings import ModelSettings
from instructerc.labels import load_label_set
from instructerc.recognition import Recognition, Recognizer, answer_together, live
from instructerc.recognition.live import LiveSession, LiveStep


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


def _talk(session, texts, prepare):
    answers = []
    for number, text in enumerate(texts):
        answers.append(list(session.add(("Ann", "Bo")[number % 2], text).probabilities.values()))
        while prepare and session.prepare():
            pass
    return answers


def test_reading_ahead_changes_no_answer_and_spares_the_turn_with_which_a_trunk_begins_anew(exported, monkeypatch):
    backbone = exported["int8"]
    recognizer = Recognizer(backbone, ModelSettings("any", load_label_set("meld"), "encoder-1"))
    texts = [("we won the cup", "oh no, what now", "fine then, I will go")[number % 3] for number in range(120)]
    reading: list[int] = []
    run = backbone.runner.run

    def counted(rows, *rest):
        reading.append(len(rows[0].token_ids))
        return run(rows, *rest)

    monkeypatch.setattr(backbone.runner, "run", counted)
    plain = _talk(recognizer.session(), texts, prepare=False)
    assert max(reading) > 3 * min(reading), "no trunk begins anew"
    waited: list[int] = []

    def add(self, turn, step=LiveSession.step):
        reading.clear()
        answer = step(self, turn)
        waited.extend(reading)
        return answer

    monkeypatch.setattr(LiveSession, "step", add)
    ahead = _talk(recognizer.session(), texts, prepare=True)
    assert ahead == [pytest.approx(row, abs=1e-5) for row in plain]
    # A turn waits for its own words alone.
    assert len(waited) == len(texts)
    assert max(waited) < 3 * min(waited)


def test_reading_ahead_has_nothing_to_do_at_first_and_where_no_states_are_kept(recognizer):
    session = recognizer.session()
    assert not session.prepare()
    session.add("Ann", "hi")
    assert not session.prepare()


def test_a_fork_of_a_session_that_read_ahead_goes_on_alone(exported, monkeypatch):
    # The window is small: turn by turn, where a short one would not fit.
    monkeypatch.setattr(live, "_READ_AHEAD", 1)
    monkeypatch.setattr(live, "_LIKELY_TOKENS", 12)
    recognizer = Recognizer(exported["int8"], ModelSettings("any", load_label_set("meld"), "encoder-1"))
    texts = ["hi"] * 60
    session = recognizer.session()
    for text in texts:
        session.add("Ann", text)
        before = session.fork()
        if session.prepare():
            break
    else:
        pytest.fail("there was never more to read ahead than is read at once")
    # What a fork reads ahead is its own, from the beginning and where it goes on.
    for fork in (before, session.fork()):
        kept, others = fork.nbytes, session.nbytes
        fork.prepare()
        assert (fork.nbytes > kept, session.nbytes) == (True, others)
    expected = [pytest.approx(row, abs=1e-5) for row in _talk(session.fork(), texts, prepare=False)]
    assert _talk(session, texts, prepare=True) == expected
