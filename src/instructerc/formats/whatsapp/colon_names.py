"""Names with a colon in them, such as a group's `Trip: Rome`, which look like a name and the beginning of the words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from instructerc.formats.shared.names import Shape, shape_of

_LONGEST = 60
# WhatsApp begins its own words with this mark; a file in angles or a place may stand behind a person's words.
_OWN = re.compile(": \u200e(?!<|http)")


def find_colon_names(said: Iterable[tuple[str | None, str]]) -> set[tuple[str, str]]:
    """Returns the names with a colon, in two parts: what stands before the colon, and what behind it.

    All that such a name says begins with its second part, and does so twice, or WhatsApp's mark stands behind it.

    Args:
        said: who seems to say it, None for a notice, and the words, of each message.
    """
    # Nothing, once a message of somebody begins in another way.
    parts: dict[str, str] = {}
    counts: Counter[str] = Counter()
    marked: set[str] = set()
    for speaker, words in said:
        if speaker is None or parts.get(speaker) == "":
            continue
        part = _part(words)
        if parts.setdefault(speaker, part) != part:
            parts[speaker] = ""
        counts[speaker] += 1
        if part and _OWN.match(words.lstrip(), len(part)):
            marked.add(speaker)
    return {
        (speaker, part)
        for speaker, part in parts.items()
        if part and (speaker in marked or (counts[speaker] > 1 and shape_of(part) >= Shape.NICK))
    }


def without_part(words: str, part: str) -> str | None:
    """Returns the words behind the second part of a name; None where they do not begin with it."""
    return words.lstrip()[len(part) + 1 :] if _part(words) == part else None


def _part(words: str) -> str:
    """Returns what stands before the first colon of the words, and could be part of a name; else nothing."""
    words = words.lstrip()
    end = words.find(": ", 0, _LONGEST)
    return words[:end] if end > 0 and "\u200e" not in words[:end] else ""
