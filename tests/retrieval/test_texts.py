"""Which texts are the same words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.retrieval.texts import text_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Oh my God!", "oh, my god"),
        ("I can not", "I cannot"),
        ("Straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("Ｏｋ", "ok"),
        ("  ...  ", "..."),
    ],
)
def test_case_form_and_marks_between_words_do_not_count(one, other):
    assert text_key(one) == text_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("yes", "yes 2"), ("...", "?!"), ("", "..."), ("😀", "😡"), ("कि", "की"), ("no", "non")]
)
def test_other_words_are_others(one, other):
    assert text_key(one) != text_key(other)


@given(st.text(), st.text())
def test_outer_punctuation_never_matters_beside_a_letter(before, after):
    marks = [mark for mark in before + after if text_key(f"{mark}a") == "a"]
    assert text_key("".join(marks) + "a" + "".join(marks)) == "a"
