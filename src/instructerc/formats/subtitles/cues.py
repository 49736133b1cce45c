"""Subtitles taken apart: lines in blocks, and in each block a cue, which ends where the next one begins.

Programs put blank lines into a text, between times and text, or none between two cues, so no blank line ends a cue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.reading import Reading

# Programs write the fraction with two digits or six, behind a colon, and blanks at each place.
_COLON = r"[ \t]?:[ \t]?"
_CLOCK = rf"(?:\d+{_COLON})?\d{{1,2}}{_COLON}\d{{1,2}}(?:[ \t]?[.,:][ \t]?\d{{1,9}})?"
TIMES = re.compile(rf"\s*({_CLOCK})\s*-{{1,3}}>\s*({_CLOCK})(?:\s.*)?")
# Most are written so, which is seen much sooner.
_USUAL_TIMES = re.compile(r"(\d\d:\d\d:\d\d[.,]\d{3}) --> (\d\d:\d\d:\d\d[.,]\d{3})")
_TIDY = re.compile(r"\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,3})?")
_BLANKS = re.compile(r"\s+")
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


@dataclass(slots=True)
class Line:
    """A line of the file.

    Attributes:
        number: counted from 1.
        text: without its end.
        end: its end, as the file has it.
        passed_over: whether it is wrong and skipped.
        is_blank: whether nothing can be seen in it.
        times: its times, where it is the line of a cue that has them.
    """

    number: int
    text: str
    end: str
    passed_over: bool = False
    is_blank: bool = False
    times: re.Match[str] | None = None


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class Cue:
    """A cue.

    Attributes:
        line: number of the line with its times.
        start: as the file has it, without blanks, the fraction in at most three digits behind a full stop or comma.
        end: likewise.
        lines: those of its text that are not blank.
        shown: its text with all its marks, where the lines are without them.
    """

    line: int
    start: str
    end: str
    lines: list[Line]
    shown: str | None = None

    @property
    def text(self) -> str:
        """The lines as one text."""
        return self.lines[0].text if len(self.lines) == 1 else "\n".join([line.text for line in self.lines])


def read_blocks(file: OpenText, reading: Reading) -> list[list[Line]]:
    """Returns all lines of the file in blocks: each cue is one, and each comment or heading between cues.

    Raises:
        BadRow: a line with bytes of another encoding.
    """
    lines = list(_read_lines(file, reading))
    blocks: list[list[Line]] = [[]]
    starts = _starts(lines)
    in_comment = before_is_blank = True
    for place, line in enumerate(lines):
        # A comment or heading ends at a blank line; what follows one that is no cue is a block of its own.
        if (
            place in starts
            or (before_is_blank and _COMMENT.match(line.text))
            or (in_comment and before_is_blank and not line.is_blank)
        ):
            blocks.append([])
            in_comment = place not in starts
        blocks[-1].append(line)
        before_is_blank = line.is_blank
    return [block for block in blocks if block]


def find_cue(block: Sequence[Line], reading: Reading, *, is_head: bool = False) -> Cue | None:
    """Returns the cue of a block: an optional identifier, the times, then the text; None where it is none.

    Args:
        block: its lines.
        reading: the pass that they belong to.
        is_head: whether no cue stands above it, so that its text may be a heading, which is left out and counted.

    Raises:
        BadRow: it is neither a cue nor a comment, or has times that are none.
    """
    lines = [line for line in block if not line.is_blank and not line.passed_over]
    for place, line in enumerate(lines[:2]):
        if times := line.times:
            broken = next((one for one in lines[place + 1 :] if "-->" in one.text), None)
            if broken is not None:
                _refuse(broken, reading)
            return Cue(
                line.number, _tidy(times[1]), _tidy(times[2]), [one for one in lines[place + 1 :] if one is not broken]
            )
    if lines and not lines[0].text.startswith("WEBVTT") and not _COMMENT.match(lines[0].text):
        if not is_head:
            _refuse(lines[0], reading)
        for line in lines:
            reading.repair(line.number, "{n} line(s) before the first cue: left out")
    return None


def _tidy(clock: str) -> str:
    """Returns a clock without blanks and with a fraction of three digits; frames behind a third colon are dropped."""
    if _TIDY.fullmatch(clock):
        return clock
    parts = _BLANKS.sub("", clock).split(":")
    if len(parts) == 4:
        fraction = f".{parts.pop()}"
        parts[-1] += fraction if len(fraction) == 4 else ""
    second, mark, fraction = re.fullmatch(r"(\d+)([.,]?)(\d*)", parts[-1]).groups()  # type: ignore[union-attr]
    return ":".join(part.zfill(2) for part in [*parts[:-1], f"{second.zfill(2)}{mark}{fraction[:3]}"])


def _refuse(line: Line, reading: Reading) -> None:
    advice = "a cue begins with times such as 00:00:01.000 --> 00:00:02.500"
    reading.skip(reading.bad(line.number, f"text outside of a cue; {advice}"))


def _read_lines(file: OpenText, reading: Reading) -> Iterator[Line]:
    lines = file.lines
    for raw in reading.rows(lines):
        text = raw.rstrip("\r\n")
        # Whether it is blank and has times is asked several times.
        is_blank = not text or text.isspace()
        times = (_USUAL_TIMES.fullmatch(text) or TIMES.fullmatch(text)) if "->" in text else None
        line = Line(lines.number, text, raw[len(text) :], is_blank=is_blank, times=times)
        if not text.isascii() or "\0" in text:
            try:
                check_characters(text, reading.source, lines.number)
            except BadRow as error:
                reading.skip(error)
                line.passed_over = True
        yield line


def _starts(lines: Sequence[Line]) -> set[int]:
    """Returns where cues begin: at their times, or at the number or identifier right above them."""
    found: set[int] = set()
    number = 0
    for place, line in enumerate(lines):
        if line.times is None:
            continue
        numbered = _number_above(lines, place, number)
        if numbered is not None:
            number += 1
            found.add(numbered)
            continue
        above = lines[place - 1] if place else None
        has_name = above is not None and not above.is_blank and "-->" not in above.text and place - 1 not in found
        if has_name and above is not None:
            is_number = above.text.strip().lstrip("\ufeff").isdecimal()
            has_name = is_number or place == 1 or lines[place - 2].is_blank
        found.add(place - has_name)
    return found


def _number_above(lines: Sequence[Line], place: int, last: int) -> int | None:
    """Returns where the next number stands above times, with blank lines between; None where it does not."""
    above = place - 1
    while above >= 0 and lines[above].is_blank:
        above -= 1
    is_next = 0 <= above < place - 1 and lines[above].text.strip().lstrip("\ufeff") == str(last + 1)
    return above if is_next else None
