"""Transcripts copied out of Teams: the name, `0 minutes 3 seconds` and `0:03` above the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Said, build_chat, clock_seconds
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance

# In any language of Teams: numbers and words in turn.
_SPOKEN = re.compile(r"\d{1,3} ?[^\W\d_]{1,12}\.?(?:,? (?:[^\W\d_]{1,3} )?\d{1,2} ?[^\W\d_]{1,12}\.?){0,2}")
_CLOCK = re.compile(r"(?:\d{1,2}:)?[0-5]?\d:[0-5]\d")
_NOTICE = re.compile(
    r".{1,80} (?:started|stopped) transcription\.?|.{1,80} hat die Transkription (?:gestartet|beendet)\.?"
)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file in which a spoken time stands above a clock, twice or in its first lines."""
    lines = [line.strip() for line in file.peek.lines]
    pairs = [_is_time(line, below) for line, below in pairwise(lines)]
    return float(sum(pairs) > 1 or any(pairs[:3]))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the transcript as one conversation, named after the file; starts in seconds of the recording.

    Raises:
        InputError: no line with a spoken time above a clock.
        BadRow: a line with bytes of another encoding.
    """
    lines = list(_lines(file, reading))
    heads = [at for at, (one, below) in enumerate(pairwise(lines)) if at and _is_time(one[1], below[1])]
    if not heads and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no '0 minutes 3 seconds' above '0:03', as Teams writes them")
    if heads and heads[0] > 1:
        reading.repair(lines[0][0], "{n} heading(s) before the first turn: left out")
    said = []
    for at, after in zip(heads, [*(head - 1 for head in heads[1:]), len(lines)], strict=True):
        number, speaker = lines[at - 1]
        words = [text for _, text in lines[at + 2 : after] if not _NOTICE.fullmatch(text)]
        try:
            if not words:
                reading.repair(number, "{n} heading(s) without words: left out")
                continue
            turn = build_utterance(reading, number, speaker=speaker, text="\n".join(words))
            said.append(Said(turn, clock_seconds(lines[at + 1][1])))
        except BadRow as error:
            reading.skip(error)
    yield from build_chat(reading.stem, said, from_first=False)


def _is_time(line: str, below: str) -> bool:
    """Returns whether two lines are one time: its numbers as they are spoken, and as a clock."""
    if not _SPOKEN.fullmatch(line) or not _CLOCK.fullmatch(below):
        return False
    spoken = [int(number) for number in re.findall(r"\d+", line)]
    return [number for number in map(int, below.split(":")) if number] == [number for number in spoken if number]


def _lines(file: OpenText, reading: Reading) -> Iterator[tuple[int, str]]:
    for raw in reading.rows(file.lines):
        try:
            check_characters(raw, reading.source, file.lines.number)
        except BadRow as error:
            reading.skip(error)
            continue
        if raw.strip():
            yield file.lines.number, raw.strip()


FORMATS = (
    Format(
        name="teams-copied",
        title="transcripts copied out of Teams",
        about="a transcript copied out of Teams: the name, `0 minutes 3 seconds` and `0:03` above the words",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
