"""What an utterance and a conversation accept and refuse."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError

TEXT = st.text().filter(lambda text: "\0" not in text)
SPEAKERS = TEXT.filter(str.strip)


@given(SPEAKERS, TEXT, st.none() | SPEAKERS, st.none() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_is_kept_as_it_came(speaker, text, emotion, start):
    utterance = Utterance(speaker, text, emotion, start)
    assert (utterance.speaker, utterance.text, utterance.emotion, utterance.start) == (speaker, text, emotion, start)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"speaker": None}, "speaker must be text, got NoneType"),
        ({"text": 3}, "text must be text, got int"),
        ({"text": b"Hi"}, "text must be text, got bytes"),
        ({"speaker": "A\0nn"}, "speaker contains a NUL character"),
        ({"text": "H\0i"}, "text contains a NUL character"),
        ({"speaker": ""}, "speaker is empty"),
        ({"speaker": " \t\u2003"}, "speaker is empty"),
        ({"emotion": ""}, "emotion must be a non-empty label or absent"),
        ({"emotion": "  "}, "emotion must be a non-empty label or absent"),
        ({"emotion": 4}, "emotion must be a non-empty label or absent, got 4"),
        ({"start": math.nan}, "start must be a finite number of seconds, got nan"),
        ({"end": math.inf}, "end must be a finite number of seconds, got inf"),
        ({"start": "1.5"}, "start must be a finite number of seconds, got '1.5'"),
        ({"note": 4}, "note must be text, got int"),
        ({"note": "a\0b"}, "note contains a NUL character"),
        ({"speaker_note": "\ud83d"}, "speaker_note contains half of a surrogate pair"),
        ({"end": True}, "end must be a finite number of seconds, got True"),
    ],
)
def test_a_wrong_field_is_named(fields, said):
    with pytest.raises(InputError, match=said):
        Utterance(**{"speaker": "Ann", "text": "Hi."} | fields)


@pytest.mark.parametrize("text", ["", "😀🏽‍🚀", "\u202eשלום\u202c", "x" * 1_000_000, "two\nlines"])
def test_unusual_text_is_text(text):
    assert Utterance("Ann", text).text == text


def test_whole_seconds_and_times_that_run_backwards_are_kept():
    utterance = Utterance("Ann", "Hi.", start=3, end=1.5)  # corpora hold such rows; nothing is sorted or mended
    assert (utterance.start, utterance.end) == (3, 1.5)


@pytest.mark.parametrize("blank", [None, "", " \t\u2003"])
def test_a_blank_note_is_none_and_another_stays_as_it_came(blank):
    assert Utterance("Ann", "Hi.", note=blank, speaker_note=blank) == Utterance("Ann", "Hi.")
    noted = Utterance("Ann", "Hi.", note=" loud ", speaker_note="a cook\n")
    assert (noted.note, noted.speaker_note) == (" loud ", "a cook\n")
    assert hash(noted) == hash(pickle.loads(pickle.dumps(noted)))


def test_any_iterable_becomes_a_tuple_in_order():
    turns = [Utterance("Ann", "One."), Utterance("Bo", "Two."), Utterance("Ann", "Three.")]
    talk = Conversation("c", iter(turns))
    assert talk.utterances == tuple(turns)
    assert len(talk) == 3
    assert talk.cast == ("Ann", "Bo")
    assert talk == Conversation("c", turns)
    assert hash(talk) == hash(Conversation("c", turns))


@pytest.mark.parametrize(
    ("id", "utterances", "said"),
    [
        ("c", [], "conversation 'c' has no utterance"),
        (7, [Utterance("Ann", "Hi.")], "id must be text, got int"),
        ("c", [Utterance("Ann", "Hi."), ("Bo", "Hi.")], "conversation 'c' holds a tuple, not an Utterance"),
    ],
)
def test_a_wrong_conversation_is_refused(id, utterances, said):
    with pytest.raises(InputError, match=said):
        Conversation(id, utterances)


def test_both_are_frozen_and_travel_between_processes():
    talk = Conversation("c", [Utterance("Ann", "Hi.", "joy", 0.0, 1.0)])
    for thing, name in ((talk, "id"), (talk.utterances[0], "text")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, "other")
    assert pickle.loads(pickle.dumps(talk)) == talk
    assert copy.deepcopy(talk) == talk


def test_ten_thousand_turns_are_one_conversation():
    talk = Conversation("long", (Utterance(f"S{i % 3}", "…") for i in range(10_000)))
    assert (len(talk), talk.cast) == (10_000, ("S0", "S1", "S2"))


def test_other_times_leave_the_rest_as_it_is() -> None:
    utterance = Utterance("Ann", "Hi", "joy", 1.0, 2.0, "softly", "a baker")
    assert utterance.at(5, None) == dataclasses.replace(utterance, start=5, end=None)
    with pytest.raises(InputError, match="end must be a finite number"):
        utterance.at(None, math.inf)
