"""Names with a colon in them, such as a group's `Trip: Rome`, which look like a name and the beginning of the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from instructerc.formats.shared.names import Shape, shape_of

_LONGEST = 60
# WhatsApp begins its own words with this mark; a file's name in angles may stand behind words of a person.
_OWN = ": \u200e"


def find_colon_names(said: Iterable[tuple[str | None, str]]) -> set[tuple[str, str]]:
    """Returns the names with a colon, in two parts: what stands before the colon, and what behind it.

    All that such a name says begins with its second part; or WhatsApp's mark, which begins the words, stands behind it.

    Args:
        said: who seems to say it, None for a notice, and the words, of each message.
    """
    found: set[tuple[str, str]] = set()
    parts: dict[str, Counter[str]] = {}
    for speaker, words in said:
        if speaker is None:
            continue
        part = _part(words)
        parts.setdefault(speaker, Counter())[part] += 1
        if part and _OWN in words and words.lstrip().startswith(f"{part}{_OWN}") and f"{_OWN}<" not in words:
            found.add((speaker, part))
    for speaker, counts in parts.items():
        [(part, count), *others] = counts.most_common()
        if part and count > 1 and not others and shape_of(part) >= Shape.NICK:
            found.add((speaker, part))
    return found


def without_part(words: str, part: str) -> str | None:
    """Returns the words behind the second part of a name; None where they do not begin with it."""
    return words.lstrip()[len(part) + 1 :] if _part(words) == part else None


def _part(words: str) -> str:
    """Returns what stands before the first colon of the words, and could be part of a name; else nothing."""
    words = words.lstrip()
    end = words.find(": ", 0, _LONGEST)
    return words[:end] if end > 0 and "\u200e" not in words[:end] else ""
