"""What screenplays and plays have in common: names in capitals, headings of acts and scenes, a conversation a scene."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.names import NameJudge, Shape, shape_of
from instructerc.formats.shared.reading import Reading, build_utterance

DIRECTIONS = "{n} stage direction(s): left out"
_SEEN_ONCE = "a speaker seen once"
_NO_WORDS = "{n} speech(es) without words: left out"

_LONGEST_NAME = 40
_MOST_WORDS = 6
_LONGEST_HEADING = 100
_NAME = re.compile(
    r"[^\W\d_](?:[\w'’&/,# -]|(?:(?<=\bMR)|(?<=\bMRS)|(?<=\bMS)|(?<=\bDR)|(?<=\bST)|(?<=\bSR)|(?<=\bJR))\.)*"
)
_ARTICLE = re.compile(r"(?:the|a|an|der|die|das|le|la|les|el|los|las|il|lo|gli|i)\s+(?=\S)", re.IGNORECASE)
# In capitals and alone in a line too, but nobody.
_NOBODY = re.compile(
    r"(?:MORE|CONT(?:INUED|['’]D)|THE END|END\b.*|FINIS|FADE\b.*|(?:SMASH |MATCH |JUMP |HARD )?CUT\b.*|DISSOLVE\b.*"
    r"|LATER|(?:MOMENTS|SECONDS|MINUTES|HOURS|DAYS|WEEKS|MONTHS|YEARS)\s+(?:LATER|EARLIER|AGO)|CONTINUOUS|SAME TIME"
    r"|(?:BACK TO|INSERT|SUPER|SERIES OF|FLASHBACK|ANGLE|CLOSE|WIDE|POV|MONTAGE|INTERCUT|TITLES?|CHAPTER|PART|EPISODE"
    r"|INTERMISSION|CURTAIN|SCENES?|ACTS?|SETTINGS?|PERSONS|PERSON[ÆÄ]"
    r"|BLACK\s?OUT|NOTES?|CREDITS|CONTENTS|CHARACTERS|CAST|DRAMATIS PERSON\w*)\b.*"
    r"|(?:VERSE|REFRAIN|BRIDGE|INTRO|OUTRO|PRE-?CHORUS|SYNOPSIS|DESCRIPTION|USAGE|OPTIONS|EXAMPLES?|AUTHORS?|SUMMARY"
    r"|ABSTRACT|REFERENCES|SEE ALSO|COPYRIGHT|LICEN[CS]E|HISTORY|BUGS|FILES|INSTALLATION|REQUIREMENTS)(?: \d+)?)"
)
_PLAY_PART = re.compile(
    r"[_*]*(?P<what>(?:(?:THE\s+)?(?:ACT|SCENE|ACTE|SC[ÈE]NE|AKT|AUFZUG|AUFTRITT|SZENE|ACTO|ESCENA|ATTO|SCENA)"
    r"\s+(?:[IVXLC]+|\d{1,3}|THE\s+\w+|[A-Z]*(?:TH|ST|ND|RD|ONE|TWO|THREE|FOUR|FIVE)|PREMIERE?|PREMIÈRE|PRIMO|PRIMA)\b"
    r"|(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|LAST)\s+(?:ACT|SCENE)\b"
    r"|\w+\s+(?:AKT|AUFZUG|AUFTRITT|SZENE)\b(?=[\s.:_*]*$)"
    r"|(?:PROLOGUE|EPILOGUE|INDUCTION|PROLOG|EPILOG)(?=[\s.:_*]*$)))(?P<rest>[\s.:,;—–_*-].*|$)",
    re.IGNORECASE,
)
_SLUG = re.compile(
    r"(?:\d{1,4}[A-Z]?[.)]?\s+)?(?P<place>(?:INT|EXT|I\s?/\s?E|EST|INNEN|AU(?:SS|ẞ|ß)EN|INTERIOR|EXTERIOR|INT[ÉE]RIEUR"
    r"|EXT[ÉE]RIEUR|INTERNO|ESTERNO)\.?(?:\s?[/-]\s?(?:INT|EXT|INNEN|AU(?:SS|ẞ|ß)EN)\b\.?)?(?:(?<=\.)\s*|\s+)\S.*)",
    re.IGNORECASE,
)
# With the letters that are an I where case is ignored.
_SLUG_BEGINS = frozenset("IEAieaİı")
_ACT = re.compile(r"\b(?:ACTE?|AKT|AUFZUG|ACTO|ATTO)\b", re.IGNORECASE)
_ITALICS = re.compile(r"(?<!\w)(\*{1,3}|_{1,2})(?=\S)(.{1,200}?)(?<=\S)\1(?!\w)")
_BLANKS = re.compile(r"\s+")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class ScriptLine:
    """A line of a script.

    Attributes:
        number: from 1.
        text: without the blanks around it; `""` of a blank one.
        indent: how far it stands from the margin.
        raw: as it stands there, without its end.
    """

    number: int
    text: str
    indent: int
    raw: str


@dataclass(slots=True)
class Speech:
    """What somebody says.

    Attributes:
        line: number of the line in which it begins.
        speaker: who says it.
        parts: its lines.
    """

    line: int
    speaker: str
    parts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Heading:
    """The beginning of a scene; `text` is what it is called."""

    line: int
    text: str


Piece = Speech | Heading


def split_lines(numbered: Iterable[tuple[int, str]]) -> list[ScriptLine]:
    """Returns the lines of a script, blank ones too."""
    found = []
    for number, end in numbered:
        raw = end.rstrip("\r\n")
        text = raw.strip()
        if text.startswith("\ufeff"):
            text = text.lstrip("\ufeff\f").strip()
        expanded = raw.expandtabs(8) if "\t" in raw else raw
        found.append(ScriptLine(number, text, len(expanded) - len(expanded.lstrip()), raw))
    return found


def peek_lines(file: OpenText) -> list[ScriptLine]:
    """Returns the lines of a file's beginning, without one that may be cut off."""
    found = re.split(r"\r\n|\r|\n", file.peek.head)
    return split_lines(enumerate(found if file.peek.whole else found[:-1], 1))


def read_lines(file: OpenText, reading: Reading) -> list[ScriptLine]:
    """Returns the lines of a file.

    Raises:
        BadRow: a line with NUL characters or bytes of another encoding, where such lines are not skipped.
    """
    found: list[tuple[int, str]] = []
    lines = file.lines
    for raw in reading.rows(lines):
        try:
            check_characters(raw, reading.source, lines.number)
        except BadRow as error:
            reading.skip(error)
        else:
            found.append((lines.number, raw))
    return split_lines(found)


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Returns whether a text in capitals is what somebody may be called in a script."""
    if not text.isupper() or not 2 <= len(text) <= _LONGEST_NAME or not _NAME.fullmatch(text):
        return False
    if len(text.split()) > _MOST_WORDS or _NOBODY.fullmatch(text) or play_part(text) is not None:
        return False
    return shape_of(_ARTICLE.sub("", text.title(), count=1).replace(",", "")) >= Shape.NICK


def play_part(text: str) -> str | None:
    """Returns the act or scene of a heading such as `SCENE II. A room in the castle.`; None of another line."""
    found = _PLAY_PART.fullmatch(text) if len(text) <= _LONGEST_HEADING else None
    if found is None or found["rest"].rstrip().endswith((",", ";")):
        return None
    # In a sentence, a scene stands in small letters.
    return found["what"] if found["what"][0].isupper() else None


def slug_of(text: str) -> str | None:
    """Returns the place of a heading such as `12 INT. KITCHEN - DAY`, without its number; None of another line."""
    # Most lines begin in another way, which is seen sooner than by the pattern.
    may_be = text[:1] in _SLUG_BEGINS or text[:1].isdecimal()
    found = _SLUG.fullmatch(text) if may_be and len(text) <= 2 * _LONGEST_HEADING else None
    # Fountain allows small letters; then a point shows that it is no sentence.
    is_slug = found is not None and (found["place"][:3].isupper() or re.match(r"\w{3}(?:/\w{3})?\.", found["place"]))
    return found["place"] if found is not None and is_slug else None


def tidy_words(parts: Sequence[str]) -> str:
    """Returns lines as one text, without marks of italics."""
    text = _BLANKS.sub(" ", " ".join(parts)).strip()
    return _ITALICS.sub(r"\2", text) if "_" in text or "*" in text else text


class PartNames:
    """Names scenes after the act and the scene in which they stand."""

    def __init__(self) -> None:
        self._act = ""

    def name(self, part: str) -> str:
        """Returns what is called by an act's or a scene's heading: `ACT I, SCENE II`."""
        shown = _BLANKS.sub(" ", part).strip()
        if _ACT.search(part):
            self._act = shown
            return shown
        return f"{self._act}, {shown}" if self._act else shown


def build_scenes(pieces: Sequence[Piece], reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of scenes, named after the file and their heading.

    Raises:
        BadRow: a speech that cannot be one.
    """
    speakers = [piece.speaker for piece in pieces if isinstance(piece, Speech)]
    judge = NameJudge(speakers, len(speakers))
    names: set[str] = set()
    title = ""
    said: list[Utterance] = []
    for piece in chain(pieces, [None]):
        if isinstance(piece, Speech):
            if judge.is_doubtful(piece.speaker):
                reading.doubt(piece.line, _SEEN_ONCE)
            said += _say(piece, reading)
            continue
        if said:
            name = f"{reading.stem}/{title}" if title else reading.stem
            yield Conversation(unique_name(name, reading.stem, names), said)
        if piece is not None:
            title, said = piece.text, []


def _say(speech: Speech, reading: Reading) -> Iterator[Utterance]:
    text = tidy_words(speech.parts)
    if not text:
        reading.repair(speech.line, _NO_WORDS)
        return
    try:
        yield build_utterance(reading, speech.line, speaker=speech.speaker, text=text)
    except BadRow as error:
        reading.skip(error)
