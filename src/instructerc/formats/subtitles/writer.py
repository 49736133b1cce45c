"""Subtitles written: as a new file from a conversation, or as a copy of their own file with the emotions in it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TextIO

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.shared.answers import Answers, Edit, splice
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.reading import Reading
from instructerc.formats.subtitles.cues import find_cues, read_lines
from instructerc.formats.subtitles.reader import say_cues, split_cues
from instructerc.formats.subtitles.turns import EMOTION_CLASS, SPAN, TAG, Turn

_SPAN_OR_END = re.compile(r"<(/?)c(?:[.\s][^>]*)?>")
_LAST_SECONDS = 3.0


def write_vtt(conversation: Conversation, stream: TextIO) -> None:
    """Writes a conversation as WebVTT: a cue per turn with its speaker as the voice, and its emotion as a class of it.

    Blank lines and outer blanks of a text are not kept, since a blank line ends a cue; nor are the underscores of a
    label, which stand for blanks. A turn without an end lasts until the next one begins, and the last one 3 seconds.

    Raises:
        InputError: a turn without a start time.
    """
    stream.write("WEBVTT\n")
    for start, end, turn in _timed(conversation, "WebVTT"):
        mark = "" if turn.emotion is None else _class_of(turn.emotion)
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


def annotate_vtt(file: OpenText, reading: Reading, answers: Answers, stream: TextIO) -> None:
    """Writes a copy of WebVTT in which each turn has its emotion, in place of an older one; all else stays.

    A voice tag gets a class, `<v.emotion-joy Ann>`. A turn that is a line is put into a span of such a class; where it
    has its emotion in brackets already, that one is changed. A turn without an answer has no emotion.

    Raises:
        InputError: the answers are not this file's.
        BadRow: as in reading.
    """
    _annotate(file, reading, answers, stream, _add_span)


def annotate_srt(file: OpenText, reading: Reading, answers: Answers, stream: TextIO) -> None:
    """Writes a copy of SubRip in which each turn has its emotion, in place of an older one; all else stays.

    A line with a name becomes `Ann [joy]: …`, one without `[emotion: joy] …`, which stands behind a speaker's mark
    without a colon, such as `(speaker 0)`. A voice tag gets a class, and a span that
    has an emotion another one. A turn without an answer has no emotion. A label with a closing bracket in it, or of
    more than 40 letters, is written but not read again.

    Raises:
        InputError: the answers are not this file's.
        BadRow: as in reading.
    """
    _annotate(file, reading, answers, stream, _set_mark)


def _annotate(
    file: OpenText,
    reading: Reading,
    answers: Answers,
    stream: TextIO,
    add: Callable[[str, Turn, str | None], list[Edit]],
) -> None:
    lines = read_lines(file, reading)
    said = say_cues(split_cues(find_cues(lines, reading), reading), reading)
    for _, of_cue in groupby(said, key=lambda one: one[0].line):
        edits: list[Edit] = []
        for cue, turn, utterance in of_cue:
            edits += _edits(cue.text, turn, answers.take(utterance).emotion, add)
        if edits:
            for place, changed in zip(cue.places, splice(cue.text, edits).split("\n"), strict=True):
                raw = lines.raw[place]
                # A blank line would end the cue.
                lines.raw[place] = (
                    raw[: lines.beside.get(place, 0)]
                    + (changed if changed.strip() else "<c></c>")
                    + raw[len(raw.rstrip("\r\n")) :]
                )
    stream.writelines(lines.raw)


def _edits(
    text: str, turn: Turn, emotion: str | None, add: Callable[[str, Turn, str | None], list[Edit]]
) -> list[Edit]:
    """Returns what gives a turn its emotion: where it has one already, there, else as `add` does it."""
    if turn.voice is not None:
        begin, end = turn.voice.span(1)
        return [(begin, end, _other_classes(turn.voice[1]) + ("" if emotion is None else _class_of(emotion)))]
    edits = _set_mark(text, turn, emotion) if turn.mark else []
    edits += _set_spans(text, turn, emotion)
    return edits or ([] if emotion is None else add(text, turn, emotion))


def _set_mark(text: str, turn: Turn, emotion: str | None) -> list[Edit]:
    """Returns what puts an emotion in brackets, in place of an older one."""
    new = f" [{emotion}]" if turn.named else f"[emotion: {emotion}] "
    # Letter by letter, as tags may stand between.
    cut = [(place, place + 1, "") for place in turn.mark]
    return [(turn.mark_place, turn.mark_place, "" if emotion is None else new), *cut]


def _add_span(text: str, turn: Turn, emotion: str | None) -> list[Edit]:
    """Returns what puts a turn into a span; without its outer tags, where one of them ends or begins elsewhere."""
    begin, end = turn.begin, turn.end
    if emotion is None:
        return []
    tags = list(TAG.finditer(text, begin, end))
    if not _is_balanced(tags):
        for tag in tags:
            begin = tag.end() if tag.start() == begin else begin
        for tag in reversed(tags):
            end = tag.start() if tag.end() == end > begin else end
    return [(begin, begin, f"<c{_class_of(emotion)}>"), (end, end, "</c>")]


def _set_spans(text: str, turn: Turn, emotion: str | None) -> list[Edit]:
    """Returns what changes the emotion of a turn's spans: one has it, and one that has no other class goes."""
    edits: list[Edit] = []
    spans = [span for span in SPAN.finditer(text, turn.begin, turn.end) if span[1] != _other_classes(span[1])]
    ends = _ends_of_spans(text, turn) if spans else {}
    for span in spans:
        classes = _other_classes(span[1]) + ("" if emotion is None or edits else _class_of(emotion))
        if classes:
            edits.append((*span.span(1), classes))
        else:
            edits += [(*span.span(), ""), *([(*ends[span.start()], "")] if span.start() in ends else [])]
    return edits


def _ends_of_spans(text: str, turn: Turn) -> dict[int, tuple[int, int]]:
    """Returns where the end tag of each span of a turn stands, by the place of the span."""
    ends: dict[int, tuple[int, int]] = {}
    waiting: list[int] = []
    last = None
    for tag in _SPAN_OR_END.finditer(text, turn.begin, turn.end):
        if not tag[1]:
            waiting.append(tag.start())
            continue
        last = tag.span()
        if waiting:
            ends[waiting.pop()] = last
    # A span that was put around one without an end has the end that seems to be the inner one's.
    if waiting and last is not None:
        ends[waiting[0]] = last
    return ends


def _is_balanced(tags: list[re.Match[str]]) -> bool:
    """Returns whether each tag that begins has its end, and each end its beginning."""
    names: list[str] = []
    for tag in tags:
        if tag["name"] and not tag[0].startswith("</"):
            names.append(tag["name"])
        elif tag["name"] and (not names or names.pop() != tag["name"]):
            return False
    return not names


def _class_of(emotion: str) -> str:
    # A class ends at a blank or a full stop.
    name = html.escape("_".join(emotion.split()), quote=False).replace(".", "&#46;")
    return f".{EMOTION_CLASS}{name}"


def _other_classes(classes: str) -> str:
    """Returns the classes of a tag without emotions, such as `.loud`."""
    return "".join(f".{name}" for name in classes.split(".")[1:] if not name.startswith(EMOTION_CLASS))


def _timed(conversation: Conversation, kind: str) -> Iterator[tuple[float, float, Utterance]]:
    turns = conversation.utterances
    for place, turn in enumerate(turns):
        if turn.start is None or turn.start < 0:
            raise InputError(
                f"{kind} needs the start time of each turn; turn {place + 1} of {conversation.id!r} has none; "
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
