"""A file with names on lines of their own, taken apart: each name with the words below it, and what is nobody's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from instructerc.formats.names_above.interview_parts import is_program
from instructerc.formats.names_above.name_lines import BARE, DASHED, NameLine, find_name_lines, find_speaking
from instructerc.formats.plain.page_lines import PAGES, places_of_pages
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.stamps import CLOCK, Times, read_times
from instructerc.formats.shared.written_lines import WrittenLine

_HEADINGS = "{n} heading(s) or rule(s): left out"
_TIMES = "{n} line(s) with nothing but a time: left out"
_BEFORE = "{n} line(s) before the first speaker: left out"
_BELOW_HEADINGS = "{n} line(s) below a heading that names nobody: left out"

# So few turns tell nothing of who is seen once.
FEWEST = 3
HEADING = re.compile(r"#{1,6}(?=\s)")
_RULE = re.compile(r"(?:[-=*_~] ?){3,}")
_NUMBER = re.compile(r"\d{1,5}")
_FIRST_TIME = re.compile(rf"([\[(]{CLOCK}[\])])\s{{1,4}}(?=\S)", re.ASCII)
_MOST_WORDS = 3


@dataclass(slots=True)
class NamedTurn:
    """A line that names somebody, and what stands below it."""

    head: NameLine
    is_once: bool
    times: Times | None
    words: list[str] = field(default_factory=list)


def take_apart(lines: Sequence[WrittenLine], reading: Reading | None = None) -> list[NamedTurn]:
    """Returns the turns of a file; what is left out is counted in the reading."""
    in_code = _places_of_code(lines)
    of_pages = places_of_pages([line.text for line in lines])
    found = [one for one in find_name_lines(lines) if one.place not in in_code]
    speaking = find_speaking(found)
    if not speaking:
        return []
    counts = Counter(one.key for one in speaking)
    named = {one.place: NamedTurn(one, counts[one.key] == 1 and len(speaking) > FEWEST, one.times) for one in speaking}
    is_chat = any(is_program(one.name) for one in speaking)
    for one in () if is_chat else _others(found, speaking, len(lines)):
        if one.style not in (BARE, DASHED):
            named[one.place] = NamedTurn(one, True, one.times)
        elif reading is not None:
            reading.doubt(one.number, "a line that may be a name, read as words")
    # Answers of programs have headings of their own.
    level = 0 if is_chat else max(len(one.style) if one.style[0] == "#" else 0 for one in speaking)
    turns: list[NamedTurn] = []
    turn: NamedTurn | None = None
    words_from = 0
    for place, line in enumerate(lines):
        if place in named:
            turn = named[place]
            turn.words += [turn.head.words] if turn.head.words else []
            turns.append(turn)
            words_from = turn.head.words_from
        elif place >= words_from:
            why = PAGES if place in of_pages else None if place in in_code else _why_left_out(line.text)
            heading = HEADING.match(line.text) if why is _HEADINGS else None
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


def cut_numbers(turns: Sequence[NamedTurn], reading: Reading) -> None:
    """Drops the numbers of turns where each stands in a line above the name, or above its time."""
    numbers = [int(turn.words[-1]) if turn.words and _NUMBER.fullmatch(turn.words[-1]) else 0 for turn in turns[:-1]]
    if len(numbers) > 1 and numbers == list(range(2, len(turns) + 1)):
        for turn in turns[:-1]:
            turn.words.pop()
            reading.repair(turn.head.number, "{n} line(s) with the number of a turn: left out")


def take_first_times(turns: Sequence[NamedTurn]) -> None:
    """Takes the times with which the words of nearly all turns begin, such as `[00:00:03] Hello`, for their starts."""
    found = [_FIRST_TIME.match(turn.words[0]) if turn.words and turn.times is None else None for turn in turns]
    if 5 * sum(one is not None for one in found) < 4 * len(turns):
        return
    for turn, one in zip(turns, found, strict=True):
        if one is not None:
            turn.times = read_times(one[1])
            turn.words[0] = turn.words[0][one.end() :]


def _turn_beside(place: int, turn: NamedTurn | None, named: Mapping[int, NamedTurn]) -> NamedTurn | None:
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
        and (one.is_free or one.words)
        and shape_of(one.name) == Shape.NAME
        and len(one.name.split()) <= _MOST_WORDS
        and (one.words or (one.words_from < n_lines and one.words_from not in heads))
    ]


def _why_left_out(text: str) -> str | None:
    """Returns the note of a line that nobody says; None of what is said."""
    if text[0].isalpha():
        # As most lines do, and then they are no heading, rule or time.
        return None
    if HEADING.match(text) is not None or _RULE.fullmatch(text) is not None:
        return _HEADINGS
    return _TIMES if _time_alone(text) is not None else None


def _time_alone(text: str) -> Times | None:
    """Returns the time that is all of a line, in brackets or with seconds."""
    text = text.strip("*_")
    if text[-1:] not in "])0123456789" or not text[:2].strip("[(").isdecimal():
        return None
    times = read_times(text)
    is_whole = times is not None and times.ends_at == len(text)
    return times if times is not None and is_whole and (text[0] in "[(" or len(times.numbers) > 2) else None
