"""What is made of a text's letters before it is tokenised, whatever the script."""

from __future__ import annotations

import pytest

from instructerc.backbones.encoders.segments import name_symbols


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ＯＫ！ ありがとう～", "OK! ありがとう～"),
        ("𝓱𝓮𝓵𝓵𝓸 𝗪𝗢𝗪", "hello WOW"),
        ("\u202bمرحبا\u202c, \u2067سلام\u2069", "مرحبا, سلام"),
        ("\u200fכן\u200e", "כן"),
        ("كتـــير", "كتير"),
        # What the letters of Hindi and Persian are spelt with, what Thai stands without, stays.
        ("ज़िंदगी बहुत", "ज़िंदगी बहुत"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("今天好开心啊", "今天好开心啊"),
        ("오늘 진짜 좋았어ㅠㅠ", "오늘 진짜 좋았어ㅠㅠ"),
        ("bahut gussa aa raha hai 😡", "bahut gussa aa raha hai  angry face "),
        ("👍🏽❤️", " thumbs up sign  red heart "),
        ("ﾊﾞｶ", "ﾊﾞｶ"),
        ("Ça va ? ½", "Ça va ? ½"),
    ],
)
def test_wide_and_ornamental_letters_are_plain_and_marks_of_direction_are_left_out(text, plain):
    assert name_symbols(text) == plain
    # What was cleaned once stays.
    assert name_symbols(plain) == plain
