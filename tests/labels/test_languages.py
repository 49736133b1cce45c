"""Labels in other languages: which English word they mean, what they are called there, and that nothing is missing."""

from __future__ import annotations

import pytest

from instructerc.errors import LabelError
from instructerc.labels import (
    LabelSet,
    english_names,
    label_description,
    label_languages,
    label_name,
    label_words,
    load_label_set,
    load_paraphrases,
    shipped_label_sets,
)
from instructerc.labels.languages import check_language, table_word
from instructerc.labels.shipped import read_shipped
from instructerc.prompts import TreeBuilder, load_wording

OTHERS = tuple(code for code in label_languages() if code != "en")
# Its 32 labels have English names alone.
NOT_TRANSLATED = {"cped", "empatheticdialogues"}


@pytest.mark.parametrize(
    ("labels", "english"),
    [
        ("Freude,Wut,Trauer,neutral", {"Freude": "joy", "Wut": "anger", "Trauer": "sadness"}),
        ("GIOIA,Rabbia,neutro", {"GIOIA": "joy", "Rabbia": "anger", "neutro": "neutral"}),
        ("开心,难过,生气", {"开心": "happy", "难过": "sadness", "生气": "anger"}),
        ("خوف,غضب", {"خوف": "fear", "غضب": "anger"}),
        # Commas of the users' keyboards.
        ("喜び、怒り、悲しみ", {"喜び": "joy", "怒り": "anger", "悲しみ": "sadness"}),
        ("开心，难过", {"开心": "happy", "难过": "sadness"}),
        ("خوف، غضب", {"خوف": "fear", "غضب": "anger"}),
        # Hindi and Arabic in Latin letters.
        ("khushi,gussa,dukh,dar,neutral", {"khushi": "joy", "gussa": "anger", "dukh": "sadness", "dar": "fear"}),
        ("Fara7,za3lan,7ozn,khof", {"Fara7": "joy", "za3lan": "angry", "7ozn": "sadness", "khof": "fear"}),
        # Two words of one meaning are two options.
        ("Wut,Zorn,Freude", {"Wut": "anger", "Freude": "joy"}),
        # A word that is not known is asked as it is; one that is English already is not looked up.
        ("радость,тоска,anger", {"радость": "joy"}),
        ("happy,sad,calm", {}),
        ("surprise,confusion,gratitude", {}),
    ],
)
def test_labels_are_asked_by_their_english_names(labels, english):
    assert english_names(load_label_set(labels)) == english


def test_an_english_alias_says_what_a_label_means():
    labels = LabelSet("mood", ("zufrieden", "sachlich"), {"zufrieden": ("happy",), "sachlich": ("neutral",)})
    assert english_names(labels) == {"zufrieden": "happy", "sachlich": "neutral"}


@pytest.mark.parametrize("name", shipped_label_sets())
def test_shipped_sets_are_asked_as_ever(name):
    assert english_names(load_label_set(name)) == {}


def test_options_are_english_and_answers_keep_the_users_words():
    labels = load_label_set("Freude,Wut,Grübelei")
    assert TreeBuilder(load_wording("encoder-2"), labels).label_options() == ("joy", "anger", "Grübelei")
    # A prompt that lists the labels lists them as they are.
    listed = TreeBuilder(load_wording("compact-1"), labels).label_options()
    assert [option.strip() for option in listed] == ["Freude", "Wut", "Grübelei"]


def test_there_are_twelve_languages_or_more_and_each_has_the_same_words():
    assert len(OTHERS) >= 12
    first, *rest = (read_shipped(f"languages/{code}") for code in OTHERS)
    for data in (first, *rest):
        for part in ("labels", "descriptions", "table"):
            assert list(data[part]) == list(first[part])
        assert all(words and all(isinstance(word, str) and word for word in words) for words in data["labels"].values())


@pytest.mark.parametrize("code", OTHERS)
def test_every_label_of_the_shipped_sets_has_a_name_of_its_own(code):
    for name in set(shipped_label_sets()) - NOT_TRANSLATED:
        labels = load_label_set(name).names
        assert {label.casefold() for label in labels} <= set(read_shipped(f"languages/{code}")["labels"])
        names = [label_name(label, code).casefold() for label in labels]
        assert len(set(names)) == len(names)


def test_words_and_descriptions():
    assert [label_name("Joy", code) for code in ("de", "fr", "zh")] == ["Freude", "joie", "喜悦"]
    assert label_description("fear", "it") == "avere paura o essere preoccupati"
    assert label_description("fear", "en") == load_paraphrases()["fear"][0]
    assert label_description("nostalgic", "it") == ""
    assert (table_word("speaker", "es"), table_word("speaker", "en")) == ("hablante", "speaker")
    assert label_words("fear", "de") == ("Angst", "Furcht")
    assert label_words("Fear", "en") == ("Fear",)


@pytest.mark.parametrize(
    ("given", "code"),
    [("de", "de"), ("DE", "de"), ("pt-BR", "pt"), ("zh_TW", "zh"), ("en-GB", "en"), ("hi_IN.UTF-8", "hi")],
)
def test_a_language_may_be_given_with_a_country(given, code):
    assert check_language(given) == code


@pytest.mark.parametrize("given", ["xx", "german", "", "-de"])
def test_a_language_without_words_is_refused(given):
    with pytest.raises(LabelError, match=f"no words in language '{given}': give one of ar, de, en"):
        check_language(given)
