"""The texts that the detector is fitted on: conversations, translations of Django (BSD-3-Clause), lists of words."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from instructerc.compat.yaml_text import load_yaml
from instructerc.recognition.language.features import words_of

Example = tuple[list[str], str]
# Examples of each language but English; a turn of a conversation counts as several of a program's messages.
_OF_A_LANGUAGE = 8000
_CONVERSATION_WEIGHT = 8
_BORROWED_WEIGHT = 20
# A word that English texts have this often tells nothing.
_ENGLISH_TOO = 20
_LATIN_END = "\u0250"
_FIELD = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def fitting_data() -> dict[str, Any]:
    """Returns what `fitting.yaml` says."""
    text = (resources.files("instructerc.recognition.language") / "fitting.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = load_yaml(text)
    return data


def build_examples(
    english: Sequence[str],
    other: Mapping[str, Sequence[str]],
    django: Path,
    stopwords: Path,
    draw: random.Random,
) -> list[Example]:
    """Returns texts as words with the code of their language, whole turns and pieces of them.

    Args:
        english: turns in English.
        other: turns in other languages, by code; those in other scripts are left out.
        django: folder of the Django package, with its translations.
        stopwords: `stopwords-iso.json`.
        draw: what chance is drawn from.
    """
    data = fitting_data()
    examples = [(words_of(text), "en") for text in [*english, *_messages(django, data["classes"]["en"], "msgid")]]
    common = Counter(word for words, _ in examples for word in words)
    examples += [(piece, "en") for words, _ in examples if len(words) > 2 for piece in _piece(words, 5, 0.5, draw)]
    examples += [(words, "en") for words in _borrowed(data["borrowed"].split())]
    lists = json.loads(stopwords.read_text(encoding="utf-8"))
    lists["hi"] = data["romanised_hindi"].split()
    for code, folders in data["classes"].items():
        if code == "en":
            continue
        own = [word for word in lists.get(code, []) if common[word] < _ENGLISH_TOO and word[:1] < _LATIN_END]
        texts = list(other.get(code, [])) * _CONVERSATION_WEIGHT + _messages(django, folders, "msgstr")
        texts += own * 2
        n_drawn = min(2000, 5 * len(own))
        texts += [" ".join(draw.sample(own, min(len(own), draw.randint(2, 5)))) for _ in range(n_drawn)]
        examples += [(words, code) for words in _repeated(texts, draw)]
    return [(words[:20], code) for words, code in examples if words]


def _repeated(texts: Sequence[str], draw: random.Random) -> Iterator[list[str]]:
    """Yields the words of texts as often as a language needs, most of them cut to a piece."""
    all_words = [words for text in texts if (words := words_of(text)) and words[0][0] < _LATIN_END]
    times = _OF_A_LANGUAGE / len(all_words)
    for words in all_words:
        for _ in range(int(times) + (draw.random() < times % 1)):
            pieces = _piece(words, 8, 0.6, draw) if len(words) > 2 else []
            yield from pieces or [words]


def _piece(words: list[str], longest: int, chance: float, draw: random.Random) -> list[list[str]]:
    """Returns a run of the words, or nothing where chance says so."""
    if draw.random() >= chance:
        return []
    length = draw.randint(1, min(len(words), longest))
    start = draw.randint(0, len(words) - length)
    return [words[start : start + length]]


def _borrowed(words: list[str]) -> list[list[str]]:
    pairs = [words[start : start + length] for length in (2, 3) for start in range(len(words) - 2)]
    return [[word] for word in words] * _BORROWED_WEIGHT + pairs


def _messages(django: Path, folders: Sequence[str], field: str) -> list[str]:
    """Returns the messages of Django in one language; one that stands there untranslated is left out."""
    found: set[str] = set()
    for folder in folders:
        for path in sorted(django.glob(f"**/locale/{folder}/LC_MESSAGES/django.po")):
            for block in path.read_text(encoding="utf-8").split("\n\n")[1:]:
                fields = [(name, "".join(_QUOTED.findall(text))) for name, text in _FIELD.findall(block)]
                asked = {text for name, text in fields if name.startswith("msgid")}
                found |= asked if field == "msgid" else {text for _, text in fields} - asked
    return [re.sub(r"\\(n|\")", " ", text) for text in sorted(found) if text]
