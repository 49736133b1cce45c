"""Transcripts of Google Meet as text or Markdown: times as headings, and `Name: words` below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import clock_seconds
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import NameJudge, tidy_name
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.written_lines import WrittenLine, written_lines

_TIME = re.compile(r"[#*\s]*(\d{1,2}:\d{2}:\d{2})[*\s]*")
# `**Ann Lee:** words`, `**Ann Lee**: words` and `Ann Lee: words`.
_NAMED = re.compile(r"\s*(?:\*\*)?([^:*\n]{1,80}?)(?:\*\*)?:(?:\*\*)?\s+(\S.*)")
_TRANSCRIPT = "transcript|transkript|transcription|transcripción|trascrizione|transcrição|transcriptie|文字起こし"
_TITLE = re.compile(rf"[#*\s]*(?:📖\s*)?(?:.{{1,200}} [-–] )?(?:{_TRANSCRIPT})[*\s]*", re.IGNORECASE)
_END = re.compile(
    r".{1,80} \d{1,2}:\d{2}:\d{2}\s*👋"
    r"|[#*\s]*(?:(?:Transcription|Meeting) ended after|Die Transkription endete nach|Transkription beendet nach"
    r"|La transcription s'est terminée après|La transcripción (?:finalizó|terminó) después de"
    r"|La trascrizione è terminata dopo|A transcrição (?:foi encerrada|terminou) após) \d[\d:]*.*",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"[*_\s]*(?:This editable transcript was computer generated|Dieses bearbeitbare Transkript wurde"
    r"|Cette transcription modifiable|Esta transcripción editable|Questa trascrizione modificabile"
    r"|Esta transcrição editável).*"
)
_ESCAPED = re.compile(r"\\([-*_.#!\[\]()+>~`])")
_ABOVE = "{n} line(s) above the transcript, such as who attended: left out"
_BELOW = "{n} line(s) of Google Meet itself: left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns how much of the lines from the first time on are times or begin with names; 0 without Meet's marks.

    Its marks are the title, the line with which the transcription ends, and a first time of exactly zero.
    """
    lines = [WrittenLine(number, line) for number, line in enumerate(file.peek.lines, 1)]
    begin = _begin(lines)
    if begin is None:
        return 0.0
    body = [line.text for line in lines[begin:]]
    below_times = sum(bool(_TIME.fullmatch(one) and _NAMED.fullmatch(two)) for one, two in pairwise(body))
    starts = bool(body) and (time := _TIME.fullmatch(body[0])) is not None and clock_seconds(time[1]) == 0
    marks = any(_is_title(line.text) for line in lines[:begin])
    marks |= any(_END.fullmatch(line) or _REMARK.fullmatch(line) for line in body)
    if not (marks or (starts and below_times)):
        return 0.0
    n_known = sum(bool(any(one.fullmatch(line) for one in (_TIME, _NAMED, _END, _REMARK))) for line in body)
    share = n_known / len(body)
    return share if marks else share * len(body) / len(lines)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the meeting as one conversation, a turn for each line that begins with a name.

    The turn below a time begins at it, in seconds of the recording; of the others it is not known. Lines above the
    first time, such as the title, notes and who attended, and those of Meet itself, are left out and counted.

    Raises:
        InputError: neither a time as a heading nor the title, with a name below it.
        BadRow: a line with bytes of another encoding.
    """
    lines = list(written_lines(file, reading))
    for line in lines:
        if "\\" in line.text:
            line.text = _ESCAPED.sub(r"\1", line.text)
    begin = _begin(lines)
    if begin is None:
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no time such as 00:00:00 as a heading, with 'Name: words' below it")
    for line in lines[:begin]:
        reading.repair(line.number, _ABOVE)
    utterances = list(_turns(lines[begin:], reading))
    if utterances:
        yield Conversation(reading.stem, utterances)


def _begin(lines: Sequence[WrittenLine]) -> int | None:
    """Returns the place of the first time with a name below it, or of a name below the title; None without either."""
    shown = (line for line in lines if not _REMARK.fullmatch(line.text))
    for line, below in pairwise(shown):
        if _TIME.fullmatch(line.text) and (_NAMED.fullmatch(below.text) or _TIME.fullmatch(below.text)):
            return lines.index(line)
        if _is_title(line.text) and _NAMED.fullmatch(below.text):
            return lines.index(below)
    return None


def _is_title(text: str) -> bool:
    # The word for a transcript begins alike in most languages, and few lines have it.
    return ("tra" in text.casefold() or "文字起こし" in text) and _TITLE.fullmatch(text) is not None


def _turns(lines: Sequence[WrittenLine], reading: Reading) -> Iterator[Utterance]:
    named = [(line, _NAMED.fullmatch(line.text)) for line in lines]
    judge = NameJudge((tidy_name(found[1]) for _, found in named if found), len(lines))
    turns: list[tuple[WrittenLine, str, list[str], float | None]] = []
    start: float | None = None
    for line, found in named:
        if time := _TIME.fullmatch(line.text):
            start = clock_seconds(time[1])
        elif _END.fullmatch(line.text) or _REMARK.fullmatch(line.text):
            reading.repair(line.number, _BELOW)
        elif found and (not turns or judge.is_speaker(tidy_name(found[1]))):
            turns.append((line, tidy_name(found[1]), [found[2].strip()], start))
            start = None
        elif turns:
            if found:
                reading.doubt(line.number, "a colon read as part of a sentence")
            turns[-1][2].append(line.text.strip())
        else:
            reading.repair(line.number, _ABOVE)
    for line, speaker, words, begin in turns:
        try:
            yield build_utterance(reading, line.number, speaker=speaker, text="\n".join(words), start=begin)
        except BadRow as error:
            reading.skip(error)


FORMATS = (
    Format(
        name="google-meet",
        title="Google Meet's transcripts",
        about="a transcript of Google Meet saved as text or Markdown: times as headings, `Name: words` below them",
        times="at the headings",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
