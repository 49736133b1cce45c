"""Augmentations keep what a label rests on: labels, turns, order, and something to read."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.training.augmenting import augment as module
from instructerc.training.augmenting.augment import augment, augment_text, emoji_alone, rename_speakers
from instructerc.training.augmenting.tables import EMOJI

LABELS = [*EMOJI, "happy", "peaceful", None]
WORDS = st.sampled_from(
    ["I'm", "you", "don’t", "know", "AB-1234", "http://a.bc/def", "❤️", "really", "great", "!", "?", "...", "no", "Ünal"]
)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40
)
TURNS = st.builds(
    Utterance, st.sampled_from(["Ann", "Bo", "Cy"]), TEXTS, st.sampled_from(LABELS), start=st.none() | st.just(1.5)
)
TALKS = st.lists(TURNS, min_size=1, max_size=6).map(lambda turns: Conversation("c", turns))
SEEDS = st.integers(0, 2**32)


@given(TALKS, SEEDS, st.floats(0, 1))
def test_labels_count_order_and_times_stay(talk, seed, strength):
    changed = augment(talk, np.random.default_rng(seed), strength)
    assert changed.id == talk.id
    assert [(turn.emotion, turn.start) for turn in changed.utterances] == [
        (turn.emotion, turn.start) for turn in talk.utterances
    ]
    assert [bool(turn.text.strip()) for turn in changed.utterances] == [
        bool(turn.text.strip()) for turn in talk.utterances
    ]


@given(TALKS, SEEDS)
def test_the_same_seed_gives_the_same_result(talk, seed):
    assert augment(talk, np.random.default_rng(seed), 1.0) == augment(talk, np.random.default_rng(seed), 1.0)


@given(TALKS, SEEDS)
def test_speakers_are_renamed_one_to_one(talk, seed):
    renamed = rename_speakers(talk, np.random.default_rng(seed))
    pairs = {(old.speaker, new.speaker) for old, new in zip(talk.utterances, renamed.utterances, strict=True)}
    assert len(pairs) == len(talk.cast) == len(renamed.cast)
    assert [turn.text for turn in renamed.utterances] == [turn.text for turn in talk.utterances]


@given(TALKS, SEEDS)
def test_strength_zero_changes_nothing(talk, seed):
    assert augment(talk, np.random.default_rng(seed), 0.0) == talk


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan")])
def test_a_strength_outside_its_range_is_refused(strength):
    with pytest.raises(InputError, match="from 0 to 1"):
        augment(Conversation("c", [Utterance("Ann", "Hi.")]), np.random.default_rng(0), strength)


def test_strength_one_changes_most_turns_and_half_fewer():
    text = "I don't know what you want to say, thanks."
    rng = np.random.default_rng(5)
    whole = sum(augment_text(text, "joy", rng, 1.0) != text for _ in range(400))
    half = sum(augment_text(text, "joy", rng, 0.5) != text for _ in range(400))
    assert 0 < half < whole
    assert whole > 200


@pytest.mark.parametrize("label", list(EMOJI))
def test_emoji_come_from_the_label_alone(label):
    rng = np.random.default_rng(3)
    own = re.compile("(?:" + "|".join(map(re.escape, EMOJI[label])) + ")+")
    assert all(own.fullmatch(module.emoji_of(label, rng)) for _ in range(200))


def test_a_neutral_or_unknown_turn_is_never_an_emoji_alone():
    rng = np.random.default_rng(3)
    assert {emoji_alone("Ok.", label, rng) for label in ("neutral", "peaceful", None) for _ in range(50)} == {"Ok."}
    assert emoji_alone("Yes.", "joy", rng) != "Yes."


def test_ids_and_addresses_are_not_mistyped():
    rng = np.random.default_rng(2)
    text = "order4417 www.example.org me@mail.net it's"
    assert {module.add_typos(text, rng) for _ in range(200)} == {text}


def test_a_question_stays_one_or_loses_its_mark():
    rng = np.random.default_rng(2)
    ends = {module.change_marks("Where are you?", rng) for _ in range(200)}
    assert ends <= {"Where are you" + "?" * count for count in range(5)}
    assert len(ends) > 2


def test_more_speakers_than_names_still_differ():
    crowd = Conversation("c", [Utterance(f"s{number}", "Hi.") for number in range(400)])
    for seed in range(20):
        assert len(rename_speakers(crowd, np.random.default_rng(seed)).cast) == 400
