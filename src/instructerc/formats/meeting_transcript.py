"""Transcripts of meetings as text: a heading `Ann Lee  0:03`, or Zoom's `[Ann Lee] 10:05:01`, with the words below it.

Teams, Otter and others write the first form, in times of the recording; Zoom's captions have the time of day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import (
    Block,
    build_chat,
    clock_seconds,
    pass_midnight,
    read_headed,
    say_blocks,
)
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages

_LONGEST_HEADING = 160
_CLOCK = r"((?:\d{1,2}:[0-5]?\d|\d{1,3}):[0-5]\d)"
_MINUTES = re.compile(r":[0-5]\d", re.ASCII)
# Two blanks or a tab at least, so that "see you at 10:30" is not a heading.
_OF_RECORDING = re.compile(
    rf"([^\s\[](?:[^ \u00a0\t]|[ \u00a0](?![ \u00a0]))*+)(?:[ \u00a0]{{2,}}+|\t[ \t]*+){_CLOCK}"
    r"(?:[ \u00a0\u202f]([AaPp])[Mm])?",
    re.ASCII,
)
_OF_DAY = re.compile(rf"\[([^\[\]]+)\] {_CLOCK}", re.ASCII)
# Ann Lee (0:03), Speaker 1 [00:01:15], Ann Lee (0:03 - 0:09); marks of Markdown are of another form.
_UNTIL = r"(?: ?(?:-->|->|[-–—]) ?(?:\d{1,2}:)?\d{1,2}:\d{2}(?:\.\d+)?)?"
_IN_BRACKETS = re.compile(rf"([^\s\[(#*_][^\[\]()]{{0,80}}?) ?[\[(]{_CLOCK}(?:\.\d+)?{_UNTIL}[\])]:?", re.ASCII)
# What ends in a date is no name: such times are of a day, and another form's.
_DATED = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4},?\s*$", re.ASCII)
# mia says (21:05):
_SAYS = re.compile(r" (?:says|said|writes|wrote|schreibt|dit|dice)$")
# Who began or ended the transcription, in the languages that Teams speaks most.
FOOTER = re.compile(
    r"Transcribed by https?://otter\.ai\S*|.{1,80} (?:started|stopped) transcription"
    # Fathom's links to the recording.
    r"|[A-Z ]{4,30}: .{1,300} - WATCH: https?://\S+"
    r"|.{1,80} hat die Transkription (?:gestartet|beendet|angehalten)"
    r"|.{1,80} a (?:démarré|commencé|lancé|arrêté) la transcription"
    r"|.{1,80} (?:inició|comenzó|detuvo) la transcripción|.{1,80} ha (?:avviato|interrotto) la trascrizione"
    r"|.{1,80} (?:iniciou|parou|interrompeu) a transcrição|.{1,80} heeft de transcriptie (?:gestart|gestopt)"
)


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Heading:
    speaker: str
    clock: float
    of_day: bool
    is_short: bool


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first heading on, if two of them have words below, or the first line."""
    lines = file.peek.lines
    headings = [_read_heading(line) is not None for line in lines]
    n_spoken = sum(here and not below for here, below in pairwise(headings))
    if n_spoken > 1 or (n_spoken == 1 and headings[0]):
        return share_of_messages(lines, _read_heading, alone=1.0)
    return 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the transcript as one conversation, a turn per heading.

    Starts are the recording's seconds; times of day count from the first turn. Words after a blank line continue the
    turn above it. Left out and counted are headings without words, lines before the first heading, and those that name
    the program.

    Raises:
        InputError: no line is a heading.
        BadRow: a line with bytes of another encoding.
    """
    blocks = list(read_headed(file, reading, _HeadingReader().read))
    if not blocks and not reading.n_skipped:
        raise InputError(
            f"{reading.source}: no line is a heading such as 'Ann Lee  0:03' or '[Ann Lee] 10:05:01', "
            "with the words below it"
        )
    of_day = bool(blocks) and blocks[0].header.of_day
    # Two numbers may be hours and minutes, which the first one tells.
    reading.times.are_short = bool(blocks) and all(block.header.is_short for block in blocks)
    clocks = [block.header.clock for block in blocks]
    moments = pass_midnight(clocks) if of_day else clocks
    said = say_blocks(reading, blocks, moments, lambda block, _: _say(block, reading))
    yield from build_chat(reading.stem, said, from_first=of_day)


class _HeadingReader:
    """Reads headings; all have the form of the first one, so that `[music] 0:10` may be said."""

    def __init__(self) -> None:
        self._of_day: bool | None = None

    def read(self, line: str) -> _Heading | None:
        heading = _read_heading(line)
        if heading is None:
            return None
        self._of_day = heading.of_day if self._of_day is None else self._of_day
        return heading if heading.of_day == self._of_day else None


def _read_heading(line: str) -> _Heading | None:
    # Most lines have no clock, which the patterns take long to see.
    if len(line) > _LONGEST_HEADING or not _MINUTES.search(line):
        return None
    for pattern, of_day in ((_OF_RECORDING, False), (_OF_DAY, True), (_IN_BRACKETS, False)):
        if (found := pattern.fullmatch(line.strip())) and found[1].strip() and not _DATED.search(found[1]):
            half = found[3] if pattern is _OF_RECORDING else None
            clock = clock_seconds(found[2]) if half is None else _half_day_seconds(found[2], half)
            of_day = of_day or half is not None
            return _Heading(_SAYS.sub("", found[1].strip()), clock, of_day, not of_day and found[2].count(":") == 1)
    return None


def _half_day_seconds(clock: str, half: str) -> float:
    """Returns the second of the day of `9:05` or `9:05:33` before or after noon."""
    exact = clock if clock.count(":") == 2 else f"{clock}:00"
    hour = int(clock.partition(":")[0])
    return clock_seconds(exact) + 3600 * (hour % 12 - hour + 12 * (half in "Pp"))


def _say(block: Block[_Heading], reading: Reading) -> tuple[str, str] | None:
    lines = [line for raw in block.lines if (line := raw.strip())]
    words = [line for line in lines if not FOOTER.fullmatch(line)]
    if len(words) < len(lines):
        reading.repair(block.line, "{n} turn(s): removed lines of the transcription program")
    if not words:
        reading.repair(block.line, "{n} heading(s) without words: left out")
        return None
    return block.header.speaker, "\n".join(words)


FORMATS = (
    Format(
        name="transcript",
        title="transcripts of meetings",
        about="headings `Ann Lee  0:03` (Teams, Otter), `Ann Lee (0:03)` or `[Ann Lee] 10:05:01` (Zoom), with the "
        "words below them",
        times="yes",
        file=Text(Sureness.LINES, explains, read),
    ),
)
