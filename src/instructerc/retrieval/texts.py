"""When two texts are the same words."""

from __future__ import annotations

import unicodedata


def text_key(text: str) -> str:
    """Returns the letters and digits of a text, without case and form; a text without any stands for itself.

    Example:
        >>> text_key("Oh, GOD!") == text_key("oh god")
        True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    # Marks are vowels in many scripts.
    letters = "".join(letter for letter in folded if letter.isalnum() or unicodedata.category(letter)[0] == "M")
    return letters or " ".join(text.split())
