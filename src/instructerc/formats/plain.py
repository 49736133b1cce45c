"""Plain chats: a `Speaker: text` line per turn; blank lines are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance

# A colon ends a name only before a blank or the line's end, so that http:// and 12:30 are text; "：" needs none.
_NAME = re.compile(r"([^:：]{1,60})(?::(?=\s|$)|：)")
# [12:30:05], 12:30, or 24/12/2024, 9:05 PM - as chat programs export them.
_CLOCK = re.compile(
    r"(\[[\d/.,:\- ]{4,30}([AaPp][Mm])?\]"
    r"|(\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},? )?\d{1,2}:\d{2}(:\d{2})?([ \u202f][AaPp][Mm])?(?=\s))\s*(-\s+)?"
)
# Marks of writing direction around a name are not part of it.
_DIRECTION = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"


def matches(file: OpenText, options: ReadOptions) -> bool:
    """Returns True: any text can be read as a plain chat."""
    return True


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, named after it.

    A line without a name continues the turn above it. If no line has a name, each is a turn of "Speaker".

    Raises:
        BadRow: a line with NUL characters or bytes of another encoding.
    """
    turns = _read_turns(file, reading)
    if turns and all(turn.speaker is None for turn in turns):
        turns = [_Turn(line, None, part) for turn in turns for line, part in turn.parts]
    else:
        for line, _ in (part for turn in turns for part in turn.parts[1:]):
            reading.repair(line, "{n} line(s) without 'Speaker: ' joined to the turn above")
    utterances = _build(turns, reading)
    if utterances:
        yield Conversation(reading.stem, utterances)


class _Turn:
    __slots__ = ("line", "parts", "speaker")

    def __init__(self, line: int, speaker: str | None, said: str) -> None:
        self.line = line
        self.speaker = speaker
        self.parts = [(line, said)]


def _read_turns(file: OpenText, reading: Reading) -> list[_Turn]:
    turns: list[_Turn] = []
    # After a skipped line nobody knows whose words go on, so they do not join the turn above it.
    broken = True
    lines = file.lines
    while True:
        try:
            line = next(lines, None)
            if line is None:
                return turns
            if not line.strip():
                continue
            check_characters(line, reading.source, lines.number)
        except BadRow as error:
            reading.skip(error)
            broken = True
            continue
        speaker, said = _split_turn(line, lines.number, reading)
        if speaker is None and not broken:
            turns[-1].parts.append((lines.number, said))
        else:
            turns.append(_Turn(lines.number, speaker, said))
            broken = False


def _split_turn(line: str, number: int, reading: Reading) -> tuple[str | None, str]:
    """Returns the speaker, or None, and the words of a line."""
    text = line.strip()
    clock = _CLOCK.match(text)
    name = _NAME.match(text, clock.end() if clock else 0)
    speaker = name[1].strip().strip(_DIRECTION).strip() if name else ""
    if name is None or not speaker:
        return None, text
    if clock:
        reading.repair(number, "clock time before the speaker in {n} line(s): not used")
    return speaker, text[name.end() :].strip()


def _build(turns: list[_Turn], reading: Reading) -> list[Utterance]:
    utterances = []
    for turn in turns:
        try:
            text = "\n".join(part for _, part in turn.parts)
            utterances.append(build_utterance(reading, turn.line, speaker=turn.speaker, text=text))
        except BadRow as error:
            reading.skip(error)
    return utterances


FORMATS = (
    Format(
        name="plain",
        title="'Speaker: text' lines",
        about="`Speaker: text` lines",
        file=Text(Sureness.TEXT, matches, read),
        extensions=(".txt", ".md", ".log"),
        any_extension=True,
    ),
)
