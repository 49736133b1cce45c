"""The words of a turn that can be left out one at a time, also where a script has no spaces between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CHUNK = re.compile(r"\S+")
# Characters that a piece has at most, for scripts without spaces: most Chinese words have two, Thai syllables four.
_SIZES = {"han": 2, "hiragana": 4, "katakana": 8, "southeast": 4}
_SCRIPTS = (
    ("hiragana", "\u3041", "\u309f"),
    ("katakana", "\u30a0", "\u30ff"),
    ("han", "\u3005", "\u3007"),
    ("han", "\u3400", "\u9fff"),
    ("han", "\uf900", "\ufaff"),
    ("han", "\U00020000", "\U0003ffff"),
    # Thai and Lao, Burmese, Khmer.
    ("southeast", "\u0e01", "\u0edf"),
    ("southeast", "\u1000", "\u109f"),
    ("southeast", "\u1780", "\u17ff"),
)
# Vowels that are written after and before their consonant, and signs that stack the next one.
_AFTER = frozenset("ะาำๅๆະາຳຽໆー")
_BEFORE = frozenset("เแโใไເແໂໃໄ\u1039\u17d2")


def find_words(text: str) -> list[tuple[int, int]]:
    """Returns where the words of a text begin and end, in characters.

    Words are what stands between spaces. Where a script writes none, a piece ends where the script changes, or after
    two Chinese characters, four of hiragana, eight of katakana, and four consonants of Thai, Lao, Khmer or Burmese with
    their vowels and marks. Hiragana stays with the characters before it, as Japanese endings do. Punctuation belongs to
    the piece before it. These pieces are not the words of a dictionary, but as short.

    Example:
        >>> [text[start:end] for text in ["今日は本当に楽しかった！"] for start, end in find_words(text)]
        ['今日は', '本当に', '楽しかった！']
    """
    return [span for chunk in _CHUNK.finditer(text) for span in _pieces(text, *chunk.span())]


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yields the pieces of what stands between two spaces; all of it where its script has spaces."""
    begun, script, size = start, "", 0
    for place in range(start, end):
        own = _script(text[place])
        if not own or (place > start and _joins(text[place - 1], text[place])):
            continue
        if script and (size == _SIZES.get(own) if own == script else (script, own) != ("han", "hiragana")):
            yield begun, place
            begun, size = place, 0
        script, size = own, size + 1 if own == script else 1
    yield begun, end


def _joins(before: str, character: str) -> bool:
    """Returns whether a character cannot stand without the one before it."""
    return before in _BEFORE or character in _AFTER or unicodedata.category(character).startswith("M")


def _script(character: str) -> str:
    """Returns the script of a character: one of those without spaces, `spaced`, or nothing for punctuation."""
    for name, first, last in _SCRIPTS:
        if first <= character <= last:
            return name
    category = unicodedata.category(character)
    # Emoji and the like are So.
    return "spaced" if category[0] in "LN" or category == "So" else ""
