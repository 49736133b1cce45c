"""Long patterns whose case is ignored, such as those of all languages in which WhatsApp writes."""

from __future__ import annotations

import re
from functools import cached_property


class AnyCase:
    """A pattern that ignores case, for many texts of which most are ASCII.

    `re` tries each branch of a pattern whose case is ignored, and of another one only those with the right first
    letter. So ASCII is compared in small letters, several times as fast. Both are compiled when they are first needed,
    which takes a while.

    Args:
        pattern: in small letters, but for branches that no ASCII text can match.
        flags: of `re`.
        other: a pattern that no ASCII text can match; the others are tried for it too.

    Attributes:
        pattern: as it was given, for another one with this in it.
    """

    def __init__(self, pattern: str, flags: int = 0, other: str | None = None) -> None:
        self.pattern = pattern
        self._other = other
        self._flags = flags

    @cached_property
    def _small(self) -> re.Pattern[str]:
        # Where case is ignored, the letter without a dot is the one with it.
        return re.compile(self.pattern.replace("ı", "i"), self._flags)

    @cached_property
    def _any(self) -> re.Pattern[str]:
        pattern = self.pattern if self._other is None else f"{self.pattern}|{self._other}"
        return re.compile(pattern, self._flags | re.IGNORECASE)

    def is_all_of(self, text: str) -> bool:
        """Returns whether the pattern matches all of a text."""
        return (self._small.fullmatch(text.lower()) if text.isascii() else self._any.fullmatch(text)) is not None

    def begins(self, text: str) -> bool:
        """Returns whether a text begins with the pattern."""
        return (self._small.match(text.lower()) if text.isascii() else self._any.match(text)) is not None
