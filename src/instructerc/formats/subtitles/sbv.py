"""YouTube's captions as SubViewer text (`.sbv`): two times in a line, the words below them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.shared.empty import is_blank
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.subtitles.cues import Cue
from instructerc.formats.subtitles.reader import say_cues, spoken_turns
from instructerc.formats.subtitles.turns import Speakers

_CLOCK = r"\d{1,3}:\d{2}:\d{2}[.:]\d{1,3}"
_TIMES = re.compile(rf"({_CLOCK})\s*,\s*({_CLOCK})")
_BREAK = re.compile(r"\[br\]", re.IGNORECASE)
_HEADING = re.compile(r"\[[A-Z ]{1,30}\].*|[A-Z]{1,12}=.*")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file whose first line has two times with a comma; SubViewer's headings may stand above it."""
    lines = [line.strip() for line in file.peek.lines]
    first = next((line for line in lines if not _HEADING.fullmatch(line)), "")
    return float(_TIMES.fullmatch(first) is not None)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, a turn per speaker of each cue, with the cue's times in seconds.

    Raises:
        InputError: no line has times.
        BadRow: times that are none, or bytes of another encoding.
    """
    cues = list(_read_cues(file, reading))
    if not cues and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line has times such as 0:00:00.599,0:00:04.160")
    speakers = Speakers(cue.text for cue in cues)
    turns = [(cue, spoken_turns(cue, speakers, reading)) for cue in cues if cue.text]
    utterances = [utterance for _, _, utterance in say_cues(turns, reading)]
    if utterances:
        yield Conversation(reading.stem, utterances)


def _read_cues(file: OpenText, reading: Reading) -> Iterator[Cue]:
    lines = file.lines
    cue, said = None, list[str]()
    for raw in reading.rows(lines):
        text = "" if is_blank(raw) else raw.strip()
        if text[:1].isdecimal() and (times := _TIMES.fullmatch(text)):
            if cue is not None:
                cue.text = "\n".join(said)
                yield cue
            cue, said = Cue(lines.number, _clock(times[1]), _clock(times[2]), ""), []
            continue
        if not text.isascii() or "\0" in text:
            try:
                check_characters(text, reading.source, lines.number)
            except BadRow as error:
                reading.skip(error)
                continue
        if cue is None and text:
            reading.repair(lines.number, "{n} line(s) before the first times: left out")
        elif cue is not None:
            parts = _BREAK.split(text) if "[" in text else [text]
            said += [part for part in parts if part.strip()]
    if cue is not None:
        cue.text = "\n".join(said)
        yield cue


def _clock(time: str) -> str:
    """Returns a time as other subtitles have it; in old files a colon parts the fraction."""
    place = max(time.rfind("."), time.rfind(":"))
    return f"{time[:place]}.{time[place + 1 :]}"
