"""Plays as text, as Project Gutenberg and others have them: `HAMLET. To be…`; a scene is a conversation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
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
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_OTHER = "{n} line(s) that are not speech, such as headings and directions: left out"
_BOOK = "{n} line(s) before and after the book: left out"

_BEGIN = re.compile(r"\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG\b.*", re.IGNORECASE)
_END = re.compile(
    r"\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG\b.*|End of (?:the )?Project Gutenberg.*", re.IGNORECASE
)
# HAMLET. To be · HAMLET [aside]. To be · HIGGINS [rising] Hoo! · HAMLET.
_SPEECH = re.compile(
    r"[_*]{0,2}(?P<name>[^\W\d_](?:[^\[\](){}.:!?;\"“_*\n]|(?:(?<=\b[Mm][RrSs])|(?<=\b[Mm][Rr][Ss])|(?<=\b[Dd][Rr])|(?<=\b[Ss][Tt]))\.){0,60}?)"
    r"(?<!\b[Mm][RrSs])(?<!\b[Mm][Rr][Ss])(?<!\b[Dd][Rr])(?<!\b[Ss][Tt])[_*]{0,2}"
    r"(?:(?P<aside>[ \n]{0,9},?[ \n]{0,9}(?:\[[^\]]*\]|\([^)]*\))[.:,]?)|[.:])[_*]{0,2}(?P<words>(?:\s.*)?)",
    re.DOTALL,
)
_DIRECTION = re.compile(
    r"\[[^\[\]]*\]|\[[^\[\]\n]*$|\(_[^()]*_\.?\)|(?<=[.!?—…])[ \n]*\([^()]*\)(?=\s*\Z)", re.MULTILINE
)
# A name in capitals at the beginning of a line, or an act or scene, without which a text is no play.
_QUICK_LOOK = re.compile(
    r"^[ \t_*]*(?:[^\W\d_a-z][^a-z\n\r]{1,40}[.:\[(]|[\w ]{0,15}"
    r"(?:A[Cc][Tt]|S[Cc][EeÈèÉé][Nn]|A[Kk][Tt]|A[Uu][Ff]|S[Zz][Ee][Nn]|E[Ss][Cc][Ee][Nn]|A[Tt][Tt]|P[Rr][Oo][Ll]|E[Pp][Ii]))",
    re.MULTILINE,
)
_SMALL_NAME = re.compile(r"[^\W\d_][\w'’-]*[.]?(?:[ -][^\W\d_][\w'’-]*){0,3}")
_LONGEST_ASIDE = 6
_FEWEST = 6
_SHARE = 0.5


@dataclass(slots=True)
class _Play:
    """A play taken apart.

    Attributes:
        pieces: its headings and speeches.
        n_parts: headings of acts and scenes.
        n_paragraphs: blocks of lines from the first speech or heading on, of which one ends with a blank line.
        n_said: those that are speeches.
        n_colons: speeches with a colon behind the name, as chats and transcripts have it.
        left: numbers of the lines that nobody says.
    """

    pieces: list[Piece] = field(default_factory=list)
    n_parts: int = 0
    n_paragraphs: int = 0
    n_said: int = 0
    n_colons: int = 0
    left: list[int] = field(default_factory=list)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns how much of the file is a play: blocks of lines that begin with names in capitals which come again."""
    if file.peek.begins_like_json or not _QUICK_LOOK.search(file.peek.head):
        return 0.0
    lines = _book(peek_lines(file))[0]
    if any(slug_of(line.text) is not None for line in lines):
        # A screenplay, whose names may have directions behind them, too.
        return 0.0
    play = _take_apart(lines)
    counts = Counter(piece.speaker for piece in play.pieces if isinstance(piece, Speech))
    again = sum(count > 1 for count in counts.values())
    share = play.n_said / max(play.n_paragraphs, 1)
    if again < 2 or share < _SHARE:
        return 0.0
    if not play.n_parts and (counts.total() < _FEWEST or 2 * play.n_colons > counts.total()):
        return 0.0
    # Whatever is not said in a play is little; heads in capitals of another text hardly ever come again.
    return 0.95 if play.n_parts else share if 2 * len(counts) <= counts.total() else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each scene in which somebody speaks, named after its act and scene.

    A speech begins with a name in capitals and a point, at the beginning of a block of lines, and ends with the block;
    names in small letters are found where most blocks begin with them.
    Directions in brackets, blocks without a name, and what stands before and behind the book are left out and counted.

    Raises:
        BadRow: a line with NUL characters or bytes of another encoding.
    """
    lines, outside = _book(read_lines(file, reading))
    for line in outside:
        if line.text:
            reading.repair(line.number, _BOOK)
    play = _take_apart(lines, reading)
    for number in play.left:
        reading.repair(number, _OTHER)
    yield from build_scenes(play.pieces, reading)


def _book(lines: Sequence[ScriptLine]) -> tuple[Sequence[ScriptLine], Sequence[ScriptLine]]:
    """Returns the lines of the book itself, and those before and behind it that Project Gutenberg adds."""
    begin = next((place + 1 for place, line in enumerate(lines) if _BEGIN.match(line.text)), 0)
    ends = (place for place in range(begin, len(lines)) if _END.match(lines[place].text))
    end = next(ends, len(lines))
    return lines[begin:end], [*lines[:begin], *lines[end:]]


def _take_apart(lines: Sequence[ScriptLine], reading: Reading | None = None) -> _Play:
    play, parts = _Play(), PartNames()
    blocks = list(_blocks(lines))
    cast = _find_cast(blocks)
    for block in blocks:
        part = play_part(block[0].text)
        if part is not None:
            play.n_parts += 1
            play.pieces.append(Heading(block[0].number, parts.name(part)))
            # A heading may stand right above the first speech.
            play.left += [line.number for line in block[:1]]
            block = block[1:]
        speeches = list(_speeches(block, cast, play, reading)) if block else []
        play.pieces += speeches
        if play.pieces and block:
            play.n_paragraphs += not _is_direction(block)
            play.n_said += bool(speeches)
    return play


def _blocks(lines: Sequence[ScriptLine]) -> Iterator[list[ScriptLine]]:
    block: list[ScriptLine] = []
    for line in lines:
        if line.text:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _find_cast(blocks: Sequence[Sequence[ScriptLine]]) -> frozenset[str]:
    """Returns the names in small letters with which blocks of a play begin: they come again, and begin most of it."""
    place = next((at for at, block in enumerate(blocks) if play_part(block[0].text) is not None), None)
    if place is None:
        return frozenset()
    found = (_SPEECH.fullmatch(block[0].text) for block in blocks[place:])
    counts = Counter(
        one["name"].strip(" ,_*") for one in found if one is not None and _SMALL_NAME.fullmatch(one["name"])
    )
    cast = {name for name, count in counts.items() if count > 2 and shape_of(name) == Shape.NAME}
    n_begun = sum(counts[name] for name in cast)
    return frozenset(cast) if len(cast) > 1 and n_begun > _SHARE * (len(blocks) - place) else frozenset()


def _is_direction(block: Sequence[ScriptLine]) -> bool:
    return (
        block[0].text[0] in "[(_" or block[0].text.isupper() or block[0].text.startswith(("Enter ", "Exeunt", "Exit"))
    )


def _speeches(
    block: Sequence[ScriptLine], cast: Collection[str], play: _Play, reading: Reading | None
) -> Iterator[Speech]:
    """Yields the speeches of a block, which begins with one; further ones may follow without a blank line."""
    speech: Speech | None = None
    for place, line in enumerate(block):
        # A name in small letters within a block may be one that somebody says.
        begun = _begin(block, place, () if place else cast)
        if begun is not None:
            if speech is not None:
                yield _without_directions(speech, reading)
            speech = Speech(line.number, begun[0], [begun[1]])
            play.n_colons += line.text.find(":") == line.text.find(begun[0]) + len(begun[0])
        elif speech is not None:
            speech.parts.append(line.text)
        else:
            play.left.append(line.number)
    if speech is not None:
        yield _without_directions(speech, reading)


def _begin(block: Sequence[ScriptLine], place: int, cast: Collection[str]) -> tuple[str, str] | None:
    """Returns who begins to speak in a line, and the words behind the name."""
    text = block[place].text
    if not cast and not text[:3].strip("_*").isupper():
        return None
    if "[" in text and "]" not in text:
        # A direction over several lines stands between the name and the words.
        text = "\n".join(line.text for line in block[place : place + _LONGEST_ASIDE]).partition("]")[0] + "]"
        found = _SPEECH.fullmatch(text)
        text = block[place].text if found is None else text
    found = _SPEECH.fullmatch(text)
    name = None if found is None else found["name"].strip(" ,_*")
    if found is None or name is None or not (is_name(name) or name in cast):
        return None
    return name, block[place].text[found.start("words") :] if found["aside"] is None else _behind(block[place], name)


def _behind(line: ScriptLine, name: str) -> str:
    """Returns what stands behind a name, with the direction, which is taken out where the speech is whole."""
    place = line.text.index(name) + len(name)
    return line.text[place:].lstrip("_*., ")


def _without_directions(speech: Speech, reading: Reading | None) -> Speech:
    text, count = _DIRECTION.subn(" ", "\n".join(speech.parts).strip())
    if reading is not None:
        for _ in range(count):
            reading.repair(speech.line, DIRECTIONS)
    # What stands behind a name is a direction in round brackets, too.
    while text.lstrip().startswith("(") and ")" in text:
        text = text.partition(")")[2]
        if reading is not None:
            reading.repair(speech.line, DIRECTIONS)
    speech.parts = [text.strip().lstrip(".:, ")] if count else [text.strip()]
    return speech


FORMATS = (
    Format(
        name="stage-play",
        title="plays",
        about="plays as text, as Project Gutenberg has them: `HAMLET. To be …`, or the name above the words; "
        "directions are left out; a conversation per scene",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
