"""Transcripts with the name on a line of its own and the words below it, as people write interviews.

`### Interviewer`, `**P3**`, `[P3]`, an underlined name or a bare one; names come again, which titles do not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.plain.page_lines import PAGES, is_page_line
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.stamps import Times, read_times, spans_of
from instructerc.formats.shared.written_lines import WrittenLine, written_lines
from instructerc.formats.speech.interview_parts import is_interviewed, is_part, is_program, speaks_of_us
from instructerc.formats.speech.name_lines import BARE, NameLine, find_name_lines, find_speaking

_HEADINGS = "{n} heading(s) or rule(s): left out"
_TIMES = "{n} line(s) with nothing but a time: left out"
_BEFORE = "{n} line(s) before the first speaker: left out"
_BELOW_HEADINGS = "{n} line(s) below a heading that names nobody: left out"

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_RULE = re.compile(r"(?:[-=*_~] ?){3,}")
_HEADING = re.compile(r"#{1,6}(?=\s)")
# What stands in lists, tables, code and pages, and hardly in what is said.
_LISTED = re.compile(r"[-+*•] |\d{1,3}[.)] |`{3}|\||!\[|</?\w|.*[{}\[;]$")
_ASKS = re.compile(r"[?？؟]")
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]]{0,3}\Z")
_FEWEST = 3
_MOST_LINES = 2000
_LONGEST_HEAD = 12
_LONGEST_TURN = 50
_MOST_WORDS = 3


@dataclass(slots=True)
class _Turn:
    """A line that names somebody, and what stands below it."""

    head: NameLine
    is_once: bool
    times: Times | None
    words: list[str] = field(default_factory=list)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines that stand below names, if these are surely people who talk to each other."""
    if file.peek.begins_like_json:
        return 0.0
    texts = _LINE_ENDS.split(file.peek.head)
    texts = texts if file.peek.whole else texts[:-1]
    lines = [WrittenLine(number, text.strip()) for number, text in enumerate(texts, 1) if text.strip()][:_MOST_LINES]
    turns = _take_apart(lines)
    if not turns or not _is_talk(turns, lines):
        return 0.0
    n_said = sum(len(turn.words) for turn in turns) + sum(turn.head.words_from - turn.head.place for turn in turns)
    # A title and a few lines of who, when and where stand above many.
    return min(1.0, (n_said + 0.5 * min(turns[0].head.place, _LONGEST_HEAD)) / len(lines))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, a turn for each name, with all paragraphs below it.

    Titles, headings of sections, rules and numbers of pages are left out and counted. Times beside the names or in the
    lines below them become starts, in seconds.

    Raises:
        InputError: no two names stand on lines of their own.
        BadRow: a line with NUL characters or bytes of another encoding.
    """
    turns = _take_apart(list(written_lines(file, reading)), reading)
    if not turns and not reading.n_skipped:
        raise InputError(
            f"{reading.source}: no two names come again on lines of their own, such as '### Interviewer' or '**P3**', "
            "with the words below them"
        )
    utterances = list(_utterances(turns, reading))
    if utterances:
        yield Conversation(reading.stem, utterances)


def _utterances(turns: Sequence[_Turn], reading: Reading) -> Iterator[Utterance]:
    spans = spans_of([turn.times for turn in turns])
    for turn, (start, end) in zip(turns, spans, strict=True):
        number, said = turn.head.number, turn.words
        if not said:
            reading.repair(number, "{n} heading(s) without words: left out")
            continue
        if turn.is_once:
            reading.doubt(number, "a speaker seen once")
        if all(text.startswith(">") for text in said):
            said = [quoted for text in said if (quoted := text.lstrip("> "))]
        try:
            yield build_utterance(reading, number, speaker=turn.head.name, text="\n".join(said), start=start, end=end)
        except BadRow as error:
            reading.skip(error)


def _take_apart(lines: Sequence[WrittenLine], reading: Reading | None = None) -> list[_Turn]:
    """Returns the turns of a file; what is left out is counted in the reading."""
    in_code = _places_of_code(lines)
    found = [one for one in find_name_lines(lines) if one.place not in in_code]
    speaking = find_speaking(found)
    if not speaking:
        return []
    counts = Counter(one.key for one in speaking)
    named = {one.place: _Turn(one, counts[one.key] == 1 and len(speaking) > _FEWEST, one.times) for one in speaking}
    is_chat = any(is_program(one.name) for one in speaking)
    for one in () if is_chat else _others(found, speaking, len(lines)):
        if one.style != BARE:
            named[one.place] = _Turn(one, True, one.times)
        elif reading is not None:
            reading.doubt(one.number, "a line that may be a name, read as words")
    # Answers of programs have headings of their own.
    level = 0 if is_chat else max(len(one.style) if one.style[0] == "#" else 0 for one in speaking)
    turns: list[_Turn] = []
    turn: _Turn | None = None
    words_from = 0
    for place, line in enumerate(lines):
        if place in named:
            turn = named[place]
            turns.append(turn)
            words_from = turn.head.words_from
        elif place >= words_from:
            why = None if place in in_code else _why_left_out(line.text)
            heading = _HEADING.match(line.text) if why is _HEADINGS else None
            if heading is not None and len(heading[0]) <= level:
                # What stands below the heading of a section is said by none of those above it.
                turn = None
            elif why is _TIMES and (timed := _turn_beside(place, turn, named)) is not None:
                timed.times, why = _time_alone(line.text), ""
            if why is None and turn is not None:
                turn.words.append(line.text)
            elif why != "" and reading is not None:
                reading.repair(line.number, why or (_BELOW_HEADINGS if turns else _BEFORE))
    return turns


def _turn_beside(place: int, turn: _Turn | None, named: Mapping[int, _Turn]) -> _Turn | None:
    """Returns the turn without a time whose name stands in the line above or below; None where there is none."""
    if turn is not None and turn.times is None and not turn.words and turn.head.words_from == place:
        return turn
    below = named.get(place + 1)
    return below if below is not None and below.times is None else None


def _places_of_code(lines: Sequence[WrittenLine]) -> frozenset[int]:
    """Returns the places of lines between fences, where `#` begins no heading."""
    places: set[int] = set()
    fence = ""
    for place, line in enumerate(lines):
        if fence:
            places.add(place)
        if line.text.startswith(fence or ("```", "~~~")):
            fence = "" if fence else line.text[:3]
    # A fence that is never closed is none.
    return frozenset() if fence else frozenset(places)


def _others(found: Sequence[NameLine], speaking: Sequence[NameLine], n_lines: int) -> list[NameLine]:
    """Returns the lines in the speakers' style that name somebody who may speak, though only once."""
    styles, known = {one.style for one in speaking}, {one.key for one in speaking}
    heads = {one.place for one in found if one.style in styles}
    return [
        one
        for one in found
        if one.style in styles
        and one.key not in known
        and one.place > speaking[0].place
        and one.is_free
        and shape_of(one.name) == Shape.NAME
        and len(one.name.split()) <= _MOST_WORDS
        and one.words_from < n_lines
        and one.words_from not in heads
    ]


def _why_left_out(text: str) -> str | None:
    """Returns the note of a line that nobody says; None of what is said."""
    if text[0].isalpha():
        # As most lines do, and then they are no heading, rule or time.
        return PAGES if is_page_line(text) else None
    if _HEADING.match(text) is not None or _RULE.fullmatch(text) is not None:
        return _HEADINGS
    if is_page_line(text):
        return PAGES
    return _TIMES if _time_alone(text) is not None else None


def _time_alone(text: str) -> Times | None:
    """Returns the time that is all of a line, in brackets or with seconds."""
    if text[-1:] not in "])0123456789" or not text[:2].strip("[(").isdecimal():
        return None
    times = read_times(text)
    is_whole = times is not None and times.ends_at == len(text)
    return times if times is not None and is_whole and (text[0] in "[(" or len(times.numbers) > 2) else None


def _is_talk(turns: Sequence[_Turn], lines: Sequence[WrittenLine]) -> bool:
    """Returns whether turns are those of people who talk, and not the parts of a document, a song or a list."""
    heads = [turn.head for turn in turns]
    n_spoken = sum(bool(turn.words) for turn in turns)
    if len(turns) < _FEWEST or n_spoken < 0.8 * len(turns) or len(lines) > _LONGEST_TURN * len(turns):
        return False
    n_changes = sum(one.key != other.key for one, other in pairwise(heads))
    # Names with a colon are of another form, unless they are headings.
    n_colons = sum(head.has_colon and head.style[0] != "#" for head in heads)
    if n_changes < 0.6 * (len(turns) - 1) or 2 * n_colons > len(turns):
        return False
    if all(is_part(head.name) for head in heads):
        return True
    if _are_parts_of_document(turns, lines):
        return False
    return sum(is_interviewed(head.name) for head in heads) > 0.3 * len(heads) or _sounds_spoken(turns)


def _are_parts_of_document(turns: Sequence[_Turn], lines: Sequence[WrittenLine]) -> bool:
    """Returns whether names are headings below others which come as often, or have lists below them."""
    level = max(len(turn.head.style) if turn.head.style[0] == "#" else 7 for turn in turns)
    first = turns[0].head.place
    headings = [place for place, line in enumerate(lines) if (one := _HEADING.match(line.text)) and len(one[0]) < level]
    n_above = sum(place > first for place in headings) + any(place < first for place in headings)
    words = [text for turn in turns for text in turn.words]
    return (n_above > 1 and 3 * n_above > len(turns)) or sum(map(bool, map(_LISTED.match, words))) > 0.3 * len(words)


def _sounds_spoken(turns: Sequence[_Turn]) -> bool:
    """Returns whether people whose names may be anything ask, and speak of themselves and of each other."""
    said = [" ".join(turn.words) for turn in turns]
    n_asked = sum(_ASKS.search(text) is not None for text in said)
    n_us = sum(map(speaks_of_us, said))
    names = Counter(turn.head.key for turn in turns)
    if n_asked < max(1.0, 0.1 * len(turns)) or n_us < 0.3 * len(turns) or 2 * len(names) > len(turns):
        return False
    if all(turn.head.style != BARE for turn in turns):
        return True
    # Lines of a song or a poem may be words that come again, too.
    n_sentences = sum(_ENDS.search(text) is not None for text in said)
    is_free = all(turn.head.is_free for turn in turns) and turns[0].head.place <= _LONGEST_HEAD
    return is_free and len(turns) > _FEWEST and n_sentences >= 0.6 * len(turns)


FORMATS = (
    Format(
        name="names-above",
        title="transcripts with the name on a line above the words",
        about="`### Interviewer`, `**P3**`, `[P3]`, an underlined name or a bare one on a line of its own, with the "
        "words below it; names must come again; titles and headings of sections are left out",
        times="if given",
        file=Text(Sureness.SYNTAX, explains, read),
    ),
)
