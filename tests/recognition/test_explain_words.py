"""What is left out of a turn as a word, in scripts with and without spaces."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.recognition.explain_words import find_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" Well, I don’t know… ", "Well,|I|don’t|know…"),
        ("我今天很开心！", "我今|天很|开心！"),
        ("我爱 Berlin，真的。", "我爱|Berlin，|真的。"),
        ("今日は本当に楽しかったです", "今日は|本当に|楽しかった|です"),
        ("テレビを見たよ", "テレビ|を|見たよ"),
        ("ラーメンおいしい", "ラーメン|おいしい"),
        ("太好了😀", "太好|了|😀"),
        ("너무 좋아요", "너무|좋아요"),
        ("ฉันเสียใจมาก", "ฉันเสีย|ใจมาก"),
        ("嗯", "嗯"),
    ],
)
def test_words_are_found_where_no_space_divides_them(text, words):
    assert "|".join(text[start:end] for start, end in find_words(text)) == words


@given(st.text(alphabet="ab, 我开心るかテーเสีใน้ำខ្មែរမြန်မာ😀！", max_size=40))
def test_pieces_are_all_of_the_text_and_begin_with_no_mark(text):
    spans = find_words(text)
    assert "".join(text[start:end] for start, end in spans) == "".join(text.split())
    assert all(start < end for start, end in spans)
    for start, _ in spans:
        assert start == 0 or text[start - 1].isspace() or not unicodedata.category(text[start]).startswith("M")
