"""Whether names with words below them are those of people who talk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from instructerc.formats.names_above.interview_parts import is_interviewed, is_part, speaks_of_us
from instructerc.formats.names_above.name_lines import BARE, DASHED
from instructerc.formats.names_above.turns import FEWEST, HEADING, NamedTurn
from instructerc.formats.shared.written_lines import WrittenLine

LONGEST_HEAD = 12
# What stands in lists, tables, code and pages, and hardly in what is said.
_LISTED = re.compile(r"[-+*•] |\d{1,3}[.)] |`{3}|\||!\[|</?\w|.*[{}\[;]$")
_ASKS = re.compile(r"[?？؟]")
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]]{0,3}\Z")
_LONGEST_TURN = 50


def is_talk(turns: Sequence[NamedTurn], lines: Sequence[WrittenLine]) -> bool:
    """Returns whether turns are those of people who talk, and not the parts of a document, a song or a list."""
    heads = [turn.head for turn in turns]
    n_spoken = sum(bool(turn.words) for turn in turns)
    if len(turns) < FEWEST or n_spoken < 0.8 * len(turns) or len(lines) > _LONGEST_TURN * len(turns):
        return False
    n_changes = sum(one.key != other.key for one, other in pairwise(heads))
    # Names with a colon are of another form, unless they are headings.
    n_colons = sum(head.has_colon and head.style[0] != "#" for head in heads)
    if n_changes < 0.6 * (len(turns) - 1) or 2 * n_colons > len(turns):
        return False
    if all(is_part(head.name) for head in heads):
        return True
    if _are_parts_of_document(turns, lines):
        return False
    return sum(is_interviewed(head.name) for head in heads) > 0.3 * len(heads) or _sounds_spoken(turns)


def _are_parts_of_document(turns: Sequence[NamedTurn], lines: Sequence[WrittenLine]) -> bool:
    """Returns whether names are headings below others which come as often, or have lists below them."""
    level = max(len(turn.head.style) if turn.head.style[0] == "#" else 7 for turn in turns)
    first = turns[0].head.place
    headings = [place for place, line in enumerate(lines) if (one := HEADING.match(line.text)) and len(one[0]) < level]
    n_above = sum(place > first for place in headings) + any(place < first for place in headings)
    words = [text for turn in turns for text in turn.words]
    return (n_above > 1 and 3 * n_above > len(turns)) or sum(map(bool, map(_LISTED.match, words))) > 0.3 * len(words)


def _sounds_spoken(turns: Sequence[NamedTurn]) -> bool:
    """Returns whether people whose names may be anything ask, and speak of themselves and of each other."""
    said = [" ".join(turn.words) for turn in turns]
    n_asked = sum(_ASKS.search(text) is not None for text in said)
    n_us = sum(map(speaks_of_us, said))
    names = Counter(turn.head.key for turn in turns)
    if n_asked < max(1.0, 0.1 * len(turns)) or n_us < 0.3 * len(turns) or 2 * len(names) > len(turns):
        return False
    styles = {turn.head.style for turn in turns}
    if styles.isdisjoint((BARE, DASHED)):
        return True
    # Lines of a song or a poem may be words that come again, too.
    n_sentences = sum(_ENDS.search(text) is not None for text in said)
    is_free = BARE not in styles or all(turn.head.is_free for turn in turns)
    is_free = is_free and turns[0].head.place <= LONGEST_HEAD
    return is_free and len(turns) > FEWEST and n_sentences >= 0.6 * len(turns)
