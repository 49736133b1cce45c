"""Subtitles with speakers and times: WebVTT and SubRip (`.srt`).

Speakers are voice tags (`<v Ann>`), or names before a colon at the start of a line (`Ann: …`). A line that begins with
a dash is a turn of its own. Emotions are read as gold labels: a class of the voice tag (`<v.emotion-joy Ann>`), which a
player can colour, or of a span in a line without one (`<c.emotion-joy>Ann: …</c>`); a word in brackets after the name
(`Ann [joy]: …`), or, where nobody is named, `[emotion: joy] …`, which no sound such as `[laughs]` is taken for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance

EMOTION_CLASS = "emotion-"

TAG = re.compile(r"</?(?P<name>v|c|i|b|u|s|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<[\d:.]+>|\{\\[^{}]*\}")
SPAN = re.compile(r"<c((?:\.[^\s.<>]+)+)[^<>]*>")

_TIMES = re.compile(r"\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})(?:\s.*)?")
_VOICE = re.compile(r"<v((?:\.[^\s.<>]+)*)(?:[ \t]+([^<>]*))?>")
# The full stop of an initial or a title, as meeting programs write names (Ann L., Dr. Lee), ends no sentence.
_STOP = r"(?<=\b[^\W\d_])\.|(?<=\bDr|\bMr|\bMs|\bSt|\bJr|\bSr)\.|(?<=\bMrs)\.|(?<=\bProf)\."
# A name has a few words and no mark that ends a sentence; without a blank after the colon it is 12:30 or http://.
_NAME = re.compile(
    rf"(?!http)([^\s:.?!,;<>\[](?:[^:.?!,;<>\n\[]|{_STOP}){{0,39}}?)(?:[ \t]*\[([^\]\n]{{1,40}})\]\s*)?:(?:[ \t]+|$)"
)
_NAMELESS = re.compile(r"\[emotion: ([^\]\n]{1,40})\](?:[ \t]+|$)")
_DASH = re.compile(r"[-–—][ \t]*")
_SKIPPED_BLOCKS = ("NOTE", "STYLE", "REGION")


def explains_vtt(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file that begins with WebVTT's mark."""
    return float(re.match(r"WEBVTT(?:[ \t\r\n]|$)", file.head) is not None)


def explains_srt(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file whose first lines are a number and SubRip's times."""
    lines = file.peek.lines[:2]
    return float(len(lines) > 1 and lines[0].strip().isdecimal() and _TIMES.fullmatch(lines[1]) is not None)


@dataclass(slots=True)
class Line:
    """A line of the file.

    Attributes:
        number: counted from 1.
        text: without its end.
        end: its end, as the file has it.
        passed_over: whether it is wrong and skipped.
    """

    number: int
    text: str
    end: str
    passed_over: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue.

    Attributes:
        line: number of the line with its times.
        start: as the file has it.
        end: as the file has it.
        lines: those of its text.
    """

    line: int
    start: str
    end: str
    lines: list[Line]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(line.text for line in self.lines)


@dataclass(slots=True)
class Turn:
    """What is said by one speaker of a cue, and where it stands in the cue's text.

    Attributes:
        speaker: None where nobody is named.
        emotion: gold label.
        words: lines of what is said, without tags.
        begin: where its first line begins, with its tags.
        end: where its last line ends.
        voice: its voice tag; None where it is a line, with a name or without one.
        named: whether it is a line with a name.
        mark: places of the letters of its emotion in brackets.
        mark_place: where such an emotion goes.
    """

    speaker: str | None
    emotion: str | None
    words: list[str]
    begin: int = 0
    end: int = 0
    voice: re.Match[str] | None = None
    named: bool = False
    mark: list[int] = field(default_factory=list)
    mark_place: int = 0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, a turn per voice of each cue, with the cue's times in seconds.

    Raises:
        BadRow: text that belongs to no cue, or bytes of another encoding.
    """
    cues = (find_cue(block, reading) for block in read_blocks(file, reading))
    utterances = [utterance for cue in cues if cue is not None for _, utterance in read_turns(cue, reading)]
    if utterances:
        yield Conversation(reading.stem, utterances)


def read_blocks(file: OpenText, reading: Reading) -> Iterator[list[Line]]:
    """Yields all lines of the file in blocks, each with the blank line that ends it."""
    block: list[Line] = []
    lines = file.lines
    for raw in reading.rows(lines):
        text = raw.rstrip("\r\n")
        line = Line(lines.number, text, raw[len(text) :])
        block.append(line)
        try:
            check_characters(text, reading.source, lines.number)
        except BadRow as error:
            reading.skip(error)
            line.passed_over = True
        if not text.strip():
            yield block
            block = []
    if block:
        yield block


def find_cue(block: list[Line], reading: Reading) -> Cue | None:
    """Returns the cue of a block: an optional identifier, the times, then the text; None where it is none.

    Raises:
        BadRow: it is neither a cue nor a note.
    """
    lines = [line for line in block if line.text.strip() and not line.passed_over]
    for place, line in enumerate(lines[:2]):
        if times := _TIMES.fullmatch(line.text):
            return Cue(line.number, times[1], times[2], lines[place + 1 :])
    if lines and not lines[0].text.startswith(("WEBVTT", *_SKIPPED_BLOCKS)):
        advice = "a cue begins with times such as 00:00:01.000 --> 00:00:02.500, after a blank line"
        reading.skip(reading.bad(lines[0].number, f"text outside of a cue; {advice}"))
    return None


def read_turns(cue: Cue, reading: Reading) -> Iterator[tuple[Turn, Utterance]]:
    """Yields the turns of a cue: one per voice tag, or per line with a name or a dash; of an empty cue none.

    Raises:
        BadRow: a turn that cannot be read.
    """
    for turn in _split(cue.text):
        text = html.unescape("\n".join(turn.words)).strip()
        try:
            utterance = build_utterance(
                reading, cue.line, speaker=turn.speaker, text=text, emotion=turn.emotion, start=cue.start, end=cue.end
            )
        except BadRow as error:
            reading.skip(error)
        else:
            yield turn, utterance


def _split(text: str) -> list[Turn]:
    voices = list(_VOICE.finditer(text))
    before = text[: voices[0].start()] if voices else text
    turns = _split_lines(before) if TAG.sub("", before).strip() else []
    for place, voice in enumerate(voices):
        end = voices[place + 1].start() if place + 1 < len(voices) else len(text)
        speaker = html.unescape(voice[2] or "").strip() or None
        words = [TAG.sub("", text[voice.end() : end])]
        turns.append(Turn(speaker, _emotion(voice[1]), words, voice.start(), end, voice))
    return turns


def _split_lines(text: str) -> list[Turn]:
    """Returns the turns of lines without voice tags; a line that begins none continues the one above it."""
    turns: list[Turn] = []
    begin, first = 0, None
    for raw in text.split("\n"):
        line, places = _letters(raw, begin)
        first = begin + len(raw) - len(raw.lstrip()) if first is None else first
        turn = _begin_turn(line, places, is_first=not turns)
        if turn is not None:
            turn.begin = first
            turns.append(turn)
        elif turns:
            turns[-1].words.append(line)
        # Tags in a line of their own belong to the turn below them, where there is none above.
        if turns:
            turns[-1].end = begin + len(raw.rstrip()) if raw.strip() else turns[-1].end
            first = None
        begin += len(raw) + 1
    for turn in turns:
        for span in SPAN.finditer(text, turn.begin, turn.end):
            turn.emotion = turn.emotion or _emotion(span[1])
    return turns


def _begin_turn(line: str, places: list[int], is_first: bool) -> Turn | None:
    """Returns the turn that a line begins, by a name, a dash or as the first one; None where it continues."""
    said, dash, marks = 0, None, []
    while found := _NAMELESS.match(line, said) or (_DASH.match(line, said) if dash is None else None):
        if found.re is _DASH:
            dash = found
        else:
            marks.append(found)
        said = found.end()
    if marks and dash is None and said == len(line):
        # All that is said is no mark.
        said = marks.pop().start()
    cut = [place for mark in marks for place in places[mark.start() : mark.end()]]
    emotion = marks[0][1] if marks else None
    if name := _NAME.match(line, said):
        end = said + len(name[1].rstrip())
        cut += places[end : name.end(2) + 1] if name[2] else []
        speaker, words = html.unescape(name[1]).strip(), [line[name.end() :]]
        return Turn(speaker, name[2] or emotion, words, named=True, mark=cut, mark_place=places[end - 1] + 1)
    if dash or (is_first and line):
        return Turn(None, emotion, [line[said:]], mark=cut, mark_place=places[said])
    return None


def _letters(raw: str, begin: int) -> tuple[str, list[int]]:
    """Returns a line without tags and outer blanks, and where each of its letters stands, and then its end."""
    places: list[int] = []
    last = 0
    for tag in TAG.finditer(raw):
        places += range(last, tag.start())
        last = tag.end()
    places += range(last, len(raw))
    text = "".join(raw[place] for place in places)
    n_before = len(text) - len(text.lstrip())
    kept = places[n_before : len(text.rstrip())]
    return text.strip(), [begin + place for place in kept] + [begin + (kept[-1] + 1 if kept else len(raw))]


def _emotion(classes: str) -> str | None:
    """Returns the emotion among the classes of a tag, such as `.loud.emotion-no_joy`."""
    found = [name.removeprefix(EMOTION_CLASS) for name in classes.split(".") if name.startswith(EMOTION_CLASS)]
    return html.unescape(found[0]).replace("_", " ") if found else None
