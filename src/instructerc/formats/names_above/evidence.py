"""Whether names with words below them are those of people who talk."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from instructerc.formats.names_above.interview_parts import is_interviewed, is_part, speaks_of_us
from instructerc.formats.names_above.name_lines import BARE, DASHED
from instructerc.formats.names_above.turns import FEWEST, HEADING, NamedTurn
from instructerc.formats.shared.stamps import spans_of
from instructerc.formats.shared.written_lines import WrittenLine

LONGEST_HEAD = 12
# What stands in lists, tables, code and pages, and hardly in what is said.
_LISTED = re.compile(r"[-+*•] |\d{1,3}[.)] |`{3}|\||!\[|</?\w|.*[{}\[;]$")
_ASKS = re.compile(r"[?？؟]")
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]]{0,3}\Z")
_LONGEST_TURN = 50
# A file of which it is not sure is not read without being asked for.
_UNSURE = 0.4


def trust_in(turns: Sequence[NamedTurn], lines: Sequence[WrittenLine]) -> float:
    """Returns how far turns are those of people who talk: 1 where they surely are, 0 where they cannot be."""
    heads = [turn.head for turn in turns]
    n_spoken = sum(bool(turn.words) for turn in turns)
    if len(turns) < FEWEST or n_spoken < 0.8 * len(turns) or len(lines) > _LONGEST_TURN * len(turns):
        return 0.0
    n_changes = sum(one.key != other.key for one, other in pairwise(heads))
    # Names with a colon are of another form, unless they are headings.
    n_colons = sum(head.has_colon and head.style[0] != "#" for head in heads)
    if n_changes < 0.6 * (len(turns) - 1) or 2 * n_colons > len(turns):
        return 0.0
    if all(is_part(head.name) for head in heads):
        return 1.0
    if _are_parts_of_document(turns, lines):
        return 0.0
    is_sure = sum(is_interviewed(head.name) for head in heads) > 0.3 * len(heads) or _are_recorded(turns)
    is_sure = is_sure or _sounds_spoken(turns)
    return 1.0 if is_sure else _UNSURE


def _are_parts_of_document(turns: Sequence[NamedTurn], lines: Sequence[WrittenLine]) -> bool:
    """Returns whether names are headings below others which come as often, or have lists below them."""
    level = max(len(turn.head.style) if turn.head.style[0] == "#" else 7 for turn in turns)
    first = turns[0].head.place
    headings = [place for place, line in enumerate(lines) if (one := HEADING.match(line.text)) and len(one[0]) < level]
    n_above = sum(place > first for place in headings) + any(place < first for place in headings)
    words = [text for turn in turns for text in turn.words]
    return (n_above > 1 and 3 * n_above > len(turns)) or sum(map(bool, map(_LISTED.match, words))) > 0.3 * len(words)


def _are_recorded(turns: Sequence[NamedTurn]) -> bool:
    """Returns whether a time of a recording stands beside every name, none earlier than the one above it."""
    starts = [start for start, _ in spans_of([turn.times for turn in turns])]
    if not all(turn.times is not None and turn.times.date is None and turn.times.half is None for turn in turns):
        return False
    return all(one is not None and other is not None and one <= other for one, other in pairwise(starts))


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
    # A title may stand right above the first name.
    is_free = BARE not in styles or all(turn.head.is_free for turn in turns[1:])
    # A document of a word processor has no blank lines.
    is_dense = not any(turn.head.is_free for turn in turns[1:])
    least = 0.6 if is_free else 0.8 if is_dense else math.inf
    is_near = turns[0].head.place <= LONGEST_HEAD
    return is_near and len(turns) > FEWEST and n_sentences >= least * len(turns)
