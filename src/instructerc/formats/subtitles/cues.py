"""Subtitles taken apart: each cue has its times and text, and ends where the next one begins.

Programs put blank lines into a text, between times and text, or none between two cues, so no blank line ends a cue.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter

from instructerc.errors import BadRow
from instructerc.formats.shared.empty import is_blank
from instructerc.formats.shared.lines import OpenText, check_characters, tidy_lines
from instructerc.formats.shared.reading import Reading, usual_span

# Programs write the fraction with two digits or six, behind a colon, and blanks at each place; what was moved to before
# the film's beginning has a minus.
_COLON = r"[ \t]?:[ \t]?"
_CLOCK = rf"-?(?:\d+{_COLON})?\d{{1,2}}{_COLON}\d{{1,2}}(?:[ \t]?[.,:][ \t]?\d{{1,9}})?"
TIMES = re.compile(rf"\s*({_CLOCK})\s*-{{1,3}}>\s*({_CLOCK})(?:\s+(.*))?")
# Most are written so, which is seen much sooner, and is tidy.
_USUAL = r"(\d\d:\d\d:\d\d[.,]\d{3}) --> (\d\d:\d\d:\d\d[.,]\d{3})"
_LAST_COLON = 5
_USUAL_TIMES = re.compile(rf"{_USUAL}[\r\n]*")
_TIDY = re.compile(r"\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,3})?")
# What may stand behind the times beside words: WebVTT's settings, also the older ones, and SubRip's places.
_SETTING = r"(?:vertical|line|position|size|align|region):\S+"
_SETTINGS = re.compile(rf"(?:{_SETTING}\s*|[XY][12]:\s*\d+\s*|[ADLSTP]:[\w.%-]+\s*)*", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
# In most files each cue is a number or identifier or none, usual times, lines in which something is seen, and empty
# ones, and nothing else but WebVTT's head: such a file is taken apart at once. Else the last group has a line.
_SEEN = r"[^\s\u00ad\u200b-\u200f\u2060\ufeff].*+\n"
_REGULAR = re.compile(rf"(?:(?!\d\d:)({_SEEN}))?+{_USUAL}(?:[ \t]+{_SETTING})*[ \t]*\n((?:{_SEEN})*+)(\n++)|(.*\n)")
_HEAD = re.compile(rf"WEBVTT.*\n(?:[A-Za-z]+: ?{_SEEN})*\n++")
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_LAST = itemgetter(-1)


# Neither is frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class Cue:
    """A cue.

    Attributes:
        line: number of the line with its times.
        start: as the file has it, without blanks, the fraction in at most three digits behind a full stop or comma.
        end: likewise.
        text: its lines that are not blank.
        places: where these stand among all lines, for a copy of the file.
        shown: its text with all its marks, where `text` is without them.
        identifier: the line above its times.
        span: start and end in seconds, where they were read already.
    """

    line: int
    start: str
    end: str
    text: str
    places: Sequence[int] = ()
    shown: str | None = None
    identifier: str = ""
    span: tuple[float, float] | None = None


@dataclass(slots=True)
class Lines:
    """The lines of a file, told by their places from 0.

    Attributes:
        raw: all of them, with their ends.
        numbers: as they are counted in the file.
        times: start and end of those that have them.
        beside: where words begin in a line with times.
        empty: those in which nothing is seen, and those that are skipped.
    """

    raw: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    times: dict[int, tuple[str, str]] = field(default_factory=dict)
    beside: dict[int, int] = field(default_factory=dict)
    empty: set[int] = field(default_factory=set)


def read_cues(file: OpenText, reading: Reading) -> list[Cue]:
    """Returns the cues of a file, as `find_cues` does; without the places of their lines where all are regular.

    Raises:
        BadRow: as `read_lines` and `find_cues`.
    """
    text = file.lines.rest()
    cues = None if text is None else _regular_cues(text)
    return find_cues(read_lines(file, reading), reading) if cues is None else cues


def _regular_cues(text: str) -> list[Cue] | None:
    """Returns the cues of a text of which all are regular; None where one is not."""
    text = tidy_lines(text) or ""
    # A file may end without an empty line.
    text += "\n"
    head = _HEAD.match(text)
    blocks = _REGULAR.findall(text, head.end() if head else 0)
    # Times stand in each cue once, and else nowhere.
    if not blocks or text.count("->") != len(blocks) or any(map(_LAST, blocks)):
        return None
    line, last = 1 + (head[0].count("\n") if head else 0), "."
    cues: list[Cue] = []
    for identifier, start, end, said, empty, _ in blocks:
        if identifier:
            line += 1
        elif last.isdecimal() or last.isspace():
            # The line above may be the number of this cue.
            return None
        said = said[:-1]
        cues.append(Cue(line, start, end, said, (), None, identifier, usual_span(start, end, _LAST_COLON)))
        line += said.count("\n") + len(empty) + (2 if said else 1)
        last = said[-1:]
    return cues


def read_lines(file: OpenText, reading: Reading) -> Lines:
    """Returns all lines of a file.

    Raises:
        BadRow: a line with bytes of another encoding.
    """
    found, lines = Lines(), file.lines
    raw, numbers, empty = found.raw, found.numbers, found.empty
    for place, line in enumerate(reading.rows(lines)):
        if "->" in line and (times := _read_times(line)) is not None:
            found.times[place] = times[:2]
            if times[2]:
                reading.repair(lines.number, "{n} cue(s) with words in the line of their times: read as said")
                found.beside[place] = times[2]
        if not line.isascii() or "\0" in line:
            try:
                check_characters(line, reading.source, lines.number)
            except BadRow as error:
                reading.skip(error)
                empty.add(place)
        # Most lines begin with a letter or digit, and most others are empty.
        if line == "\n" or (not line[0].isalnum() and is_blank(line)):
            empty.add(place)
        raw.append(line)
        numbers.append(lines.number)
    return found


def _read_times(raw: str) -> tuple[str, str, int] | None:
    """Returns start and end of a line, and where words begin behind them, 0 where none do."""
    if usual := _USUAL_TIMES.fullmatch(raw):
        return usual[1], usual[2], 0
    found = TIMES.fullmatch(raw.rstrip("\r\n"))
    if found is None:
        return None
    is_said = found[3] is not None and not is_blank(found[3]) and not _SETTINGS.fullmatch(found[3])
    return _tidy(found[1]), _tidy(found[2]), found.start(3) if is_said else 0


def _tidy(clock: str) -> str:
    """Returns a clock without blanks and with a fraction of three digits; frames behind a third colon are dropped."""
    if _TIDY.fullmatch(clock):
        return clock
    if clock.startswith("-"):
        return "00:00:00"
    parts = _BLANKS.sub("", clock).split(":")
    if len(parts) == 4:
        fraction = f".{parts.pop()}"
        parts[-1] += fraction if len(fraction) == 4 else ""
    second, mark, fraction = re.fullmatch(r"(\d+)([.,]?)(\d*)", parts[-1]).groups()  # type: ignore[union-attr]
    return ":".join(part.zfill(2) for part in [*parts[:-1], f"{second.zfill(2)}{mark}{fraction[:3]}"])


def find_cues(lines: Lines, reading: Reading) -> list[Cue]:
    """Returns the cues: an optional identifier, the times, then the text.

    What stands above the first one may be a heading, which is left out and counted.

    Raises:
        BadRow: text that is neither in a cue nor in a comment, or has times that are none.
    """
    cues: list[Cue] = []
    for begin, end in pairwise(_bounds(lines)):
        cue = _find_cue(lines, begin, end, reading, is_head=not cues)
        if cue is not None:
            cues.append(cue)
    return cues


def _find_cue(lines: Lines, begin: int, end: int, reading: Reading, is_head: bool) -> Cue | None:
    raw, empty = lines.raw, lines.empty
    places = [place for place in range(begin, end) if place not in empty]
    for rank, place in enumerate(places[:2], 1):
        times = lines.times.get(place)
        if times is not None:
            del places[:rank]
            # Most cues have one line.
            text = raw[places[0]].rstrip("\r\n") if len(places) == 1 else _joined(raw, places)
            if "-->" in text:
                broken = next(one for one in places if "-->" in raw[one])
                _refuse(lines.numbers[broken], reading)
                places.remove(broken)
                text = _joined(raw, places)
            if lines.beside and (begins := lines.beside.get(place)):
                places.insert(0, place)
                said = raw[place][begins:].rstrip("\r\n")
                text = f"{said}\n{text}" if text else said
            return Cue(lines.numbers[place], times[0], times[1], text, places, None, raw[place - 1] if place else "")
    if places and not raw[places[0]].startswith("WEBVTT") and not _COMMENT.match(raw[places[0]]):
        if not is_head:
            _refuse(lines.numbers[places[0]], reading)
        for place in places:
            reading.repair(lines.numbers[place], "{n} line(s) before the first cue: left out")
    return None


def _joined(raw: Sequence[str], places: Sequence[int]) -> str:
    return "\n".join([raw[place].rstrip("\r\n") for place in places])


def _refuse(number: int, reading: Reading) -> None:
    advice = "a cue begins with times such as 00:00:01.000 --> 00:00:02.500"
    reading.skip(reading.bad(number, f"text outside of a cue; {advice}"))


def _bounds(lines: Lines) -> Iterator[int]:
    """Yields where blocks begin, and the end: each cue is one, and each comment or heading between cues."""
    raw = lines.raw
    starts = _starts(lines)
    comments = [
        place for place, line in enumerate(raw) if line[0] in "NSR" and line.startswith(("NOTE", "STYLE", "REGION"))
    ]
    with_comments = {bisect(starts, place) for place in comments}
    for number, (begin, end) in enumerate(pairwise([0, *starts, len(raw)])):
        yield begin
        # What stands above the first cue is like a comment.
        in_comment = number == 0
        if not in_comment and number not in with_comments:
            continue
        # A comment or heading ends at a blank line; what follows one that is no cue is a block of its own.
        for place in range(begin + 1, end):
            if raw[place - 1].isspace() and not raw[place].isspace() and (in_comment or _COMMENT.match(raw[place])):
                yield place
                in_comment = True
    yield len(raw)


def _starts(lines: Lines) -> list[int]:
    """Returns where cues begin: at their times, or at the number or identifier right above them."""
    raw, found, number = lines.raw, list[int](), 0
    for place in lines.times:
        begin = place
        if place and raw[place - 1].isspace():
            begin = _number_above(raw, place, number)
            number += begin < place
        elif place and "-->" not in raw[place - 1] and not (found and found[-1] == place - 1):
            is_name = place == 1 or raw[place - 2].isspace() or _unmarked(raw[place - 1]).isdecimal()
            begin = place - is_name
        found.append(begin)
    return found


def _number_above(raw: Sequence[str], place: int, last: int) -> int:
    """Returns where the next number stands above times, with blank lines between; where it does not, the place."""
    above = place - 1
    while above >= 0 and raw[above].isspace():
        above -= 1
    return above if above >= 0 and _unmarked(raw[above]) == str(last + 1) else place


def _unmarked(line: str) -> str:
    return line.strip().lstrip("\ufeff")
