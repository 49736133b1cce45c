"""How a plain chat is laid out: which way of naming speakers it has, and who of those that could be named is one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from instructerc.formats.plain.cut_lines import line_cutter
from instructerc.formats.plain.line import (
    ANGLE,
    BOLD,
    CELL,
    CLOCKED,
    COLON,
    HEADING,
    LETTER,
    SAID,
    TIGHT,
    ChatLine,
    read_line,
    read_tail,
)
from instructerc.formats.plain.turn_numbers import cut_turn_numbers
from instructerc.formats.shared.names import NameJudge, Shape, bare_names, is_role, shape_of
from instructerc.formats.shared.stamps import Times, spans_of

TIMED = "timed"
# Who is named in these ways says something in the same line.
_WITH_WORDS = (CELL, TIGHT, CLOCKED)

_RULE = re.compile(r"(?:[-=*_~] ?){3,}(?:[^-=*_~].{0,80}[-=*_~]{3,})?")
# What stands at its first three places.
_RULES = frozenset("-=*_~ ")
_HEADING = re.compile(r"#{1,6}\s")
# Lines that programs write for programs.
_MACHINE = re.compile(
    r"</?[A-Za-z!?][^<>]*>?|[{}\[\]],?$|\"[^\"]+\"\s*:|[\w.\[\]]+ ?= ?\S|\d+$|\d,\d+:\d\d:"
    r"|File \"[^\"]+\", line \d|Traceback \(|at [\w.$<>]+\(.*\)$|[\w.]+(?:Error|Exception): "
)
_SEPARATORS = " \t,;|"
_COLUMNS = re.compile(r"\S(?:\t| {2,})\S")
# What stands behind the keys of settings.
_VALUE = re.compile(r"\[.*\]|\{.*\}|[&*]\w.*|[|>]-?|true|false|null|-?\d+(?:\.\d+)?|[\w\[\], .|]+ = \S.*", re.ASCII)
_POINTS = frozenset({"- ", "* ", "• "})
_NUMBERED = re.compile(r"\d{1,3}[.)] ")
_MOST_FIELDS = 2
_FEWEST_WORDS = 3
# Seconds: a recording begins so soon, and so long are its lines at most on average.
_SOON = 300
_PACE = 30
# So many lines that begin with a rising time are no chance.
_SURE_TIMES = 6


@dataclass(slots=True)
class ChatLayout:
    """What the lines of a file have in common.

    Attributes:
        style: how speakers are named, or `timed` where lines have times and name nobody; None where nothing is found.
        judge: who is a speaker.
        is_late: whether the time stands behind the speaker.
        is_last: whether the time stands behind the words.
        is_above: whether the time stands in the line above the speaker.
        named: numbers of the lines that begin a turn of somebody who is named.
        remarks: numbers of the lines with a remark behind the name, which is not part of it.
        counted: numbers of the lines with the turn's number behind the name.
    """

    style: str | None
    judge: NameJudge
    is_late: bool = False
    is_last: bool = False
    is_above: bool = False
    named: frozenset[int] = frozenset()
    remarks: frozenset[int] = frozenset()
    counted: frozenset[int] = frozenset()

    def names(self, line: ChatLine) -> bool:
        """Returns whether a line begins a turn of somebody who is named."""
        return line.number in self.named

    def begins(self, line: ChatLine) -> bool:
        """Returns whether a line begins a turn."""
        if self.style == TIMED:
            return is_timed(line)
        return self.names(line)


def find_layout(lines: Sequence[ChatLine]) -> ChatLayout:
    """Returns the layout of a file's lines: the way of naming that most lines have.

    The lines lose the remarks behind their names, such as `(laughing)`, and the numbers of turns.
    """
    remarks, counted = _cut_remarks(lines), cut_turn_numbers(lines)
    styles = Counter(line.style for line in lines if line.style is not None)
    best, named = ChatLayout(None, NameJudge((), 0)), list[ChatLine]()
    for style in styles:
        with_style = [line for line in lines if line.style == style]
        names, words = [line.name for line in with_style], [line.words for line in with_style]
        layout = ChatLayout(style, NameJudge(names, len(lines), words))
        able = {name for name in set(names) if _could_be_named(name, layout)}
        found = [line for line in with_style if line.name in able and (line.words or style not in _WITH_WORDS)]
        if best.style is None or len(found) > len(named):
            best, named = layout, found
    if others := _others_of_hearing(lines, best):
        named = sorted([*named, *others], key=lambda line: line.number)
    best.remarks, best.counted = remarks, counted
    if 2 * len(named) < sum(is_timed(line) for line in lines if line.style is None):
        return ChatLayout(TIMED, best.judge)
    alone = [] if named else [is_time_alone(line) for line in lines]
    if sum(alone) > 1 and alone[0] and 5 * sum(alone) >= len(lines):
        return ChatLayout(TIMED, best.judge, is_above=True)
    points = Counter([line.name for line in named if _is_point(line)])
    if points and not (2 * points.total() > len(named) or max(points.values()) > 1):
        # Turns are points of a list only if most are, or one comes again.
        named = [line for line in named if not _is_point(line)]
    n_timed = sum([line.times is not None for line in named])
    if n_timed > 1 and n_timed >= 0.6 * len(named):
        # Above the first one with a time stands a head.
        first = next(line.number for line in named if line.times is not None)
        again = {line.name for line in named if line.times is not None}
        named = [line for line in named if line.number >= first or line.name in again]
    best.named = frozenset(line.number for line in named)
    best.is_late = _has_late_times(named, best.style)
    best.is_last = not best.is_late and n_timed == 0 and _has_last_times(named)
    n_above = sum(
        [before.times is not None and is_time_alone(before) and best.names(line) for before, line in pairwise(lines)]
    )
    best.is_above = n_above >= 0.8 * len(named) > 0 and lines[0].number < named[0].number
    return best


def _cut_remarks(lines: Sequence[ChatLine]) -> frozenset[int]:
    """Cuts the remarks behind names, and returns the numbers of their lines."""
    bare = bare_names({line.name for line in lines if line.style in (COLON, BOLD)})
    cut = [line for line in lines if line.name in bare] if bare else []
    for line in cut:
        line.name = bare[line.name]
    return frozenset(line.number for line in cut)


def _others_of_hearing(lines: Sequence[ChatLine], layout: ChatLayout) -> list[ChatLine]:
    """Returns the lines of turns in the other style of a hearing, which has `Q.` and `A.` beside `THE COURT:`."""
    letters = {line.name for line in lines if line.style == LETTER}
    if len(letters) < 2 or layout.style not in (LETTER, COLON):
        return []
    other = COLON if layout.style == LETTER else LETTER
    found = [line for line in lines if line.style == other]
    return [line for line in found if other == LETTER or (line.name.isupper() and shape_of(line.name) == Shape.NAME)]


def _has_late_times(named: Sequence[ChatLine], style: str | None) -> bool:
    """Returns whether what stands behind names are times, and not words such as `10:30 is too late`."""
    late = [line for line in named if line.late is not None]
    # Exact ones in brackets are times wherever they stand.
    are_exact = all(line.words[0] == "[" and line.late is not None and len(line.late.numbers) > 2 for line in late)
    if not _are_times([line.late for line in (late if are_exact else named)]):
        return False
    # Nobody says brackets, seconds or spans, nor cells of a table.
    n_bare = sum(
        line.words[0] not in "[(" and line.late is not None and len(line.late.numbers) < 3 and not _is_exact(line.late)
        for line in late
    )
    if style == CELL or 2 * n_bare < len(late):
        return True
    n_going_on = sum(line.late_words[:1].islower() for line in late)
    return len(late) >= _SURE_TIMES or (len(late) > 2 and 2 * n_going_on < len(late))


def _has_last_times(named: Sequence[ChatLine]) -> bool:
    """Returns whether the words of nearly all lines end with a time."""
    tails = [read_tail(line) for line in named]
    if not any(tails):
        return False
    found = [(line, tail) for line, tail in zip(named, tails, strict=True) if tail is not None]
    n_round = sum(line.words.endswith(")") for line, _ in found)
    # People put a time in round brackets, too.
    return _are_times([None if tail is None else tail[1] for tail in tails]) and (len(found) > 2 or n_round == 0)


def _are_times(times: Sequence[Times | None]) -> bool:
    """Returns whether nearly all of a file's turns have a time, and none is earlier than the one before it."""
    starts = [start for start, _ in spans_of(times) if start is not None]
    is_rising = all(before <= after for before, after in pairwise(starts))
    return len(starts) > 1 and len(starts) >= 0.9 * len(times) and is_rising


def _is_exact(one: Times) -> bool:
    return bool(one.fraction) or one.end is not None or one.half is not None or one.date is not None


def _could_be_named(name: str, layout: ChatLayout) -> bool:
    """Returns whether what lines of the layout's style name can be a speaker."""
    if layout.style == HEADING:
        return is_role(name)
    if layout.style == SAID:
        return shape_of(name) > Shape.LABEL
    if layout.style in _WITH_WORDS:
        return shape_of(name) > Shape.LABEL and any(map(str.isalpha, name))
    return shape_of(name) > Shape.NONE if layout.style == ANGLE else layout.judge.is_speaker(name)


def is_time_alone(line: ChatLine) -> bool:
    """Returns whether a line is a time and nothing else."""
    return line.times is not None and line.style is None and not line.words


def is_decoration(line: ChatLine) -> bool:
    """Returns whether a line is a rule or a heading, which nobody says."""
    sign = line.text[:1]
    if sign == "#":
        return _HEADING.match(line.text) is not None and (line.style != HEADING or not is_role(line.name))
    return sign in _RULES and line.text[2:3] in _RULES and _RULE.fullmatch(line.text) is not None


def is_timed(line: ChatLine) -> bool:
    """Returns whether a line that names nobody begins with a time in brackets, or with two of them."""
    has_mark = line.times is not None and (line.text[0] in "[(0123456789" or line.times.end is not None)
    return has_mark and line.style is None and bool(line.words) and not _COLUMNS.search(line.words)


def explained_share(raw_lines: Sequence[str]) -> float:
    """Returns how much of a file its layout explains, from 0 to 1.

    Lines that go on with a turn count less where no speaker comes again, and nothing where nearly no line names one.

    Args:
        raw_lines: those that are not blank, as they stand in the file.
    """
    cut = line_cutter(raw_lines) or str
    shown = [(number, text, raw) for number, raw in enumerate(raw_lines, 1) if (text := cut(raw)).strip()]
    read = [(read_line(text, number), raw) for number, text, raw in shown]
    kept = [(line, raw) for line, raw in read if not is_decoration(line)]
    lines = [line for line, _ in kept]
    layout = find_layout(lines)
    if not lines or sum(_MACHINE.match(line.text) is not None for line in lines) > 0.2 * len(lines):
        return 0.0
    begins = [
        layout.begins(line) or (layout.style == TIMED and layout.is_above and is_time_alone(line)) for line in lines
    ]
    if not any(begins):
        # A single line that shows no mark of anything is what somebody says.
        is_said = len(lines) == 1 and lines[0].style is None and lines[0].text.strip(_SEPARATORS) != ""
        return 0.5 * (is_said and not _COLUMNS.search(lines[0].text))
    if layout.style == TIMED:
        is_sure = sum(begins) > 1 and _is_recording([line.times for line in lines if line.times is not None], lines)
        return 0.8 * (len(lines) - begins.index(True)) / len(lines) if is_sure else 0.0
    begun = [pair for pair, begin in zip(kept, begins, strict=True) if begin]
    n_code = sum(raw[0] == "\t" and not begin for (_, raw), begin in zip(kept, begins, strict=True))
    if n_code > 0.25 * len(kept):
        # The recipes of a makefile.
        return 0.0
    return 0.0 if layout.style == COLON and _are_keys(begun) else _share_of_turns(lines, begins, layout)


def _is_recording(times: Sequence[Times], lines: Sequence[ChatLine]) -> bool:
    """Returns whether times are those of a recording, and not of a program's log, of a day's plan or of chapters.

    A recording begins soon, has ends or runs on quickly.
    """
    if any(one.end is not None or one.fraction for one in times):
        return True
    starts = [start for start, _ in spans_of(times) if start is not None]
    is_early = _first_second(times[0]) < _SOON
    pace = (starts[-1] - starts[0]) / max(len(starts) - 1, 1)
    return is_early and times[0].half is None and times[0].date is None and (pace <= _PACE or lines[0].text[0] in "[(")


def _first_second(one: Times) -> float:
    hours = one.numbers if len(one.numbers) == 3 else (0, *one.numbers)
    return hours[0] * 3600.0 + hours[1] * 60 + hours[2]


def _share_of_turns(lines: Sequence[ChatLine], begins: Sequence[bool], layout: ChatLayout) -> float:
    begun = [line for line, begin in zip(lines, begins, strict=True) if begin]
    counts = Counter(line.name.casefold() for line in begun)
    if layout.style in (CELL, TIGHT, LETTER, HEADING, SAID, CLOCKED) and not _is_talk(begun, counts, layout):
        return 0.0
    # In a broadcast, STEVE HALE is HALE from the second time on.
    surnames = {line.name.casefold() for line in begun if line.name.isupper()}
    again = sum(count > 1 or name.rpartition(" ")[2] in surnames - {name} for name, count in counts.items())
    trust = 0.95 if again > 1 or (again and len(begun) > 2) else 0.5
    if len(begun) < 0.06 * len(lines) or (len(begun) == 1 and len(lines) > 3):
        trust = 0.3
    first = begins.index(True)
    # A line with a time that names nobody is of another format, and a point of a list whose points are turns is none.
    is_list = sum(_is_point(line) for line in begun) > 0.5 * len(begun)
    after = zip(lines[first:], begins[first:], strict=True)
    n_more = sum(
        not begin and not _is_other(line, layout) and not (is_list and _is_point(line)) for line, begin in after
    )
    share = (len(begun) + trust * n_more + 0.5 * first * (trust > 0.5)) / len(lines)
    # Heads of fields look like names, but each stands there once; and a mere nickname may be a word.
    n_fields = sum(line.style == layout.style and shape_of(line.name) == Shape.LABEL for line in lines)
    is_unsure = not again and (len(begun) > 4 or n_fields >= _MOST_FIELDS or _is_weak(layout, counts))
    return 0.45 * share if is_unsure or _are_fields(lines, begun, layout) else share


def _are_keys(begun: Sequence[tuple[ChatLine, str]]) -> bool:
    """Returns whether what stands before colons are the keys of settings or of a program: one below another."""
    indents = Counter(len(raw) - len(raw.lstrip(" \t")) for _, raw in begun)
    n_deeper = sum(count for indent, count in indents.items() if indent > min(indents))
    n_values = sum(_VALUE.fullmatch(line.words) is not None for line, _ in begun)
    return n_deeper > 0.15 * len(begun) or n_values > 0.25 * len(begun)


def _are_fields(lines: Sequence[ChatLine], begun: Sequence[ChatLine], layout: ChatLayout) -> bool:
    """Returns whether most of what is named is no name, or stands in lines that nobody says."""
    if layout.style == ANGLE:
        return False
    n_named = sum(shape_of(line.name) > Shape.LABEL for line in begun)
    n_other = sum(line.style == layout.style for line in lines) - len(begun)
    return 2 * n_named < len(begun) or n_other > 2 * len(begun)


def _is_talk(begun: Sequence[ChatLine], counts: Counter[str], layout: ChatLayout) -> bool:
    """Returns whether what a table or a hearing could name are speakers: they come again, and say much."""
    if layout.style == LETTER:
        return {"q", "a"} <= counts.keys()
    if max(counts.values()) < 2 or layout.style == HEADING:
        # Names in headings are of another form.
        return False
    said = [line.late_words or line.words for line in begun]
    # Scripts without blanks have about two signs a word.
    words = [len(one.split()) if one.isascii() else max(len(one.split()), len(one) // 2) for one in said]
    return layout.style == SAID or sum(words) >= _FEWEST_WORDS * len(begun)


def _is_point(line: ChatLine) -> bool:
    return line.text[:2] in _POINTS or (line.text[:1].isdecimal() and _NUMBERED.match(line.text) is not None)


def _is_other(line: ChatLine, layout: ChatLayout) -> bool:
    return line.times is not None and line.style is None and bool(line.words) and layout.style != TIMED


def _is_weak(layout: ChatLayout, counts: Counter[str]) -> bool:
    return layout.style == COLON and len(counts) == 1 and max(map(shape_of, counts), default=Shape.NONE) < Shape.NICK
