"""What is known about each corpus before its files are read: licence, source, and published counts."""

from __future__ import annotations

import re
from typing import Literal

from instructerc.corpora.corpus import CorpusFacts
from instructerc.corpora.registry import known_corpora
from instructerc.errors import InputError, did_you_mean

_AS_ANOTHER = re.compile(r"as ([\w-]+)")


def catalogue() -> tuple[CorpusFacts, ...]:
    """Returns the facts of every corpus that has any, by name."""
    return tuple(facts for one in known_corpora().values() if (facts := one.facts) is not None)


def find_entry(name: str) -> CorpusFacts:
    """Returns a corpus of the catalogue by name.

    Raises:
        InputError: no such corpus.
    """
    entries = {entry.name: entry for entry in catalogue()}
    if name not in entries:
        raise InputError(f"no corpus {name!r} in the catalogue{did_you_mean(name, entries)}; see `corpus list`")
    return entries[name]


def read_out(entry: CorpusFacts, field: Literal["licence", "where"]) -> str:
    """Returns what the catalogue says of a corpus; where that is `as meld`, what it says of MELD follows."""
    text: str = getattr(entry, field)
    other = _AS_ANOTHER.match(text)
    return text if other is None else f"{text} ({read_out(find_entry(other[1]), field)})"
