"""Another language is noticed, English is not taken for one, and later turns change nothing."""

from __future__ import annotations

import pytest

from instructerc.recognition.language import ForeignTurns, LanguageTracker, language_name
from instructerc.recognition.language.detector import load_detector
from instructerc.recognition.language.features import MAX_WORDS, words_of

LONG_TURNS = {
    "de": "Ich kann es nicht glauben, wir haben wirklich gewonnen!",
    "es": "No me lo puedo creer, por fin hemos ganado el partido.",
    "fr": "Je ne comprends pas pourquoi tu ne m'as rien dit hier soir.",
    "it": "Mio padre è morto e non so che cosa fare adesso.",
    "pt": "Eu não acredito que você fez isso comigo de novo.",
    "nl": "Ik weet echt niet waarom hij dat gisteren gezegd heeft.",
    "pl": "Nie wiem, dlaczego znowu mi to robisz, naprawdę.",
    "tr": "Bunu bana neden yaptığını gerçekten anlamıyorum.",
    "id": "Aku tidak tahu kenapa kamu marah sama aku kemarin.",
    "ru": "Я не понимаю, почему ты мне ничего не сказал, это ужасно. Ты здесь?",
    "uk": "Я не розумію, чому ти мені нічого не сказав, їй погано.",
    "ar": "لا أصدق أنك فعلت هذا بي",
    "fa": "من باور نمی‌کنم که این کار را کردی",
    "hi": "मुझे समझ नहीं आता कि तुमने ऐसा क्यों किया",
    "ja": "どうしてそんなことを言うの？",
    "ko": "왜 나한테 말 안 했어?",
    "zh": "我不明白你为什么不告诉我。",
    "el": "Δεν καταλαβαίνω τίποτα",
    "he": "אני לא מבין למה",
}
ENGLISH = [
    *("ok", "lol", "hm", "k", "no", "haha", "Ciao!", "café", "déjà vu", "Danke."),
    *("Giovanni?", "Giovanni Rossi", "Ayşe Yılmaz?", "Björn!", "Sofía, Sofía", "Wojciech"),
    *("", "123", "😀", "\u3164", "¯\\_(ツ)_/¯", "ಠ_ಠ"),
]


@pytest.mark.parametrize(("code", "text"), LONG_TURNS.items())
def test_a_turn_that_is_long_enough_is_named(code, text):
    assert LanguageTracker().add(text) == code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("hi", "bahut gussa aa raha hai"),
        ("hi", "kya baat hai"),
        ("ar", "ana za3lan awi menak"),
        ("ar", "mesh 3aref a3mel eh"),
        ("ar", "kifak habibi, shu akhbarak?"),
        ("ar", "mabrouk ya 7abibi"),
        ("ar", "inshallah bokra"),
    ],
)
def test_hindi_and_arabic_in_latin_letters_are_noticed(code, text):
    assert LanguageTracker().add(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "I'm so za3lan rn",
        "meet me at 8 for gr8 food 4u",
        "3 days, 7 hours",
        "habibi come here",
        "mp3, mp4 and b2b at 3am",
    ],
)
def test_digits_and_borrowed_words_make_no_english_turn_arabic(text):
    assert LanguageTracker().add(text) != "ar"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Ｉ ａｍ ｓｏ ａｎｇｒｙ ｗｉｔｈ ｙｏｕ！"),
        ("en", "𝗜 𝗮𝗺 𝘀𝗼 𝗮𝗻𝗴𝗿𝘆 𝘄𝗶𝘁𝗵 𝘆𝗼𝘂!"),
        ("it", "𝓝𝓸𝓷 𝓬𝓲 𝓹𝓸𝓼𝓼𝓸 𝓬𝓻𝓮𝓭𝓮𝓻𝓮, è davvero finita!"),
        ("ar", "\u200f\u202bلا أصدق أنك فعلت هذا بي\u202c"),
        ("ar", "مـــبـــروك"),
        ("ja", "ﾎﾝﾄｳﾃﾞｽｶ"),
        ("zh", "OMG 你疯了吗"),
        (None, "😡😡😡"),
    ],
)
def test_dressed_letters_marks_of_direction_and_emoji_mislead_nobody(code, text):
    assert LanguageTracker().add(text) == code


@pytest.mark.parametrize("text", ENGLISH)
def test_what_english_speakers_write_is_no_other_language(text):
    assert LanguageTracker().add(text) in {None, "en"}


def test_a_turn_too_short_to_tell_follows_those_before_it():
    talk = [LONG_TURNS["it"], "Sì.", "ok", "3"]
    tracker = LanguageTracker()
    assert [tracker.add(text) for text in talk] == ["it", "it", "it", "it"]
    assert LanguageTracker().add("ok") is None
    assert LanguageTracker().add("3") is None


def test_one_word_is_believed_after_another_turn_in_its_language():
    assert LanguageTracker().add("Entschuldigung!") is None
    tracker = LanguageTracker()
    assert [tracker.add(text) for text in ("Entschuldigung!", "Warum?", "Deswegen.")] == [None, "de", "de"]


def test_english_amid_another_language_is_english():
    tracker = LanguageTracker()
    talk = [LONG_TURNS["de"], "I really don't know what you want from me, honestly.", LONG_TURNS["de"]]
    assert [tracker.add(text) for text in talk] == ["de", "en", "de"]


def test_a_quoted_word_in_another_script_makes_no_turn_foreign():
    assert LanguageTracker().add("He said 加油 to me, and that means go for it, I think.") == "en"


@pytest.mark.parametrize("text", ["Да", "好", "네", "はい", "Так"])
def test_a_single_short_word_in_another_script_is_certain(text):
    assert LanguageTracker().add(text) not in {None, "en"}


def test_a_model_is_told_only_of_what_it_does_not_read():
    texts = [LONG_TURNS["de"], LONG_TURNS["it"], "That is really not what I meant, you know."]
    for languages, expected in (
        (("en",), ["de", "it", None]),
        (("en", "de"), [None, "it", None]),
        (("de",), [None, "it", "en"]),
        ((), [None, None, None]),
    ):
        turns = ForeignTurns(languages)
        assert [turns.add(text) for text in texts] == expected


def test_the_sum_is_the_same_in_any_order_of_words():
    words = words_of(LONG_TURNS["de"])
    detector = load_detector()
    forwards, backwards = (detector.evidence(" ".join(order)) for order in (words, words[::-1]))
    assert forwards.margin == backwards.margin
    assert forwards.margin > 3


def test_addresses_and_tags_are_no_words_and_a_long_text_is_cut():
    assert words_of("Soooo see https://beispiel.de/nicht #nicht @nicht it’s [NAME]") == ["soo", "see", "it's"]
    assert len(words_of("word " * 100_000)) == MAX_WORDS


def test_every_language_has_a_name():
    assert all(language_name(code) != code for code in ("en", *load_detector().languages))
    assert language_name("xx") == "xx"
