"""How a plain chat is laid out: which way of naming speakers it has, and who of those that could be named is one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from instructerc.formats.plain.line import ANGLE, COLON, ChatLine
from instructerc.formats.shared.names import NameJudge, Shape, shape_of

TIMED = "timed"

_RULE = re.compile(r"[-=*_~]{3,}(?:[^-=*_~].{0,80}[-=*_~]{3,})?")
_HEADING = re.compile(r"#{1,6}\s")
# Lines that programs write for programs.
_MACHINE = re.compile(
    r"</?[A-Za-z!?][^<>]*>?|[{}\[\]],?$|\"[^\"]+\"\s*:|[\w.\[\]]+ ?= ?\S|\d+$|\d{1,2}:\d{2}\t|\d,\d+:\d\d:"
)
_COLUMNS = re.compile(r"\S(?:\t| {2,})\S")


@dataclass(slots=True)
class ChatLayout:
    """What the lines of a file have in common.

    Attributes:
        style: how speakers are named, or `timed` where lines have times and name nobody; None where nothing is found.
        judge: who is a speaker.
        is_late: whether the time stands behind the speaker.
        is_above: whether the time stands in the line above the speaker.
    """

    style: str | None
    judge: NameJudge
    is_late: bool = False
    is_above: bool = False

    def names(self, line: ChatLine) -> bool:
        """Returns whether a line begins a turn of somebody who is named."""
        if self.style is None or line.style != self.style:
            return False
        return shape_of(line.name) > Shape.NONE if self.style == ANGLE else self.judge.is_speaker(line.name)

    def begins(self, line: ChatLine) -> bool:
        """Returns whether a line begins a turn."""
        if self.style == TIMED:
            return is_timed(line)
        return self.names(line)


def find_layout(lines: Sequence[ChatLine]) -> ChatLayout:
    """Returns the layout of a file's lines: the way of naming that most lines have."""
    styles = Counter(line.style for line in lines if line.style is not None)
    layouts = [
        ChatLayout(style, NameJudge((one.name for one in lines if one.style == style), len(lines))) for style in styles
    ]
    layouts.sort(key=lambda layout: -sum(layout.names(line) for line in lines))
    best = layouts[0] if layouts else ChatLayout(None, NameJudge((), 0))
    named = [line for line in lines if best.names(line)]
    if 2 * len(named) < sum(is_timed(line) for line in lines if line.style is None):
        return ChatLayout(TIMED, best.judge)
    best.is_late = len(named) > 1 and sum(line.late is not None for line in named) >= 0.6 * len(named)
    above = [is_time_alone(before) for before, line in pairwise(lines) if best.names(line)]
    best.is_above = sum(above) >= 0.8 * len(named) > 0 and lines[0].number < named[0].number
    return best


def is_time_alone(line: ChatLine) -> bool:
    """Returns whether a line is a time and nothing else."""
    return line.times is not None and line.style is None and not line.words


def is_decoration(line: ChatLine) -> bool:
    """Returns whether a line is a rule or a heading, which nobody says."""
    return _RULE.fullmatch(line.text) is not None or _HEADING.match(line.text) is not None


def is_timed(line: ChatLine) -> bool:
    """Returns whether a line that names nobody begins with a time in brackets, or with two of them."""
    has_mark = line.times is not None and (line.text[0] in "[(" or line.times.end is not None)
    return has_mark and line.style is None and bool(line.words) and not _COLUMNS.search(line.words)


def explained_share(lines: Sequence[ChatLine]) -> float:
    """Returns how much of a file its layout explains, from 0 to 1.

    Lines that go on with a turn count less where no speaker comes again, and nothing where nearly no line names one.
    """
    lines = [line for line in lines if not is_decoration(line)]
    layout = find_layout(lines)
    if not lines or sum(_MACHINE.match(line.text) is not None for line in lines) > 0.2 * len(lines):
        return 0.0
    begins = [layout.begins(line) for line in lines]
    n_begun = sum(begins)
    if not n_begun:
        # A single line that shows no mark of anything is what somebody says.
        return 0.5 * (len(lines) == 1 and lines[0].style is None and not _COLUMNS.search(lines[0].text))
    if layout.style == TIMED:
        return 0.8 * (len(lines) - begins.index(True)) / len(lines) if n_begun > 1 else 0.0
    counts = Counter(line.name.casefold() for line, begun in zip(lines, begins, strict=True) if begun)
    again = sum(count > 1 for count in counts.values())
    trust = 0.95 if again > 1 or (again and n_begun > 2) else 0.5
    if n_begun < 0.06 * len(lines) or (n_begun == 1 and len(lines) > 3):
        trust = 0.3
    first = begins.index(True)
    # A line with a time that names nobody is of another format.
    after = zip(lines[first:], begins[first:], strict=True)
    n_more = sum(not begun and not _is_other(line, layout) for line, begun in after)
    share = (n_begun + trust * n_more + 0.5 * first * (trust > 0.5)) / len(lines)
    # Heads of fields look like names, but each stands there once; and a mere nickname may be a word.
    if not again and (n_begun > 4 or _is_weak(layout, counts)):
        return 0.45 * share
    return share


def _is_other(line: ChatLine, layout: ChatLayout) -> bool:
    return line.times is not None and line.style is None and bool(line.words) and layout.style != TIMED


def _is_weak(layout: ChatLayout, counts: Counter[str]) -> bool:
    return layout.style == COLON and len(counts) == 1 and max(map(shape_of, counts), default=Shape.NONE) < Shape.NICK
