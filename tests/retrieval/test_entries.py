"""From a training split to entries and vectors."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import LabelError, ModelError
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts.demonstrations import Demonstration
from instructerc.retrieval import BankSettings, entries

MOODS = LabelSet("moods", ("good", "bad"), {"good": ("fine",)}, ("odd",))


def test_only_scored_labels_are_entries_under_the_label_sets_names():
    labels = {"a": "Fine", "b": None, "c": "odd", "d": "bad"}
    talk = Conversation("c", [Utterance("Ann", text, label) for text, label in labels.items()])
    found = list(entries.demonstrations([talk], MOODS, BankSettings()))
    assert found == [
        Demonstration(None, "a", "good", (), "c", 0),
        Demonstration(None, "d", "bad", (), "c", 3),
    ]


def test_an_unknown_label_is_an_error():
    with pytest.raises(LabelError, match="label 'glum'"):
        list(entries.demonstrations([Conversation("c", [Utterance("Ann", "a", "glum")])], MOODS, BankSettings()))


def test_history_is_oldest_first_and_speakers_are_kept_where_asked_for(train):
    settings = BankSettings(speakers=True, history=2)
    *_, last = entries.demonstrations(train[1:2], load_label_set("meld"), settings)
    assert last.speaker == "Dee"
    assert last.history == (("Dee", "Okay."), ("Cy", "Hm."))
    *_, last = entries.demonstrations(train[1:2], load_label_set("meld"), BankSettings(history=9))
    assert last.speaker is None
    assert last.history == (("", "Someone is in the house."), ("", "Okay."), ("", "Hm."))


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(0, 5))
def test_a_balanced_bank_has_as_many_of_each_label_in_order_and_the_same_again(labels, seed):
    found = [Demonstration(None, f"text {number}", label, utterance=number) for number, label in enumerate(labels)]
    drawn = entries.balanced(found, seed)
    counts = Counter(entry.label for entry in drawn)
    assert set(counts) == set(labels)
    assert set(counts.values()) <= {min(Counter(labels).values(), default=0)}
    assert [entry.utterance for entry in drawn] == sorted(entry.utterance for entry in drawn)
    assert drawn == entries.balanced(found, seed)


def test_another_seed_draws_others():
    found = [Demonstration(None, str(number), "ab"[number % 10 == 0], utterance=number) for number in range(100)]
    assert entries.balanced(found, 0) != entries.balanced(found, 1)


def test_a_text_is_embedded_once_and_pieces_do_not_matter(grid, monkeypatch):
    texts = ["a", "b", "a", "c", "b", "a", "d"]
    monkeypatch.setattr(entries, "_TEXTS_AT_ONCE", 3)
    vectors = entries.embed_all(texts, grid)
    assert grid.texts == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(vectors, grid.embed(texts))
    assert vectors.dtype == np.float32


def test_a_large_bank_is_kept_in_half_precision(grid, monkeypatch):
    monkeypatch.setattr(entries, "LARGE", 2)
    vectors = entries.embed_all(["a", "b", "c"], grid)
    assert vectors.dtype == np.float16
    np.testing.assert_array_equal(vectors, grid.embed(["a", "b", "c"]))


def test_no_text_has_no_vectors(grid):
    assert entries.embed_all([], grid).shape == (0, 0)
    assert grid.texts == []


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.ones((2, 3)), r"vectors of lengths other than 1"),
        (np.full((2, 3), np.nan), r"vectors of lengths other than 1"),
        (np.eye(3), r"shape \(3, 3\); \[2, H\] is accepted"),
        (np.ones(2), r"shape \(2,\)"),
    ],
)
def test_other_things_than_unit_vectors_are_refused(vectors, message, grid):
    with pytest.raises(ModelError, match=message):
        entries.checked(vectors, 2, grid)


def test_a_text_without_meaning_may_have_a_vector_of_zeros(grid):
    assert entries.checked(np.zeros((1, 3)), 1, grid).dtype == np.float32
