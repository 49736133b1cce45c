"""Training conversations as people might have written them as well: other names, marks, cases, spellings, emoji.

Each function is pure and draws from the generator that it is given, so a seed gives the same result every time.
Labels, the number of turns and their order never change, and a text with something in it never becomes empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from numpy.random import Generator

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.training.augmenting.tables import (
    CHAT_SPELLING,
    EMOJI,
    FIRST_NAMES,
    HANDLE_PARTS,
    KEYBOARD,
    NAME_ADJECTIVES,
    ROLES,
    SAME_FEELING,
)

# Longer turns carry what their answers refer to; they are not replaced by an emoji.
_EMOJI_ALONE_WORDS = 5
_WORD = re.compile(r"(?<![\w@#/.'’])[A-Za-z]{4,}(?![\w@/'’]|\.\w)")
_CHAT = re.compile(r"\b(" + "|".join(sorted(map(re.escape, CHAT_SPELLING), key=len, reverse=True)) + r")\b", re.I)
_END = re.compile(r"[.!?…]+$")
_Item = TypeVar("_Item")


def augment(conversation: Conversation, rng: Generator, strength: float = 0.5) -> Conversation:
    """Returns the conversation written otherwise, with the same labels, turns and order.

    Args:
        conversation: as it stands in the corpus.
        rng: what everything is drawn from.
        strength: from 0 (nothing changes) to 1 (most turns do, in one or two ways).

    Raises:
        InputError: a strength outside 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"strength is {strength}; give a number from 0 to 1")
    # A name is a habit of a whole corpus, so it is changed more often than the text.
    if rng.random() < 2 * strength:
        conversation = rename_speakers(conversation, rng)
    # A person keeps to a way of writing; what is drawn for a whole conversation is not a habit of every corpus.
    lower = rng.random() < 0.15 * strength
    bare = rng.random() < 0.15 * strength
    turns = []
    for turn in conversation.utterances:
        text = augment_text(turn.text, turn.emotion, rng, strength)
        text = text.lower() if lower else text
        text = drop_mark(text) if bare else text
        turns.append(replace(turn, text=text))
    return Conversation(conversation.id, turns)


def augment_text(text: str, emotion: str | None, rng: Generator, strength: float = 0.5) -> str:
    """Returns one turn's text written otherwise; a blank one comes back as it is."""
    if not text.strip():
        return text
    changes: tuple[tuple[float, Callable[[str, Generator], str]], ...] = (
        (0.10, add_typos),
        (0.15, chat_spelling),
        (0.15, change_apostrophes),
        (0.10, repeat_letters),
        (0.30, change_marks),
        (0.20, change_case),
        (0.15, lambda text, rng: add_emoji(text, emotion, rng)),
    )
    for probability, change in changes:
        if rng.random() < probability * strength:
            text = change(text, rng)
    if len(text.split()) <= _EMOJI_ALONE_WORDS and rng.random() < 0.10 * strength:
        text = emoji_alone(text, emotion, rng)
    return text


def rename_speakers(conversation: Conversation, rng: Generator) -> Conversation:
    """Returns the conversation with other names for its speakers, one each and never the same for two."""
    cast = conversation.cast
    kinds = (_first_names, _first_names, _phone_numbers, _numbered, _roles, _handles, _feelings)
    names = dict(zip(cast, _draw(kinds, rng)(len(cast), rng), strict=True))
    return Conversation(
        conversation.id, [replace(turn, speaker=names[turn.speaker]) for turn in conversation.utterances]
    )


def add_emoji(text: str, emotion: str | None, rng: Generator) -> str:
    """Returns the text with one to three emoji of the label behind it, in place of its full stop, or before it."""
    marks = emoji_of(emotion, rng)
    if not marks:
        return text
    if rng.random() < 0.1:
        return f"{marks} {text}"
    text = re.sub(r"(?<![.])\.$", "", text.rstrip()) if rng.random() < 0.5 else text.rstrip()
    return f"{text}{marks}" if not marks.isascii() and rng.random() < 0.2 else f"{text} {marks}"


def emoji_alone(text: str, emotion: str | None, rng: Generator) -> str:
    """Returns emoji of the label instead of the text; neutral turns and labels without emoji keep their text."""
    if emotion is None or emotion.strip().casefold() == "neutral":
        return text
    return emoji_of(emotion, rng) or text


def emoji_of(emotion: str | None, rng: Generator) -> str:
    """Returns one to three emoji or emoticons of a label, or `""` where the label has none."""
    name = "" if emotion is None else emotion.strip().casefold()
    known = EMOJI.get(SAME_FEELING.get(name, name))
    if known is None:
        return ""
    first = _draw(known, rng)
    if first.isascii() or rng.random() < 0.6:
        return first
    if rng.random() < 0.6:
        return first * int(rng.integers(2, 5))
    pictures = [mark for mark in known if not mark.isascii()]
    return first + _draw(pictures, rng)


def change_case(text: str, rng: Generator) -> str:
    """Returns the text in small letters, in capitals, with its first letter in the other case, or one word loud."""
    kind = rng.random()
    if kind < 0.35:
        return text.lower()
    if kind < 0.55:
        return text.upper()
    if kind < 0.80:
        return text[:1].swapcase() + text[1:]
    return _replace_word(text, rng, str.upper)


def repeat_letters(text: str, rng: Generator) -> str:
    """Returns the text with a letter of one word drawn out ("soooo"); of words that end so where there are some."""
    places = [match.start() for match in re.finditer(r"[aeiouyhms](?=\b)(?<!['’]\w)", text, re.I)]
    if not places:
        return text
    place = _draw(places, rng)
    return text[:place] + text[place] * int(rng.integers(2, 7)) + text[place + 1 :]


def change_marks(text: str, rng: Generator) -> str:
    """Returns the text with its last marks dropped, doubled or exchanged; a question stays one or loses its mark."""
    text = text.rstrip()
    kind = rng.random()
    ends = _END.search(text)
    if kind < 0.35:
        return drop_mark(text)
    if ends and "?" in ends[0]:
        return text + "?" * int(rng.integers(1, 4))
    bare = drop_mark(text)
    if not bare or not bare[-1].isalnum():
        return text
    if kind < 0.65:
        return bare + "!" * (1 if rng.random() < 0.6 else int(rng.integers(2, 5)))
    return bare + ("." if rng.random() < 0.6 else "...")


def drop_mark(text: str) -> str:
    """Returns the text without the marks at its end; a text of marks alone comes back as it is."""
    bare = _END.sub("", text.rstrip()).rstrip()
    return bare or text


def add_typos(text: str, rng: Generator) -> str:
    """Returns the text with one mistake in a word of four letters or more, and sometimes one in another."""
    text = _replace_word(text, rng, lambda word: _mistype(word, rng))
    return _replace_word(text, rng, lambda word: _mistype(word, rng)) if rng.random() < 0.25 else text


def chat_spelling(text: str, rng: Generator) -> str:
    """Returns the text with words as people shorten them in chats: some of those that it has, or all."""
    share = 1.0 if rng.random() < 0.5 else 0.5

    def spell(found: re.Match[str]) -> str:
        if rng.random() >= share:
            return found[0]
        return _draw(CHAT_SPELLING[found[0].lower()], rng)

    return _CHAT.sub(spell, text.replace("’", "'") if "’" in text else text)


def change_apostrophes(text: str, rng: Generator) -> str:
    """Returns the text with its apostrophes left out or, less often, straight ones curled and curled ones straight."""
    if rng.random() < 0.6:
        return re.sub(r"(?<=[A-Za-z])['’](?=[A-Za-z])", "", text)
    return text.replace("’", "'") if "’" in text else text.replace("'", "’")


def _mistype(word: str, rng: Generator) -> str:
    place = int(rng.integers(1, len(word) - 1))
    kind = int(rng.integers(4))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    if kind == 0:
        return before + after[0] + letter + after[1:]
    if kind == 1:
        return before + after
    if kind == 2:
        return before + letter * 2 + after
    near = _draw(KEYBOARD[letter.lower()], rng)
    return before + (near.upper() if letter.isupper() else near) + after


def _replace_word(text: str, rng: Generator, change: Callable[[str], str]) -> str:
    """Returns the text with one of its plain words changed; ids, addresses and contractions are not plain."""
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = _draw(words, rng)
    return text[: word.start()] + change(word[0]) + text[word.end() :]


def _draw(items: Sequence[_Item], rng: Generator) -> _Item:
    return items[int(rng.integers(len(items)))]


def _distinct(count: int, rng: Generator, name: Callable[[Generator], str]) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        drawn = name(rng)
        # A crowd may be larger than a list of names.
        names[drawn if drawn not in names else f"{drawn} {len(names) + 1}"] = None
    return list(names)


def _first_names(count: int, rng: Generator) -> list[str]:
    return _distinct(count, rng, lambda rng: _draw(FIRST_NAMES, rng))


def _phone_numbers(count: int, rng: Generator) -> list[str]:
    country = _draw(
        ("+44 7### ######", "+1 (###) ###-####", "+49 15## #######", "0## ### ####", "+91 9#### #####"), rng
    )
    return _distinct(count, rng, lambda rng: re.sub("#", lambda _: str(int(rng.integers(10))), country))


def _numbered(count: int, rng: Generator) -> list[str]:
    form = _draw(
        ("SPEAKER_{:02}", "Speaker {}", "speaker{}", "S{}", "P{}", "Participant {}", "Customer {}", "User {}"), rng
    )
    first = int(rng.integers(0, 3))
    return [form.format(first + number) for number in range(count)]


def _roles(count: int, rng: Generator) -> list[str]:
    pair = list(_draw(ROLES, rng))
    if rng.random() < 0.5:
        pair.reverse()
    return [pair[number] if number < 2 else f"{pair[number % 2]} {number}" for number in range(count)]


def _handles(count: int, rng: Generator) -> list[str]:
    def handle(rng: Generator) -> str:
        join = _draw(("", "_", ".", "-"), rng)
        digits = str(int(rng.integers(1, 2000))) if rng.random() < 0.6 else ""
        return _draw(HANDLE_PARTS, rng) + join + _draw(HANDLE_PARTS, rng) + digits

    return _distinct(count, rng, handle)


def _feelings(count: int, rng: Generator) -> list[str]:
    return _distinct(count, rng, lambda rng: f"{_draw(NAME_ADJECTIVES, rng)} {_draw(FIRST_NAMES, rng)}")
