"""Subtitles with speakers and times: WebVTT and SubRip (`.srt`).

Speakers are voice tags (`<v Ann>`), names before a colon at the start of a line (`Ann: …`), or marks of programs that
tell speakers apart (`[SPEAKER_00]: …`, `(speaker 0) …`, `>> ANN: …`). A line that begins with a dash is a turn of its
own. Emotions are read as gold labels: a class of the voice tag (`<v.emotion-joy Ann>`), which a player can colour, or
of a span in a line without one (`<c.emotion-joy>Ann: …</c>`); a word in brackets after the name (`Ann [joy]: …`), or,
where nobody is named, `[emotion: joy] …`, which no sound such as `[laughs]` is taken for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice, pairwise
from operator import le

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.subtitles.cues import TIMES, Cue, read_cues
from instructerc.formats.subtitles.rolling import join_rolling, seconds_of
from instructerc.formats.subtitles.turns import Speakers, Turn, begins_with_arrows, plain_turn, split_turns

_LONGEST_HEAD = 6
# Webex names who speaks in the identifier of a cue: 1 "Mia Kern" (3891)
# What people and sites put at the beginning and end of subtitles that they share, within so many cues.
_EDGE = 5
_ADVERTISED = re.compile(
    r"(?i)\b(?:opensubtitles|addic7ed|subscene|podnapisi|amara)\.(?:org|com|net)\b"
    r"|\A(?:[^\w]|<[^<>]*>)*(?:(?:sub(?:title)?s|captions)(?: (?:created|made|downloaded))? (?:by|from)"
    r"|untertitel(?:ung)? (?:von|im auftrag)|sous-titr(?:es|age) (?:par|réalisés? par|fr)"
    r"|subtítulos (?:por|de la)|sottotitoli (?:di|a cura di)|legendas (?:por|pela))\b"
)
_IDENTIFIER = re.compile(r'\d{1,6} "(?P<name>[^"]{1,80})" \(\d{1,20}\)')


def explains_vtt(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file that begins with WebVTT's mark."""
    return float(re.match(r"WEBVTT(?:[ \t\r\n]|$)", file.head) is not None)


def explains_srt(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file whose first lines are a number and SubRip's times; less below a heading "
    "or without numbers."""
    lines = file.peek.lines
    first = next((place for place, line in enumerate(lines[:_LONGEST_HEAD]) if TIMES.fullmatch(line)), len(lines))
    if first > len(lines) - 2:
        return 0.0
    if first == 1 and lines[0].strip().lstrip("\ufeff").isdecimal():
        return 1.0
    has_number = first > 1 and lines[first - 1].strip().isdecimal()
    return 0.7 * (first == 0 or (has_number and sum(TIMES.fullmatch(line) is not None for line in lines) > 1))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, a turn per speaker of each cue, with the cue's times in seconds.

    What rolling captions show again is read once.

    Raises:
        BadRow: text that belongs to no cue, or bytes of another encoding.
    """
    utterances = [turn for _, _, turn in say_cues(split_cues(read_cues(file, reading), reading), reading)]
    if utterances:
        yield Conversation(reading.stem, utterances)


def split_cues(cues: Sequence[Cue], reading: Reading) -> list[tuple[Cue, list[Turn]]]:
    """Returns the cues of a file, each with its turns, also those without words."""
    _tell_backwards(cues, reading)
    for cue in (*cues[:_EDGE], *cues[_EDGE:][-_EDGE:]):
        if _ADVERTISED.search(cue.text):
            reading.doubt(cue.line, "a cue about the subtitles themselves, such as who made them, read as said")
    speakers = Speakers(cue.text for cue in cues)
    split = [(cue, _turns_of(cue, speakers, reading)) for cue in cues]
    _go_on(split)
    for cue, turns in split:
        if '"' in cue.identifier and (named := _IDENTIFIER.fullmatch(cue.identifier.strip())) is not None:
            for turn in turns:
                turn.speaker = turn.speaker or named["name"]
    return split


def _go_on(split: Sequence[tuple[Cue, list[Turn]]]) -> None:
    """Gives cues without a mark to the one above, where `>>` stands before each name: it marks that another speaks."""
    if not any(">>" in cue.text or "&gt;&gt;" in cue.text for cue, _ in split):
        return
    marked = {id(turn) for cue, turns in split for turn in turns if begins_with_arrows(cue.text, turn)}
    if any(turn.speaker is not None and id(turn) not in marked for _, turns in split for turn in turns):
        return
    last: str | None = None
    for _, turns in split:
        for turn in turns:
            if id(turn) in marked:
                last = turn.speaker
            elif turn is turns[0]:
                turn.speaker = last


def _turns_of(cue: Cue, speakers: Speakers, reading: Reading) -> list[Turn]:
    turn = plain_turn(cue.text, speakers)
    return [turn] if turn is not None else split_turns(cue.text, speakers, partial(reading.doubt, cue.line))


def _tell_backwards(cues: Sequence[Cue], reading: Reading) -> None:
    """Tells of cues that begin before the one above them: the file may be unsorted, or two that were joined."""
    starts = [cue.start for cue in cues]
    # As text, which tells most of them, and sooner.
    if all(map(le, starts, islice(starts, 1, None))):
        return
    for one, other in pairwise(cues):
        if one.start > other.start and (seconds_of(one.start) or 0.0) > (seconds_of(other.start) or 0.0):
            reading.doubt(other.line, "a cue that begins before the one above it, kept in the file's order")


def say_cues(cues: Sequence[tuple[Cue, list[Turn]]], reading: Reading) -> Iterator[tuple[Cue, Turn, Utterance]]:
    """Yields what is said in cues, with the cue's times; captions that roll or grow are read once.

    Raises:
        BadRow: a turn that cannot be read.
    """
    for spoken in join_rolling(cues):
        if spoken.is_again:
            reading.repair(spoken.cue.line, "{n} caption(s) that show again what was shown: read once")
            continue
        turn, cue = spoken.turn, spoken.cue
        try:
            utterance = build_utterance(
                reading,
                cue.line,
                speaker=turn.speaker,
                text=turn.text,
                emotion=turn.emotion,
                start=spoken.start,
                end=spoken.end,
            )
        except BadRow as error:
            reading.skip(error)
        else:
            yield cue, turn, utterance


def spoken_turns(cue: Cue, speakers: Speakers, reading: Reading) -> list[Turn]:
    """Returns the turns of a cue that have words; those without, such as a name alone, are left out and counted."""
    spoken = []
    for turn in _turns_of(cue, speakers, reading):
        if turn.text:
            spoken.append(turn)
        else:
            reading.repair(cue.line, "{n} turn(s) without words: left out")
    return spoken
