"""Labels in other languages: what the shipped sets' labels are called there, and which English label a word means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from instructerc.errors import LabelError, did_you_mean
from instructerc.labels.shipped import load_paraphrases, read_shipped, shipped_names

if TYPE_CHECKING:
    from instructerc.labels.label_set import LabelSet

ENGLISH = "en"
_FOLDER = "languages"


def label_languages() -> tuple[str, ...]:
    """Returns the ISO 639-1 codes of the languages that labels have names in, English among them."""
    return tuple(sorted([ENGLISH, *shipped_names(_FOLDER)]))


def check_language(code: str) -> str:
    """Returns a language's code: `pt` for `pt`, `PT`, `pt-BR` and `pt_BR.UTF-8`.

    Raises:
        LabelError: there are no words in it.
    """
    language = re.split("[-_.]", code, maxsplit=1)[0].lower()
    if language not in label_languages():
        raise LabelError(
            f"no words in language {code!r}: give one of {', '.join(label_languages())}"
            + did_you_mean(code, label_languages())
        )
    return language


def label_name(label: str, code: str) -> str:
    """Returns what a label is called in a language; the label itself where the language has no word for it.

    Example:
        >>> label_name("joy", "de"), label_name("joy", "en"), label_name("meh", "de")
        ('Freude', 'joy', 'meh')
    """
    return label_words(label, code)[0]


def label_words(label: str, code: str) -> tuple[str, ...]:
    """Returns what a label is called in a language, then other words that mean it there; see `label_name`.

    Example:
        >>> label_words("joy", "de")
        ('Freude', 'Fröhlichkeit')
    """
    words = {} if code == ENGLISH else _labels(code)
    return tuple(words.get(_fold(label), (label,)))


def label_description(label: str, code: str) -> str:
    """Returns what a label means, in a language; empty where nothing is said of it."""
    if code == ENGLISH:
        return next(iter(load_paraphrases().get(_fold(label), ())), "")
    return str(read_shipped(f"{_FOLDER}/{code}")["descriptions"].get(_fold(label), ""))


def table_word(word: str, code: str) -> str:
    """Returns a word of the tables in a language, such as `speaker`."""
    return word if code == ENGLISH else str(read_shipped(f"{_FOLDER}/{code}")["table"].get(word, word))


def english_names(label_set: LabelSet) -> dict[str, str]:
    """Returns the English word of each label that is in another language and known; it stands for the label itself.

    A label's own aliases go first: one that is an English label says what is meant. The words of a set are taken to be
    in one language, that which knows most of them; English words are never looked up. Two labels never get the same
    English word.

    Example:
        >>> from instructerc.labels import load_label_set
        >>> english_names(load_label_set("Freude,Wut,Trauer,neutral"))
        {'Freude': 'joy', 'Wut': 'anger', 'Trauer': 'sadness'}
    """
    return dict(_english_names(label_set.names, tuple(label_set.aliases.get(name, ()) for name in label_set.names)))


@cache
def _english_names(names: tuple[str, ...], aliases: tuple[tuple[str, ...], ...]) -> Mapping[str, str]:
    table = _meanings(_language(names))
    taken = {_fold(name) for name in names if _fold(name) in _english()}
    found = {}
    for name, own in zip(names, aliases, strict=True):
        if _fold(name) in _english():
            continue
        said = [_fold(word) for word in own if _fold(word) in _english()]
        meant = table.get(_fold(name))
        english = next((word for word in (*said, meant) if word and word not in taken), None)
        if english is not None:
            found[name] = english
            taken.add(english)
    return found


def _language(names: Sequence[str]) -> str:
    """Returns the language that knows most of these words; English where none knows as many as it does."""
    counts = Counter({ENGLISH: sum(_fold(name) in _english() for name in names)})
    for code in shipped_names(_FOLDER):
        counts[code] = sum(_fold(name) in _meanings(code) for name in names)
    return max(counts, key=lambda code: (counts[code], code != ENGLISH))


@cache
def _english() -> frozenset[str]:
    """Returns the words that models are trained to take for a feeling, and the labels of the shipped sets."""
    words = {_fold(word) for label, (_, *others) in load_paraphrases().items() for word in (label, *others)}
    return frozenset(words.union(*(read_shipped(f"{_FOLDER}/{code}")["labels"] for code in shipped_names(_FOLDER))))


@cache
def _meanings(code: str) -> dict[str, str]:
    """Returns the English label of each word of a language; of two labels with one word, the first."""
    if code == ENGLISH:
        return {}
    meanings: dict[str, str] = {}
    for label, words in _labels(code).items():
        for word in words:
            meanings.setdefault(_fold(word), label)
    return meanings


def _labels(code: str) -> Mapping[str, Sequence[str]]:
    labels: Mapping[str, Sequence[str]] = read_shipped(f"{_FOLDER}/{code}")["labels"]
    return labels


def _fold(word: str) -> str:
    return " ".join(word.casefold().split())
