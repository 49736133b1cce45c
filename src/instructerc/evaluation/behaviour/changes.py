"""Changes of a conversation that must not change its answers: who is named, and how a turn is typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from zlib import crc32

from instructerc.conversation import Conversation

Change = Callable[[Conversation], Conversation]

_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "phone-numbers": ("+44 7700 900123", "+44 7700 900986", "+44 20 7946 0018", "+1 202 555 0147"),
        "speaker-numbers": ("SPEAKER_00", "SPEAKER_01", "SPEAKER_02", "SPEAKER_03"),
        "other-first-names": ("Thabo", "Xiomara", "Guðrún", "Kenji"),
        "roles": ("Agent", "Customer 2", "Customer 3", "Customer 4"),
        "letters": ("A", "B", "C", "D"),
        "handles": ("dustbunny_77", "the.real.kev", "qwertz", "lil-otter3"),
        "feeling-names": ("Angry Bob", "Happy Jo", "Sad Sam", "Scared Sue"),
    }
)
# Long form first; "it's" and "he's" have two long forms and are left out.
_FORMS = (
    ("I am", "I'm"),
    ("you are", "you're"),
    ("we are", "we're"),
    ("they are", "they're"),
    ("I have", "I've"),
    ("you have", "you've"),
    ("we have", "we've"),
    ("I will", "I'll"),
    ("you will", "you'll"),
    ("we will", "we'll"),
    ("do not", "don't"),
    ("does not", "doesn't"),
    ("did not", "didn't"),
    ("is not", "isn't"),
    ("are not", "aren't"),
    ("was not", "wasn't"),
    ("cannot", "can't"),
    ("could not", "couldn't"),
    ("will not", "won't"),
    ("would not", "wouldn't"),
    ("have not", "haven't"),
    ("has not", "hasn't"),
)
# "Isn't he" has no long form in that order, and "I've a cold" is no "I have" that can be shortened.
_NO_LONG_FORM = r"(?!\s+(?:I|you|he|she|it|we|they|there|anybody|somebody)\b)"
_SHORTENED = r"(?=\s+\w)"


def _renamed(names: tuple[str, ...]) -> Change:
    def rename(conversation: Conversation) -> Conversation:
        cast = conversation.cast
        calls = {
            speaker: names[number] if number < len(names) else f"{names[-1]}{number}"
            for number, speaker in enumerate(cast)
        }
        turns = [replace(turn, speaker=calls[turn.speaker]) for turn in conversation.utterances]
        return Conversation(conversation.id, turns)

    return rename


def _retyped(change: Callable[[str], str]) -> Change:
    def retype(conversation: Conversation) -> Conversation:
        turns = [replace(turn, text=change(turn.text)) for turn in conversation.utterances]
        return Conversation(conversation.id, turns)

    return retype


def _slip(text: str, mistype: Callable[[str, int], str]) -> str:
    """Returns the text with a slip in one word of five letters or more: always the same word of the same text."""
    words = list(re.finditer(r"(?<![\w'@-])[A-Za-z]{5,}(?![\w'@-])", text))
    if not words:
        return text
    chance = crc32(text.encode())
    word = words[chance % len(words)]
    place = 1 + chance // 101 % (len(word[0]) - 3)
    return text[: word.start()] + mistype(word[0], place) + text[word.end() :]


def _swap(word: str, place: int) -> str:
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _drop(word: str, place: int) -> str:
    return word[:place] + word[place + 1 :]


def _first_letter(text: str, capital: bool) -> str:
    first = text[:1].upper() if capital else text[:1].lower()
    return text if re.match(r"I\b|[A-Z]{2}", text) else first + text[1:]


def _reword(text: str, pairs: tuple[tuple[str, str], ...], after: str) -> str:
    for old, new in pairs:

        def put(found: re.Match[str], new: str = new) -> str:
            return new[0].upper() + new[1:] if found[0][0].isupper() else new

        text = re.sub(rf"\b{re.escape(old)}\b{after}", put, text, flags=re.IGNORECASE)
    return text


_SHORT_TO_LONG = tuple((short, long) for long, short in _FORMS)

CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        **{name: _renamed(names) for name, names in _NAMES.items()},
        "swapped-letters": _retyped(lambda text: _slip(text, _swap)),
        "dropped-letters": _retyped(lambda text: _slip(text, _drop)),
        "no-full-stop": _retyped(lambda text: re.sub(r"(?<=\w)\.$", "", text)),
        "full-stop": _retyped(lambda text: text + "." if re.search(r"[a-z]$", text) else text),
        "small-first-letter": _retyped(lambda text: _first_letter(text, capital=False)),
        "capital-first-letter": _retyped(lambda text: _first_letter(text, capital=True)),
        "extra-spaces": _retyped(lambda text: f" {text.replace(' ', '  ')} "),
        "curly-quotes": _retyped(lambda text: re.sub(r'"([^"]*)"', r"“\1”", text).replace("'", "’")),
        "long-forms": _retyped(lambda text: _reword(text, _SHORT_TO_LONG, _NO_LONG_FORM)),
        "short-forms": _retyped(lambda text: _reword(text, _FORMS, _SHORTENED)),
        "no-apostrophes": _retyped(lambda text: re.sub(r"(?<=[A-Za-z])'(?=[A-Za-z])", "", text)),
    }
)
"""Every change by its name in a suite's files. One that does not touch a conversation gives it back as it was."""
