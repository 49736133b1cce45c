"""Screenplays as text: Fountain, and what Final Draft and others export; a scene is a conversation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.names_above.interview_parts import is_interviewed
from instructerc.formats.scripts.parts import (
    DIRECTIONS,
    Heading,
    PartNames,
    Piece,
    ScriptLine,
    Speech,
    build_scenes,
    is_name,
    peek_lines,
    play_part,
    read_lines,
    slug_of,
)
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_OTHER = "{n} line(s) of action, headings and transitions: left out"

_SCENE_NUMBER = re.compile(r"\s*#[\w.-]+#$|\s{2,}\d{1,4}[A-Z]?\.?$")
_FORCED_HEADING = re.compile(r"\.[^\W_].*")
_CUE = re.compile(r"(?P<at>@?)(?P<name>[^()^:]+?)\s*(?P<more>(?:\([^()]*\)\s*)*)\^?")
_TRANSITION = re.compile(r"(?:>.*[^<]|[A-Z .'-]+ TO:|FADE (?:IN|OUT)[.:]?|FADE TO BLACK[.:]?|THE END\.?)")
# A line that could name somebody, without which a text is no screenplay.
_QUICK_LOOK = re.compile(r"^[ \t]*(?:@\S.*|[^\W\d_a-z][^a-z\n\r:]{1,40})(?:\(.*\))?[ \t^]*$", re.MULTILINE)
_PAGE = re.compile(r"\d{1,4}\.?|\(?CONTINUED\)?:?(?:\s*\(\d+\))?")
_NOTE = re.compile(r"\[\[|/\*")
_NOTE_ENDS = {"[[": "]]", "/*": "*/"}
# Below so much of the margin of most names, what stands in capitals is no name.
_LESS = 0.6
_FAR = 8
_LONGEST_CUE = 100


@dataclass(slots=True)
class _Script:
    """A screenplay taken apart.

    Attributes:
        pieces: its headings and speeches.
        n_slugs: headings such as `INT. KITCHEN - DAY`.
        n_marks: directions in brackets below names, `(V.O.)` and its like behind them, and transitions.
        n_known: lines of all these, and of speeches.
        left: numbers of the lines that are none of them.
    """

    pieces: list[Piece] = field(default_factory=list)
    n_slugs: int = 0
    n_marks: int = 0
    n_known: int = 0
    left: list[int] = field(default_factory=list)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns how much of the file is a screenplay: headings of scenes, and speeches below names in capitals.

    Without such headings, names must come again, and nearly all of the file must be speeches below them.
    """
    if file.peek.begins_like_json or not _QUICK_LOOK.search(file.peek.head):
        return 0.0
    lines = peek_lines(file)
    script = _take_apart(lines)
    counts = Counter(piece.speaker for piece in script.pieces if isinstance(piece, Speech))
    share = script.n_known / max(sum(line.text != "" for line in lines), 1)
    if script.n_slugs and counts.total() > 1:
        return 0.95 if share > 0.1 else 0.0
    again = sum(count > 1 for count in counts.values())
    parts = sum(isinstance(piece, Heading) for piece in script.pieces)
    first = next((piece.line for piece in script.pieces if isinstance(piece, Speech)), 0)
    is_script = script.n_marks or parts or all(number < first for number in script.left)
    if not parts and (any(map(is_interviewed, counts)) or not is_script):
        # Paragraphs of a transcript have blank lines between them, and none of them is action.
        return 0.0
    is_sure = again > 1 and 2 * len(counts) <= counts.total()
    return share if is_sure and share > (0.6 if script.n_marks or parts else 0.8) else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each scene in which somebody speaks, named after its number and heading.

    What is said stands below a name in capitals, up to a blank line. Directions in brackets, action and transitions are
    left out and counted.

    Raises:
        BadRow: a line with NUL characters or bytes of another encoding.
    """
    script = _take_apart(read_lines(file, reading), reading)
    for number in script.left:
        reading.repair(number, _OTHER)
    yield from build_scenes(script.pieces, reading)


def _take_apart(all_lines: Sequence[ScriptLine], reading: Reading | None = None) -> _Script:
    lines = list(_without_notes(all_lines))
    cues = {place for place in range(len(lines)) if _begins_speech(lines, place)}
    margin = median(lines[place].indent for place in cues) if cues else 0
    names = {cue_name(lines[place].text) for place in cues if _is_far(lines[place], margin)} - {None}
    # Who is known may say something in capitals.
    cues |= {
        place for place in range(len(lines) - 1) if cue_name(lines[place].text) in names and _is_above(lines, place)
    }
    cues = {place for place in cues if _is_far(lines[place], margin)}
    script, parts = _Script(), PartNames()
    place = n_scenes = 0
    after = -1
    while place < len(lines):
        line = lines[place]
        heading = _heading(lines, place, parts)
        if heading is not None:
            n_scenes += 1
            script.n_slugs += slug_of(line.text) is not None
            script.n_known += 1
            script.pieces.append(Heading(line.number, heading if play_part(line.text) else f"{n_scenes} {heading}"))
        elif place in cues or (place == after and cue_name(line.text) in names):
            place = after = _take_speech(lines, place, names, script, reading)
            continue
        elif line.text:
            is_transition = _TRANSITION.fullmatch(line.text) is not None
            script.n_marks += is_transition
            script.n_known += is_transition
            script.left.append(line.number)
        place += 1
    return script


def _without_notes(lines: Sequence[ScriptLine]) -> Iterator[ScriptLine]:
    """Yields the lines without Fountain's notes and what is commented out there."""
    end = ""
    for line in lines:
        if not end and "[[" not in line.text and "/*" not in line.text:
            yield line
            continue
        text, kept = line.text, []
        while text:
            if end:
                _, found, text = text.partition(end)
                end = "" if found else end
                continue
            begin = _NOTE.search(text)
            kept.append(text[: begin.start()] if begin else text)
            end = _NOTE_ENDS[begin[0]] if begin else ""
            text = text[begin.end() :] if begin else ""
        left = "".join(kept).strip()
        yield line if left == line.text else replace(line, text=left, raw=left)


def _take_speech(
    lines: Sequence[ScriptLine], place: int, names: Collection[str | None], script: _Script, reading: Reading | None
) -> int:
    """Adds the speech below a name; returns the place of the first line behind it."""
    cue = _CUE.fullmatch(lines[place].text)
    speech = Speech(lines[place].number, cue_name(lines[place].text) or "")
    script.pieces.append(speech)
    script.n_marks += cue is not None and bool(cue["more"])
    script.n_known += 1
    first = place + 1
    far = lines[first].indent if first < len(lines) else 0
    is_aside = False
    for number in range(first, len(lines)):
        line = lines[number]
        if not line.text and line.raw == "  " and speech.parts:
            # Fountain's way to have a blank line in a speech.
            continue
        if not line.text or _ends_speech(line, far, names if speech.parts else ()):
            return number
        script.n_known += 1
        is_begun = not is_aside and line.text.startswith("(")
        text = line.text
        if is_begun or is_aside:
            _, bracket, text = text.partition(")")
            is_aside = not bracket
        if is_begun:
            script.n_marks += 1
            if reading is not None:
                reading.repair(line.number, DIRECTIONS)
        if text.strip():
            speech.parts.append(text.strip().removeprefix("~"))
    return len(lines)


def _ends_speech(line: ScriptLine, far: int, names: Collection[str | None]) -> bool:
    is_page = _PAGE.fullmatch(line.text) is not None and abs(line.indent - far) > _FAR
    is_near = (far >= _FAR and 2 * line.indent <= far) or is_page
    return is_near or slug_of(line.text) is not None or (bool(names) and cue_name(line.text) in names)


def cue_name(text: str) -> str | None:
    """Returns who speaks below a line such as `MIA (V.O.)`; None of every other line."""
    # Most lines have small letters, which is seen sooner than by the pattern.
    may_be = text[:1] == "@" or text.partition("(")[0].isupper()
    found = _CUE.fullmatch(text) if may_be and len(text) <= _LONGEST_CUE else None
    if found is None:
        return None
    name = found["name"].strip()
    return name if is_name(name) or (found["at"] and name) else None


def _is_far(line: ScriptLine, margin: float) -> bool:
    return margin < _FAR or line.indent >= _LESS * margin


def _is_above(lines: Sequence[ScriptLine], place: int) -> bool:
    """Returns whether a line has a blank one above it, or a heading or the number of a page, and words below."""
    above = lines[place - 1].text if place else ""
    is_free = not above or _PAGE.fullmatch(above) is not None or slug_of(above) is not None
    return is_free and place + 1 < len(lines) and lines[place + 1].text != ""


def _begins_speech(lines: Sequence[ScriptLine], place: int) -> bool:
    """Returns whether a line names who says what stands below it."""
    if not _is_above(lines, place):
        return False
    below = lines[place + 1].text
    return cue_name(lines[place].text) is not None and slug_of(below) is None and cue_name(below) is None


def _heading(lines: Sequence[ScriptLine], place: int, parts: PartNames) -> str | None:
    text = lines[place].text
    slug = slug_of(text)
    if slug is not None:
        return _SCENE_NUMBER.sub("", slug).strip()
    if not text or (place and lines[place - 1].text):
        return None
    if _FORCED_HEADING.fullmatch(text) and not (place + 1 < len(lines) and lines[place + 1].text):
        return text[1:].strip()
    part = play_part(text)
    return None if part is None else parts.name(part)


FORMATS = (
    Format(
        name="screenplay",
        title="screenplays",
        about="screenplays as text: Fountain, and what Final Draft, Highland and others export; the lines below a "
        "name in capitals are speech; action, directions and transitions are left out; a conversation per scene",
        file=Text(Sureness.LAYOUT, explains, read),
        extensions=(".fountain",),
    ),
)
