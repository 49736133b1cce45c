"""Subtitles with speakers and times: WebVTT and SubRip (`.srt`), read and written.

Speakers are voice tags (`<v Ann>`), or names before a colon at the start of a line (`Ann: …`). A line that begins with
a dash is a turn of its own. Emotions are a class of the voice tag (`<v.emotion-joy Ann>`), which a player can colour,
or, in SubRip, a word in brackets after the name (`Ann [joy]: …`); they are read as gold labels.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.decoding import OpenText, check_characters
from instructerc.corpora.options import ReadOptions
from instructerc.corpora.reading import Reading, build_utterance
from instructerc.errors import BadRow, InputError

VTT_EXTENSIONS, SRT_EXTENSIONS = (".vtt",), (".srt",)

_TIMES = re.compile(r"\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})(?:\s.*)?")
_VOICE = re.compile(r"<v((?:\.[^\s.>]+)*)(?:[ \t]+([^>]*))?>")
_TAG = re.compile(r"</?(?:v|c|i|b|u|s|ruby|rt|lang|font)(?:[.\s][^>]*)?>|<[\d:.]+>|\{\\[^}]*\}")
# A name has a few words and no mark that ends a sentence; without a blank after the colon it is 12:30 or http://.
_NAME = re.compile(r"(?!http)([^\s:.?!,;<>\[][^:.?!,;<>\n\[]{0,39}?)(?:[ \t]*\[([^\]\n]{1,40})\])?:(?:[ \t]+|$)")
_DASH = re.compile(r"[-–—][ \t]*")
_SKIPPED_BLOCKS = ("NOTE", "STYLE", "REGION")
_EMOTION = "emotion-"
_LAST_SECONDS = 3.0


def matches_vtt(text: OpenText, options: ReadOptions) -> bool:
    """Says whether the file begins with WebVTT's mark."""
    return re.match(r"WEBVTT(?:[ \t\r\n]|$)", text.head) is not None


def matches_srt(text: OpenText, options: ReadOptions) -> bool:
    """Says whether the first lines are a number and SubRip's times."""
    lines = [line for line in text.head.splitlines()[:6] if line.strip()]
    return len(lines) > 1 and lines[0].strip().isdecimal() and _TIMES.fullmatch(lines[1]) is not None


@dataclass(slots=True)
class _Cue:
    line: int
    start: str
    end: str
    text: list[str] = field(default_factory=list)


def read(reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, a turn per voice of each cue, with the cue's times in seconds.

    Raises:
        BadRow: text that belongs to no cue, or bytes of another encoding.
    """
    utterances = [turn for cue in _cues(reading) for turn in _turns(cue, reading)]
    if utterances:
        yield Conversation(reading.text.stem, utterances)


def _cues(reading: Reading) -> Iterator[_Cue]:
    """Yields cues; blocks begin after blank lines, and one without times is a note, or wrong."""
    block: list[tuple[int, str]] = []
    lines = reading.text.lines
    for raw in reading.rows(lines):
        line = raw.rstrip("\r\n")
        try:
            check_characters(line, reading.text.source, lines.number)
        except BadRow as error:
            reading.skip(error)
            continue
        if line.strip():
            block.append((lines.number, line))
        elif block:
            yield from _cue(block, reading)
            block = []
    if block:
        yield from _cue(block, reading)


def _cue(block: list[tuple[int, str]], reading: Reading) -> Iterator[_Cue]:
    """Yields the cue of a block: an optional identifier, the times, then the text."""
    for place, (number, line) in enumerate(block[:2]):
        if times := _TIMES.fullmatch(line):
            yield _Cue(number, times[1], times[2], [text for _, text in block[place + 1 :]])
            return
    number, first = block[0]
    if first.startswith(("WEBVTT", *_SKIPPED_BLOCKS)):
        return
    advice = "a cue begins with times such as 00:00:01.000 --> 00:00:02.500, after a blank line"
    try:
        raise reading.bad(number, f"text outside of a cue; {advice}")
    except BadRow as error:
        reading.skip(error)


def _turns(cue: _Cue, reading: Reading) -> Iterator[Utterance]:
    """Yields the turns of a cue: one per voice tag, or per line with a name or a dash; of an empty cue none."""
    for speaker, emotion, text in _split("\n".join(cue.text)):
        try:
            yield build_utterance(
                reading, cue.line, speaker=speaker, text=text, emotion=emotion, start=cue.start, end=cue.end
            )
        except BadRow as error:
            reading.skip(error)


def _split(text: str) -> list[tuple[str | None, str | None, str]]:
    """Returns speaker, emotion and words of each turn in a cue's text."""
    voices = list(_VOICE.finditer(text))
    found: list[tuple[str | None, str | None, str]] = []
    if before := text[: voices[0].start() if voices else len(text)].strip():
        found += _named_lines(before)
    for place, voice in enumerate(voices):
        words = text[voice.end() : voices[place + 1].start() if place + 1 < len(voices) else len(text)]
        classes = [name.removeprefix(_EMOTION) for name in voice[1].split(".") if name.startswith(_EMOTION)]
        emotion = html.unescape(classes[0]).replace("_", " ") if classes else None
        found.append((html.unescape(voice[2] or "").strip() or None, emotion, _plain(words)))
    return found


def _named_lines(text: str) -> list[tuple[str | None, str | None, str]]:
    turns: list[tuple[str | None, str | None, list[str]]] = []
    for raw in text.split("\n"):
        line = _TAG.sub("", raw).strip()
        dash = _DASH.match(line)
        line = line[dash.end() :] if dash else line
        name = _NAME.match(line)
        if name:
            turns.append((html.unescape(name[1]).strip(), name[2], [line[name.end() :]]))
        elif dash or not turns:
            turns.append((None, None, [line]))
        else:
            turns[-1][2].append(line)
    return [(speaker, emotion, html.unescape("\n".join(lines)).strip()) for speaker, emotion, lines in turns]


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()


def write_vtt(conversation: Conversation, stream: TextIO) -> None:
    """Writes a conversation as WebVTT: a cue per turn with its speaker as the voice, and its emotion as a class of it.

    Blank lines and outer blanks of a text are not kept, since a blank line ends a cue; nor are the underscores of a
    label, which stand for blanks. A turn without an end lasts until the next one begins, and the last one 3 seconds.

    Raises:
        InputError: a turn without a start time.
    """
    stream.write("WEBVTT\n")
    for start, end, turn in _timed(conversation, "WebVTT"):
        mark = "" if turn.emotion is None else f".{_EMOTION}{html.escape('_'.join(turn.emotion.split()), quote=False)}"
        speaker = html.escape(" ".join(turn.speaker.split()), quote=False)
        text = html.escape(_lines(turn.text), quote=False)
        stream.write(f"\n{_clock(start, '.')} --> {_clock(end, '.')}\n<v{mark} {speaker}>{text}</v>\n")


def write_srt(conversation: Conversation, stream: TextIO) -> None:
    """Writes a conversation as SubRip: numbered cues, `Ann: …`, or `Ann [joy]: …` with an emotion.

    What `write_vtt` does not keep is not kept here either. SubRip has no escapes, so a text that looks like a tag, or a
    name with a mark in it, reads otherwise than it was written.

    Raises:
        InputError: a turn without a start time.
    """
    for number, (start, end, turn) in enumerate(_timed(conversation, "SubRip"), 1):
        mark = "" if turn.emotion is None else f" [{turn.emotion}]"
        speaker = " ".join(turn.speaker.split())
        times = f"{_clock(start, ',')} --> {_clock(end, ',')}"
        stream.write(f"{number}\n{times}\n{speaker}{mark}: {_lines(turn.text)}\n\n")


def _timed(conversation: Conversation, kind: str) -> Iterator[tuple[float, float, Utterance]]:
    turns = conversation.utterances
    for place, turn in enumerate(turns):
        if turn.start is None or turn.start < 0:
            raise InputError(
                f"{kind} needs the time at which each turn begins; turn {place + 1} of {conversation.id!r} has none; "
                "write jsonl or csv"
            )
        following = turns[place + 1].start if place + 1 < len(turns) else None
        end = turn.end if turn.end is not None else following if following is not None else turn.start + _LAST_SECONDS
        yield turn.start, max(turn.start, end), turn


def _lines(text: str) -> str:
    return "\n".join(line for line in re.split(r"[\r\n]+", text) if line.strip())


def _clock(seconds: float, mark: str) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}{mark}{milliseconds:03}"
