"""Transcripts with name and time in lines of their own, one below the other, as they are copied from Teams."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.meeting_transcript import FOOTER
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.stamps import Times, read_times, spans_of
from instructerc.formats.shared.written_lines import WrittenLine, written_lines

_HOURS, _MINUTES = r"hours?|hrs?|h|stunden?|heures?|horas?|ore", r"minutes?|mins?|m|minuten?|minutos?|minuti"
_SECONDS = r"seconds?|secs?|s|sekunden?|secondes?|segundos?|secondi"
_UNIT = rf"(\d{{1,3}})\s*((?:{_HOURS})|(?:{_MINUTES})|(?:{_SECONDS}))\b"
_SPOKEN = re.compile(rf"{_UNIT}(?:,?\s+{_UNIT})?(?:,?\s+{_UNIT})?", re.IGNORECASE)
_LONGEST = 120
_LONGEST_TURN = 50


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Heading:
    line: int
    speaker: str
    times: Times
    words_from: int


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first heading on, if two of them have words and a name comes again."""
    entries = [WrittenLine(number, line.strip()) for number, line in enumerate(file.peek.lines, 1)]
    headings = _headings(entries)
    counts = Counter(heading.speaker for heading in headings)
    is_sure = any(_SPOKEN.fullmatch(entry.text) for entry in entries) or max(counts.values(), default=0) > 1
    if len(headings) < 2 or not is_sure or len(entries) > _LONGEST_TURN * len(headings):
        return 0.0
    return (len(entries) - headings[0].line + 1) / len(entries)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the transcript as one conversation, a turn per heading; starts in seconds of the recording.

    Headings without words and lines before the first heading are left out and counted.

    Raises:
        InputError: no line is a name with a time below it.
        BadRow: a line with bytes of another encoding.
    """
    entries = list(written_lines(file, reading))
    headings = _headings(entries)
    if not headings and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line is a name with a time in the line below it, such as 0:03")
    for entry in entries:
        if headings and entry.number < headings[0].line:
            reading.repair(entry.number, "{n} line(s) before the first speaker: left out")
    utterances = list(_turns(entries, headings, reading))
    if utterances:
        yield Conversation(reading.stem, utterances)


def _turns(entries: Sequence[WrittenLine], headings: Sequence[_Heading], reading: Reading) -> Iterator[Utterance]:
    lines = {entry.number: place for place, entry in enumerate(entries)}
    spans = spans_of([heading.times for heading in headings])
    for place, heading in enumerate(headings):
        end = lines[headings[place + 1].line] if place + 1 < len(headings) else len(entries)
        text = "\n".join(entry.text for entry in entries[heading.words_from : end] if not FOOTER.fullmatch(entry.text))
        if not text:
            reading.repair(heading.line, "{n} heading(s) without words: left out")
            continue
        start, stop = spans[place]
        try:
            yield build_utterance(reading, heading.line, speaker=heading.speaker, text=text, start=start, end=stop)
        except BadRow as error:
            reading.skip(error)


def _headings(entries: Sequence[WrittenLine]) -> list[_Heading]:
    """Returns the headings: a name, and below it one line or two that are times."""
    found: list[_Heading] = []
    place = 0
    while place + 1 < len(entries):
        speaker = entries[place].text
        times = _times(entries[place + 1].text)
        if times is None or not _can_be_name(speaker):
            place += 1
            continue
        last = place + 1
        if last + 1 < len(entries) and _times(entries[last + 1].text) is not None:
            last += 1
        found.append(_Heading(entries[place].number, speaker.rstrip(":"), times, last + 1))
        place = last + 1
    return found


def _can_be_name(text: str) -> bool:
    return (
        len(text) <= _LONGEST
        and any(map(str.isalpha, text))
        and shape_of(text.rstrip(":")) == Shape.NAME
        and _times(text) is None
    )


def _times(text: str) -> Times | None:
    """Returns the time that is all of a line: a clock, a span of two, or `1 minute 2 seconds`."""
    if "-->" in text:
        # The times of a subtitle.
        return None
    spoken = _SPOKEN.fullmatch(text)
    if spoken is None:
        times = read_times(text)
        return times if times is not None and times.ends_at == len(text) else None
    seconds = 0
    for number, unit in zip(spoken.groups()[::2], spoken.groups()[1::2], strict=True):
        if unit is not None:
            is_hours, is_minutes = (re.fullmatch(kind, unit, re.IGNORECASE) for kind in (_HOURS, _MINUTES))
            seconds += int(number) * (3600 if is_hours else 60 if is_minutes else 1)
    return Times((seconds // 3600, seconds // 60 % 60, seconds % 60), 0.0, None, None, False, None)


FORMATS = (
    Format(
        name="stacked-transcript",
        title="transcripts with name and time on lines of their own",
        about="a line with the name, below it `0:03` or `0 minutes 3 seconds`, then the words, as copied from Teams",
        times="yes",
        file=Text(Sureness.LINES, explains, read),
    ),
)
