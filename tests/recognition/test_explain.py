"""Why: the differences are those of leaving a turn or a word out and asking again."""

from __future__ import annotations

import pytest

from instructerc.backbones.settings import ModelSettings
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.labels import load_label_set
from instructerc.recognition import Recognizer, count_answers, explain
from instructerc.recognition.explain import MOST_PIECES, MOST_TURNS


@pytest.fixture(params=["torch", "int8"])
def recognizer(request):
    backbone = request.getfixturevalue("encoder" if request.param == "torch" else "exported")
    backbone = backbone if request.param == "torch" else backbone["int8"]
    return Recognizer(backbone, ModelSettings("any", load_label_set("meld"), "encoder-1"))


def _talk(n_turns: int) -> Conversation:
    return Conversation("c", [Utterance("AB"[n % 2], f"we won {n} games") for n in range(n_turns)])


@pytest.mark.parametrize(("n_turns", "turn"), [(1, 1), (5, 4), (18, 17)])
def test_differences_are_those_of_asking_again(recognizer, n_turns, turn):
    talk = _talk(n_turns)
    found = explain(recognizer, talk, turn)
    own = recognizer.recognize(talk)[turn - 1]
    assert found.probability == pytest.approx(own.probabilities[found.label], abs=1e-3)
    assert own.probabilities[found.label] == pytest.approx(max(own.probabilities.values()), abs=1e-3)
    n_left_out = min(MOST_TURNS, own.history_turns)
    assert [one.turn for one in found.turns] == list(range(turn - n_left_out, turn))
    past, last = list(talk.utterances[: turn - 1]), talk.utterances[turn - 1]
    for influence in found.turns:
        rest = Conversation("c", [*past[: influence.turn - 1], *past[influence.turn :], last])
        without = recognizer.recognize(rest)[-1].probabilities[found.label]
        assert found.probability - influence.change == pytest.approx(without, abs=1e-3)
    assert [last.text[word.start : word.end] for word in found.words] == last.text.split()
    for word in found.words:
        text = " ".join(f"{last.text[: word.start]} {last.text[word.end :]}".split())
        rest = Conversation("c", [*past, Utterance(last.speaker, text)])
        without = recognizer.recognize(rest)[-1].probabilities[found.label]
        assert found.probability - word.change == pytest.approx(without, abs=1e-3)


def test_another_label_is_explained_where_it_is_asked_for(recognizer):
    assert explain(recognizer, _talk(2), 2, "fear").label == "fear"


def test_long_turns_are_divided_into_pieces_and_single_words_are_not_left_out(recognizer):
    long = " ".join(["word"] * 95)
    pieces = explain(recognizer, Conversation("c", [Utterance("A", long)]), 1).words
    assert 1 < len(pieces) <= MOST_PIECES
    assert (pieces[0].start, pieces[-1].end) == (0, len(long))
    assert explain(recognizer, Conversation("c", [Utterance("A", "Yes")]), 1).words == ()


def test_what_is_not_there_is_refused(recognizer):
    with pytest.raises(InputError, match="no turn 3; the conversation has turns 1 to 2"):
        explain(recognizer, _talk(2), 3)
    with pytest.raises(InputError, match="no label 'mood'"):
        explain(recognizer, _talk(2), 2, "mood")


def test_a_turn_without_spaces_is_explained_by_its_pieces(recognizer):
    talk = Conversation("c", [Utterance("A", "我今天很开心")])
    found = explain(recognizer, talk, 1)
    assert [(word.start, word.end) for word in found.words] == [(0, 2), (2, 4), (4, 6)]
    # What is left stands together, as it is written.
    for word, rest in zip(found.words, ("天很开心", "我今开心", "我今天很"), strict=True):
        without = recognizer.recognize(Conversation("c", [Utterance("A", rest)]))[0].probabilities[found.label]
        assert found.probability - word.change == pytest.approx(without, abs=1e-3)


@pytest.mark.parametrize(("n_turns", "turn"), [(1, 1), (5, 4), (18, 18)])
def test_way_is_given_before_each_answer_and_they_are_counted(recognizer, n_turns, turn):
    talk, given = _talk(n_turns), []
    found = explain(recognizer, talk, turn, give_way=lambda: given.append(1))
    n_left_out = len(found.turns) + len(found.words)
    assert len(given) >= n_left_out
    # The window of this model is shorter than what could be asked.
    assert n_left_out < count_answers(talk, turn) <= 1 + MOST_TURNS + MOST_PIECES
    with pytest.raises(InputError, match=f"no turn {n_turns + 1}"):
        count_answers(talk, n_turns + 1)
