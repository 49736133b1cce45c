"""Plain chats and transcripts read: turns begin with lines that name somebody, all others go on with the turn above."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.plain.around import date_by_days, without_asides, without_head, without_headings
from instructerc.formats.plain.cut_lines import line_cutter
from instructerc.formats.plain.layout import (
    TIMED,
    ChatLayout,
    explained_share,
    find_layout,
    is_time_alone,
)
from instructerc.formats.plain.line import ChatLine, read_line, read_tail
from instructerc.formats.shared.lines import OpenText, check_characters, tidy_lines
from instructerc.formats.shared.names import names_within
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.stamps import Times, spans_of


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns how much of the file its `Speaker: text` lines explain."""
    if file.peek.begins_like_json and file.peek.document is not None:
        return 0.0
    return explained_share(file.peek.lines)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, named after it.

    A line that names nobody continues the turn above it, and those before the first speaker are left out. If no line
    names anybody, each is a turn of "Speaker". Times beside the speakers become starts, in seconds.

    Raises:
        BadRow: a line with NUL characters or bytes of another encoding.
    """
    utterances = _read_turns(file, reading)
    if utterances:
        yield Conversation(reading.stem, utterances)


def _read_turns(file: OpenText, reading: Reading) -> list[Utterance]:
    cut = line_cutter(file.peek.lines)
    lines = without_headings(date_by_days(_read_lines(file, reading, cut), reading), reading)
    kept = without_head(lines, reading)
    layout = find_layout([line for line in kept if line is not None])
    kept = without_asides(kept, layout, reading)
    said = [line for line in kept if line is not None]
    names_any = layout.is_above or any(map(layout.begins, said))
    turns = _gather(kept, layout, reading) if names_any else [_Turn(line, None, line.text) for line in said]
    _tell_doubts(said, layout, reading)
    return _build(turns, layout, reading)


# YouTube says its times in words, too.
_SPELLED = re.compile(r"(?:\d{1,2} (?:hours?|minutes?|seconds?),? ?){1,3}")


@dataclass(slots=True)
class _Turn:
    line: ChatLine
    speaker: str | None
    words: str
    times: Times | None = None
    # Lines that go on with it, as few turns have them.
    more: list[str] | None = None


def _read_lines(file: OpenText, reading: Reading, cut: Callable[[str], str] | None) -> list[ChatLine | None]:
    """Returns the lines that are not blank; None for one that is skipped."""
    text = file.lines.rest() if cut is None else None
    if text is None or (tidy := tidy_lines(text)) is None:
        return list(_read_one_by_one(file, reading, cut))
    lines = enumerate(tidy.split("\n"), 1)
    return [read_line(line, number) for number, line in lines if line and not line.isspace()]


def _read_one_by_one(file: OpenText, reading: Reading, cut: Callable[[str], str] | None) -> Iterator[ChatLine | None]:
    lines = file.lines
    while True:
        try:
            for line in lines:
                if line.isspace():
                    continue
                if not line.isascii() or "\0" in line:
                    check_characters(line, reading.source, lines.number)
                if cut is None:
                    yield read_line(line, lines.number)
                elif (text := cut(line)).strip():
                    yield read_line(text, lines.number)
            return
        except BadRow as error:
            reading.skip(error)
            yield None


def _gather(lines: Sequence[ChatLine | None], layout: ChatLayout, reading: Reading) -> list[_Turn]:
    turns: list[_Turn] = []
    above: Times | None = None
    # After a skipped line nobody knows whose words go on, so they do not join the turn above it.
    broken = False
    named = layout.named
    # Then all that a line needs is known already.
    is_usual = layout.style != TIMED and not layout.is_last and not layout.is_late
    for line in lines:
        if line is None:
            broken = True
        elif is_usual and line.number in named:
            turns.append(_Turn(line, line.name, line.words, line.times or above))
            above, broken = None, False
        elif layout.begins(line):
            turns.append(_begin(line, layout, above))
            above, broken = None, False
        elif layout.is_above and is_time_alone(line):
            above = line.times
        elif layout.style == TIMED and above is not None and not _SPELLED.fullmatch(line.text):
            turns.append(_Turn(line, None, line.text, above))
            above, broken = None, False
        elif broken:
            turns.append(_Turn(line, None, line.text))
            broken = False
        elif turns:
            turns[-1].more = turns[-1].more or []
            turns[-1].more.append(line.text)
            if line.times is not None and line.words and turns[-1].times is not None:
                reading.doubt(line.number, "a line with a time and no name joined to the turn above")
            reading.repair(line.number, "{n} line(s) without 'Speaker: ' joined to the turn above")
        else:
            reading.repair(line.number, "{n} line(s) before the first speaker: left out")
    return turns


def _begin(line: ChatLine, layout: ChatLayout, above: Times | None) -> _Turn:
    if layout.style == TIMED:
        return _Turn(line, None, line.words, line.times)
    tail = read_tail(line) if layout.is_last else None
    if tail is not None:
        return _Turn(line, line.name, *tail)
    late = layout.is_late and line.late is not None
    times = line.times or (line.late if late else None) or above
    return _Turn(line, line.name, line.late_words if late else line.words, times)


def _tell_doubts(lines: Sequence[ChatLine], layout: ChatLayout, reading: Reading) -> None:
    late = [line.number for line in lines if line.late is not None and layout.names(line)]
    for number in late if len(late) > 1 and not layout.is_late else ():
        reading.doubt(number, "a time read as part of what is said")
    speakers = {line.name for line in lines if layout.names(line)}
    doubtful = {name for name in speakers if layout.judge.is_doubtful(name)}
    for number in layout.remarks & layout.named:
        reading.repair(number, "{n} remark(s) behind a name, such as (laughing): left out")
    for number in layout.counted & layout.named:
        reading.repair(number, "{n} number(s) of turns behind names, such as T1: left out")
    for line in lines:
        if line.style is None or line.style != layout.style:
            continue
        if not layout.names(line):
            reading.doubt(line.number, "a colon read as part of a sentence")
        elif line.name in doubtful:
            reading.doubt(line.number, "a speaker seen once")
        if ":" in line.words and not speakers.isdisjoint(names_within(line.words)):
            reading.doubt(line.number, "another speaker's name within a line")


def _build(turns: Sequence[_Turn], layout: ChatLayout, reading: Reading) -> list[Utterance]:
    spans = spans_of([turn.times for turn in turns])
    utterances = []
    for turn, (start, end) in zip(turns, spans, strict=True):
        text = turn.words if turn.more is None else "\n".join([part for part in (turn.words, *turn.more) if part])
        if not text:
            reading.repair(turn.line.number, "{n} turn(s) without words: left out")
            continue
        try:
            utterances.append(
                build_utterance(reading, turn.line.number, speaker=turn.speaker, text=text, start=start, end=end)
            )
        except BadRow as error:
            reading.skip(error)
    return utterances
