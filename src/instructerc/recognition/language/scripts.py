"""What the letters say: a script that English is not written in is certain, and often names the language too."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter

# First letter, last letter, script; in order.
_RANGES = (
    *((0x0370, 0x03FF, "el"), (0x0400, 0x052F, "cyrillic"), (0x0531, 0x0587, "hy"), (0x0590, 0x05FF, "he")),
    *((0x0600, 0x06FF, "arabic"), (0x0750, 0x077F, "arabic"), (0x0900, 0x097F, "hi"), (0x0980, 0x09FF, "bn")),
    *((0x0A00, 0x0A7F, "pa"), (0x0A80, 0x0AFF, "gu"), (0x0B80, 0x0BFF, "ta"), (0x0C00, 0x0C7F, "te")),
    *((0x0C80, 0x0CFF, "kn"), (0x0D00, 0x0D7F, "ml"), (0x0D80, 0x0DFF, "si"), (0x0E00, 0x0E7F, "th")),
    *((0x0E80, 0x0EFF, "lo"), (0x1000, 0x109F, "my"), (0x10A0, 0x10FF, "ka"), (0x1100, 0x11FF, "ko")),
    *((0x1200, 0x137F, "am"), (0x1780, 0x17FF, "km"), (0x1F00, 0x1FFF, "el"), (0x3040, 0x30FF, "kana")),
    *((0x3131, 0x3163, "ko"), (0x3400, 0x4DBF, "han"), (0x4E00, 0x9FFF, "han"), (0xAC00, 0xD7AF, "ko")),
    *((0xFB50, 0xFDFF, "arabic"), (0xFE70, 0xFEFF, "arabic"), (0xFF66, 0xFF9D, "kana")),
)
_STARTS = [first for first, _, _ in _RANGES]
_FIRST = chr(_STARTS[0])
# Faces are drawn with letters of many scripts: ¯\_(ツ)_/¯, ಠ_ಠ, (´д｀).
_FACE = re.compile(r"[()（）_\\/°´｀•◕¯]")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_RUSSIAN = re.compile("[ыэъё]", re.IGNORECASE)
# Arabic dialects write پ, چ and گ too; Persian has a yeh and a kaf of its own.
_PERSIAN = re.compile("[یک]")
_URDU = re.compile("[ٹڈڑےں]")
_LESS, _NEVER = -1.0, -8.0
SCRIPT_LANGUAGES = tuple(
    dict.fromkeys([script for _, _, script in _RANGES if len(script) == 2] + ["ru", "uk", "ar", "fa", "ur", "ja", "zh"])
)


def script_evidence(text: str) -> dict[str, float]:
    """Returns the languages that the letters of a text allow, the likeliest with 0, less likely ones below.

    Empty where the text is mostly in Latin letters, has none at all, or has single letters that draw a face.
    """
    if text.isascii():
        return {}
    counts, n_latin = _count(text)
    total = sum(counts.values())
    if not total or 2 * total < n_latin:
        return {}
    script = counts.most_common(1)[0][0]
    if script == "cyrillic":
        return _between(text, "ru", {"uk": _UKRAINIAN, "ru": _RUSSIAN})
    if script == "arabic":
        return _between(text, "ar", {"ur": _URDU, "fa": _PERSIAN})
    if script in {"kana", "han"}:
        return {"ja": 0.0, "zh": _NEVER} if counts["kana"] else {"zh": 0.0, "ja": _LESS}
    return {script: 0.0}


def _between(text: str, usual: str, marks: dict[str, re.Pattern[str]]) -> dict[str, float]:
    """Returns the first language whose own letters stand there as the likeliest, else the usual one."""
    codes = dict.fromkeys([usual, *marks])
    for code, mark in marks.items():
        if mark.search(text):
            return {other: 0.0 if other == code else _NEVER for other in codes}
    return {other: 0.0 if other == usual else _LESS for other in codes}


def _count(text: str) -> tuple[Counter[str], int]:
    """Returns the letters of each script but Latin, and how many Latin ones there are."""
    runs: list[tuple[str, int]] = []
    n_latin, before = 0, ""
    for letter in text:
        script = _script(letter)
        if script and script == before:
            runs[-1] = (script, runs[-1][1] + 1)
        elif script:
            runs.append((script, 1))
        elif letter.isalpha():
            n_latin += 1
        before = script
    shortest = 2 if _FACE.search(text) else 1
    counts: Counter[str] = Counter()
    for script, length in runs:
        if length >= shortest:
            counts[script] += length
    return counts, n_latin


def _script(letter: str) -> str:
    if letter < _FIRST:
        return ""
    place = bisect_right(_STARTS, ord(letter)) - 1
    _, last, script = _RANGES[place]
    # Marks on letters are part of them: vowel signs of Hindi and Thai.
    return script if ord(letter) <= last and unicodedata.category(letter)[0] in "LM" else ""
