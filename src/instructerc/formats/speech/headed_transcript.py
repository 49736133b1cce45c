"""Transcripts in which a time stands before the name, in its line or in the one above, and the words below them.

Word's own transcripts have `00:00:03 Speaker 1`, those that Teams wrote at first `0:0:3.480 --> 0:0:5.120` and then the
name in a line of its own, and other programs `[00:00:03] - Mia`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.meeting_transcript import FOOTER
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.stamps import Times, spans_of
from instructerc.formats.shared.written_lines import WrittenLine, written_lines

# Programs that cut films count frames behind the seconds, with semicolons where they drop some.
_CLOCK = r"(?:(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,7}|:\d{2}(?!\d))?|\d{1,2};\d{2};\d{2};\d{2})"
_RANGE = re.compile(rf"\[?({_CLOCK})\s{{0,3}}(?:-->|->|[–—-])\s{{0,3}}({_CLOCK})\]?", re.ASCII)
_TIMED = re.compile(
    rf"(?P<open>[\[(])?(?:(?P<date>\d{{4}}([-/.])\d{{1,2}}\3\d{{1,2}}),?\s)?(?P<start>{_CLOCK})(?:\s{{0,3}}(?:-->|->|[–—-])\s{{0,3}}(?P<end>{_CLOCK}))?(?(open)[\])])"
    r"\s{0,3}[-–—|]?\s{1,3}(?P<name>[^\s\d].{0,79})",
    re.ASCII,
)
# Mia Kern 0:03 with one blank, or a span behind the name: a sentence may end so, and no name that comes again.
_LATE = re.compile(
    rf"(?P<name>[^\s\d](?:[^\s]|[ ](?=\S)){{0,79}}?)(?: (?P<time>{_CLOCK})|\s{{1,4}}(?P<start>{_CLOCK})"
    rf"\s{{0,3}}(?:-->|->)\s{{0,3}}(?P<end>{_CLOCK}))",
    re.ASCII,
)
# The day of the time behind it, as WeChat has it.
_DATED = re.compile(r"(?P<name>.*\S)\s+(?P<a>\d{4}|\d{1,2})([-/.])(?P<b>\d{1,2})\3(?P<c>\d{4}|\d{1,2}),?", re.ASCII)
_BRACKETED = re.compile(rf"\[{_CLOCK}\]\s", re.ASCII)
_ALONE = re.compile(rf"[\[(]?(?P<start>{_CLOCK})[\])]?", re.ASCII)
# Spans as Teams writes them; others are those of subtitles.
_TEAMS_SPAN = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}\.\d{1,7} --> \d{1,2}:\d{1,2}:\d{1,2}\.\d{1,7}", re.ASCII)
_NAMED = re.compile(r"[^:]{1,60}:\s")
# As programs call those whom they only tell apart; such a line needs no time.
_NUMBERED = re.compile(
    r"(?:speaker|sprecher(?:in)?|interlocuteur|intervenant|locuteur|hablante|orador|falante|parlante|relatore|spreker"
    r"|talare|mówca|konuşmacı|话者|話者|発言者|說話者|说话人|화자)\s?\d{1,3}:?",
    re.IGNORECASE,
)
_LONGEST, _LONGEST_NAME = 160, 80
_MARKS = "*_#[]: "
# What may stand between a name and its time.
_BETWEEN = " \t|·•"
# Who captions speech writes it where another one speaks.
_ARROWS = re.compile(r">{2,3}\s*")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Heading:
    line: int
    speaker: str
    times: Times | None
    place: int
    words_from: int
    is_late: bool = False


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first heading on, if names come again or times are as Teams has them."""
    lines = [WrittenLine(number, line.strip()) for number, line in enumerate(file.peek.lines, 1)]
    headings = _headings(lines)
    counts = Counter(one.speaker.casefold() for one in headings)
    has_spans = any(one.times is not None and one.times.end is not None for one in headings)
    is_sure = has_spans or max(counts.values(), default=0) > 1
    if headings and not headings[0].speaker and len(lines) > 5 * len(headings):
        return 0.0
    n_spoken = sum(
        one.words_from < (headings[place + 1].place if place + 1 < len(headings) else len(lines))
        for place, one in enumerate(headings)
    )
    if len(headings) < 2 or not is_sure or 2 * n_spoken < len(headings):
        return 0.0
    return (len(lines) - headings[0].place) / len(lines)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the transcript as one conversation, a turn per heading, with the recording's seconds.

    Headings without words and lines before the first heading are left out and counted.

    Raises:
        InputError: no line is a time and a name.
        BadRow: a line with bytes of another encoding.
    """
    lines = list(written_lines(file, reading))
    headings = _headings(lines)
    if not headings and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line is a time and a name, such as 00:00:03 Speaker 1")
    for line in lines[: headings[0].place if headings else 0]:
        reading.repair(line.number, "{n} line(s) before the first speaker: left out")
    utterances = list(_turns(lines, headings, reading))
    if utterances:
        yield Conversation(reading.stem, utterances)


def _turns(lines: Sequence[WrittenLine], headings: Sequence[_Heading], reading: Reading) -> Iterator[Utterance]:
    spans = spans_of([one.times for one in headings])
    for number, (one, (start, end)) in enumerate(zip(headings, spans, strict=True)):
        last = headings[number + 1].place if number + 1 < len(headings) else len(lines)
        words = [line.text for line in lines[one.words_from : last] if not FOOTER.fullmatch(line.text)]
        if not one.speaker:
            words = [text for word in words if (text := _ARROWS.sub("", word, count=word.startswith(">>")))]
        if not words:
            reading.repair(one.line, "{n} heading(s) without words: left out")
            continue
        try:
            speaker = one.speaker or None
            yield build_utterance(reading, one.line, speaker=speaker, text="\n".join(words), start=start, end=end)
        except BadRow as error:
            reading.skip(error)


def _headings(lines: Sequence[WrittenLine]) -> list[_Heading]:
    """Returns the headings: whether a line is one is told by the names of all that could be."""
    found = [one for place in range(len(lines)) if (one := _candidate(lines, place)) is not None]
    counts = Counter(one.speaker.casefold() for one in found)
    certain = {one.place for one in found if _is_certain(one, counts)}
    spans = [one for one in found if one.words_from - one.place == 2]
    late = [one for one in found if one.is_late and shape_of(one.speaker) == Shape.NAME]
    # Below a span stands a name each time, or never; and so with times behind names.
    for alike in (spans, late):
        if 5 * sum(one.place in certain for one in alike) < 3 * len(alike):
            certain -= {one.place for one in alike}
        else:
            certain |= {one.place for one in alike}
    kept: list[_Heading] = []
    for one in found:
        if one.place in certain and (not kept or kept[-1].words_from <= one.place):
            kept.append(one)
    return kept or _times_alone(lines)


def _times_alone(lines: Sequence[WrittenLine]) -> list[_Heading]:
    """Returns the lines that are nothing but a time, where the words below them name nobody; else nothing."""
    found: list[_Heading] = []
    for place, line in enumerate(lines):
        span = _RANGE.fullmatch(line.text)
        if span is not None and not (_TEAMS_SPAN.fullmatch(line.text) and _is_short(line.text)):
            return []
        times = span or _ALONE.fullmatch(line.text)
        if times is not None:
            found.append(_Heading(line.number, "", _times(times[1], span and span[2]), place, place + 1))
    below = [lines[one.words_from].text for one in found if one.words_from < len(lines)]
    above = [lines[one.place - 1].text for one in found if one.place]
    starts = [start for start, _ in spans_of([one.times for one in found])]
    in_order = all(one is not None and other is not None and one <= other for one, other in pairwise(starts))
    # A name above each time is another layout, and so are names in the lines below.
    is_other = any(_ALONE.fullmatch(text) or _RANGE.fullmatch(text) for text in below) or (
        2 * sum(_NAMED.match(text) is not None for text in below) >= len(below)
    )
    has_names = bool(above) and 5 * sum(shape_of(text.strip(_MARKS)) == Shape.NAME for text in above) >= 3 * len(above)
    # So are names that come again below each.
    again = Counter(text for text in below if shape_of(text.strip(_MARKS)) == Shape.NAME)
    has_names = has_names or 5 * sum(count for count in again.values() if count > 1) >= 3 * len(found)
    return found if len(found) > 1 and in_order and not is_other and not has_names else []


def _is_short(text: str) -> bool:
    """Returns whether a part of a span has one digit, as no subtitle has it."""
    return re.search(r":\d(?!\d)", text) is not None


def _is_certain(one: _Heading, counts: Counter[str]) -> bool:
    shape = shape_of(one.speaker)
    if one.is_late:
        is_span = one.times is not None and one.times.end is not None
        return shape == Shape.NAME and (is_span or counts[one.speaker.casefold()] > 1)
    return shape == Shape.NAME or (shape >= Shape.LABEL and counts[one.speaker.casefold()] > 1)


def _candidate(lines: Sequence[WrittenLine], place: int) -> _Heading | None:
    line = lines[place]
    if line.text[-2:].rstrip(":")[-1:].isdecimal() and _NUMBERED.fullmatch(line.text):
        below = lines[place + 1].text if place + 1 < len(lines) else ""
        if _RANGE.fullmatch(below) or _BRACKETED.match(below):
            # The time of the words stands below the name.
            return None
        return _Heading(line.number, line.text.rstrip(":"), None, place, place + 1)
    if len(line.text) > _LONGEST:
        return None
    if not line.text[:2].lstrip("[(")[:1].isdecimal():
        late = _LATE.fullmatch(line.text) if line.text[-1].isdecimal() else None
        if late is None:
            return None
        times = _times(late["time"] or late["start"], late["end"])
        name = late["name"].rstrip(_BETWEEN)
        if (dated := _DATED.fullmatch(name)) is not None:
            name, times.year_first = dated["name"], len(dated["a"]) == 4
            times.date = int(dated["a"]), int(dated["b"]), int(dated["c"])
        return _Heading(line.number, name, times, place, place + 1, True)
    span, timed = _RANGE.fullmatch(line.text), _TIMED.fullmatch(line.text)
    if span is not None:
        name, n_lines = lines[place + 1].text if place + 1 < len(lines) else "", 2
        start, end = span[1], span[2]
    elif timed is not None:
        name, n_lines = timed["name"].strip(), 1
        start, end = timed["start"], timed["end"]
    else:
        return None
    # With a colon behind the name it is a line as people write them, or a cue.
    if not name or name.endswith(":") or len(name) > _LONGEST_NAME or shape_of(name) == Shape.NONE:
        return None
    times = _times(start, end)
    if timed is not None and timed["date"]:
        year, month, day = map(int, re.split("[-/.]", timed["date"]))
        times.date, times.year_first = (year, month, day), True
    return _Heading(line.number, name, times, place, place + n_lines)


def _times(clock: str, end: str | None = None) -> Times:
    """Returns the time of `M:S` or `H:M:S`, whose parts may have one digit, and of an end; frames are dropped."""
    *whole, last = clock.replace(",", ".").replace(";", ":").split(":")
    if len(whole) == 3:
        last = whole.pop()
    seconds = float(last)
    until = _times(end) if end else None
    return Times((*map(int, whole), int(seconds)), seconds - int(seconds), None, None, False, until)


FORMATS = (
    Format(
        name="headed-transcript",
        title="transcripts with the time before the name",
        about="`00:00:03 Speaker 1` or `Speaker 1` (Word), `[00:00:03] - Mia`, `0:0:3.48 --> 0:0:5.12` and the name "
        "below (Teams), or `Mia 2024-12-24 21:05:00`, with the words below them",
        times="yes",
        file=Text(Sureness.LINES, explains, read),
    ),
)
