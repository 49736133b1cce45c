"""Changes that must not matter: what each of them writes, and that it is the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.evaluation.behaviour import CHANGES

NAMES = ("phone-numbers", "speaker-numbers", "other-first-names", "roles", "letters", "handles", "feeling-names")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
TALKS = st.lists(st.builds(Utterance, st.sampled_from("abcdef"), TEXTS), min_size=1, max_size=8)


def _text(change, text):
    return CHANGES[change](Conversation("c", [Utterance("Ann", text)])).utterances[0].text


@given(st.sampled_from(sorted(CHANGES)), TALKS)
def test_turns_stay_and_a_second_time_gives_the_same(change, turns):
    talk = Conversation("c", turns)
    changed = CHANGES[change](talk)
    assert len(changed) == len(talk)
    assert changed == CHANGES[change](talk)
    assert len(changed.cast) == len(talk.cast)
    if change in NAMES:
        assert [turn.text for turn in changed.utterances] == [turn.text for turn in talk.utterances]
        assert set(changed.cast).isdisjoint(talk.cast)
    else:
        assert changed.cast == talk.cast
        assert [bool(turn.text.strip()) for turn in changed.utterances] == [bool(turn.text.strip()) for turn in turns]


@pytest.mark.parametrize(
    ("change", "text", "wanted"),
    [
        ("no-full-stop", "I left it there.", "I left it there"),
        ("no-full-stop", "Well...", "Well..."),
        ("no-full-stop", "Really?", "Really?"),
        ("full-stop", "see you", "see you."),
        ("full-stop", "see you!", "see you!"),
        ("small-first-letter", "The bus is late.", "the bus is late."),
        ("small-first-letter", "I'm late.", "I'm late."),
        ("small-first-letter", "BBC news.", "BBC news."),
        ("capital-first-letter", "see you", "See you"),
        ("extra-spaces", "a b", " a  b "),
        ("curly-quotes", 'I\'m "fine"', "I’m “fine”"),
        ("long-forms", "I'm sure they don't know. You're late.", "I am sure they do not know. You are late."),
        ("long-forms", "Don't you know?", "Don't you know?"),
        ("short-forms", "I am sure it is not here, I cannot see it.", "I'm sure it isn't here, I can't see it."),
        ("short-forms", "Yes, I am.", "Yes, I am."),
        ("no-apostrophes", "don't take Tom's 'best' one", "dont take Toms 'best' one"),
    ],
)
def test_what_a_change_writes(change, text, wanted):
    assert _text(change, text) == wanted


def test_a_slip_is_in_one_long_word():
    text = "Please send it to order4417 or me@mailbox today"
    swapped, dropped = _text("swapped-letters", text), _text("dropped-letters", text)
    assert (sorted(swapped), len(dropped)) == (sorted(text), len(text) - 1)
    for changed in (swapped, dropped):
        differing = [old for old, new in zip(text.split(), changed.split(), strict=True) if old != new]
        assert differing in (["Please"], ["today"])
    assert _text("swapped-letters", "no we do") == "no we do"
