"""Advanced SubStation Alpha subtitles and the older SSA (`.ass`, `.ssa`): a line per event, with a name in a field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from instructerc.conversation import Conversation
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters, tidy_lines
from instructerc.formats.shared.names import bare_names
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, usual_span
from instructerc.formats.shared.shares import share_of_lines
from instructerc.formats.subtitles.cues import Cue
from instructerc.formats.subtitles.reader import say_cues, spoken_turns
from instructerc.formats.subtitles.rolling import seconds_of
from instructerc.formats.subtitles.turns import Speakers, Turn

_SECTION = re.compile(r"\[([^\]]{1,40})\]\s*")
_SCRIPT = re.compile(r"(?:\s*[;!][^\r\n]*[\r\n]+)*\s*\[script info\]", re.IGNORECASE)
_EVENT = re.compile(
    r"(?:Dialogue|Comment):\s*(?:(?:Marked\s*=\s*)?\d+\s*,\s*)?\d+:\d{1,2}:\d{1,2}[.,:]\d+\s*,", re.IGNORECASE
)
_LINE = re.compile(r"\[[\w +]{1,30}\]|(?:Dialogue|Comment|Format|Style):|;", re.IGNORECASE)
# Most events are written so, with the fields that most scripts have; the last group has any other line.
_USUAL_CLOCK = r"(\d+:\d\d:\d\d[.,]\d\d)"
_REGULAR = re.compile(
    rf"(Dialogue:[^,\n]*,{_USUAL_CLOCK},{_USUAL_CLOCK},([^,\n]*),([^,\n]*),[^,\n]*,[^,\n]*,[^,\n]*,,(.*)\n)|(.*\n)"
)
_LAST_COLON = -6
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_BLOCK = re.compile(r"\{[^{}]*\}")
_DRAWING = re.compile(r"\\p\s*(\d+)")
# What stands on the picture and is not spoken, by the names that people give its styles.
_SHOWN = frozenset(
    {
        "op",
        "opening",
        "ending",
        "song",
        "songs",
        "lyrics",
        "sign",
        "signs",
        "karaoke",
        "romaji",
        "kanji",
        "credit",
        "credits",
        "typesetting",
        "typeset",
        "watermark",
    }
)
_WORD = re.compile(r"[^\W\d_]+")
_WORDLESS = "{n} line(s) without words, such as drawings: left out"
_MADE = ("fx", "template", "code")


# An event that is shown, with its style and who says it.
_Event = tuple[Cue, str, str]
# Where the fields that are read stand in a line; None of one that is not there.
_Places = tuple[int | None, ...]


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file that begins with the head of a script, and less for events without it."""
    if _SCRIPT.match(file.head):
        return 1.0
    lines = file.peek.lines
    return 0.9 * share_of_lines(lines, _LINE.match) * any(map(_EVENT.match, lines))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, in the order of the starts, with times in seconds.

    The name is that of the event, or else stands in the text as in other subtitles. Comments, drawings, effects that
    programs made, styles such as `Signs`, and lines that are shown twice at one time are left out and counted.

    Raises:
        BadRow: an event with too few fields or a time that is none, or bytes of another encoding.
    """
    utterances = [turn for _, _, turn in say_cues(_read_cues(file, reading), reading)]
    if utterances:
        yield Conversation(reading.stem, utterances)


def _read_cues(file: OpenText, reading: Reading) -> list[tuple[Cue, list[Turn]]]:
    spoken = _keep_spoken(_read_events(file, reading), reading)
    bare = bare_names(name for _, _, name in spoken)
    nameless = Speakers([cue.text for cue, _, name in spoken if not name])
    return [
        (
            cue,
            [Turn(bare.get(name, name), None, cue.text.split("\n"))] if name else spoken_turns(cue, nameless, reading),
        )
        for cue, _, name in spoken
    ]


def _read_events(file: OpenText, reading: Reading) -> list[_Event]:
    script, lines = _Script(reading), file.lines
    text = lines.rest()
    tidy = None if text is None else tidy_lines(text)
    if tidy is None:
        for raw in reading.rows(lines):
            script.take(raw, lines.number)
        return script.events
    events = script.events
    for number, (line, start, end, style, name, shown, other) in enumerate(_REGULAR.findall(tidy), 1):
        if other or not script.is_usual:
            script.take(other or line, number)
        elif said := _clean(shown):
            # As `take` does it, but sooner.
            cue = Cue(number, start, end, said, (), shown, "", usual_span(start, end, _LAST_COLON))
            events.append((cue, style.strip().lstrip("*"), name.strip()))
        else:
            reading.repair(number, _WORDLESS)
    return events


class _Script:
    """The events of a script that have words, of lines that are taken one after another.

    Attributes:
        events: those that were found.
        is_usual: whether the next line is among events, with the fields that most scripts have.
    """

    def __init__(self, reading: Reading) -> None:
        self.events: list[_Event] = []
        self._reading = reading
        self._section = "events"
        self._set_fields(_FIELDS)

    def take(self, raw: str, number: int) -> None:
        """Takes any line."""
        line = raw.strip("\r\n")
        if "[" in line and (found := _SECTION.fullmatch(line.strip())):
            self._section = found[1].casefold()
            self._set_fields(self._fields)
            return
        kind, colon, rest = line.partition(":")
        kind = kind.strip().casefold()
        if self._section != "events" or not colon:
            return
        if kind == "format":
            self._set_fields(tuple(name.strip().casefold() for name in rest.split(",")))
        elif kind in ("comment", "picture", "sound", "movie", "command"):
            self._reading.repair(number, "{n} comment(s) or other line(s) that are not speech: left out")
        elif kind == "dialogue":
            try:
                check_characters(line, self._reading.source, number)
                self._take_event(rest, number)
            except BadRow as error:
                self._reading.skip(error)

    def _set_fields(self, fields: tuple[str, ...]) -> None:
        self._fields, self._places = fields, _places_of(fields)
        is_usual = len(fields) == len(_FIELDS) and self._places == _USUAL_PLACES
        self.is_usual = is_usual and self._section == "events"

    def _take_event(self, rest: str, line: int) -> None:
        cells = rest.split(",", len(self._fields) - 1)
        *others, place = self._places
        if len(cells) < len(self._fields) or place is None:
            raise self._reading.bad(
                line,
                f"{len(cells)} fields where the line 'Format:' has {len(self._fields)}; the line may be cut off",
            )
        start, end, style, name, effect = ["" if other is None else cells[other].strip() for other in others]
        text = _clean(cells[place])
        if effect and effect.casefold().startswith(_MADE):
            self._reading.repair(line, "{n} line(s) that an effect made: left out")
        elif not text:
            self._reading.repair(line, _WORDLESS)
        else:
            begins, ends = seconds_of(start), seconds_of(end)
            span = None if begins is None or ends is None else (begins, ends)
            self.events.append((Cue(line, start, end, text, (), cells[place], "", span), style.lstrip("*"), name))


def _places_of(fields: Sequence[str]) -> _Places:
    places = {name: place for place, name in enumerate(fields)}
    named = "name" if "name" in places else "actor"
    return tuple(places.get(name) for name in ("start", "end", "style", named, "effect", "text"))


_USUAL_PLACES = _places_of(_FIELDS)


def _clean(text: str) -> str:
    """Returns what is read on the screen: without overrides and drawings, with line ends."""
    if "{" in text:
        parts, last, is_drawn = [], 0, False
        for block in _BLOCK.finditer(text):
            parts.append("" if is_drawn else text[last : block.start()])
            drawn = _DRAWING.findall(block[0])
            is_drawn = int(drawn[-1]) > 0 if drawn else is_drawn
            last = block.end()
        parts.append("" if is_drawn else text[last:])
        text = "".join(parts)
    if "\\" not in text:
        # Most texts have single blanks and none of another kind, which is seen sooner.
        return text.strip() if "  " not in text and text.isprintable() else " ".join(text.split())
    lines = text.replace("\\N", "\n").replace("\\n", " ").replace("\\h", " ").split("\n")
    return "\n".join([line for raw in lines if (line := " ".join(raw.split()))])


def _keep_spoken(events: list[_Event], reading: Reading) -> list[_Event]:
    """Returns the events that somebody says, by their starts; where all stand in such styles, that tells nothing."""
    shown = {cue.line for cue, style, _ in events if _is_shown(style)}
    left_out = shown if len(shown) < len(events) else set()
    kept = events
    # Most files tell by the starts that nothing is shown twice.
    if left_out or len({cue.start for cue, _, _ in events}) < len(events):
        kept = []
        seen: set[tuple[str, str, str, str]] = set()
        for event in events:
            cue, _, name = event
            key = (cue.start, cue.end, name, cue.text)
            if cue.line in left_out:
                reading.repair(cue.line, "{n} line(s) in styles of signs, songs or credits: left out")
            elif key in seen:
                reading.repair(cue.line, "{n} line(s) that are shown twice at one time: read once")
            else:
                kept.append(event)
            seen.add(key)
    return sorted(kept, key=_begins)


def _begins(event: _Event) -> float:
    cue = event[0]
    # Whoever makes a turn of one without a start says what is wrong.
    return cue.span[0] if cue.span is not None else seconds_of(cue.start) or 0.0


# A file has few styles.
@lru_cache(maxsize=256)
def _is_shown(style: str) -> bool:
    return not _SHOWN.isdisjoint(_WORD.findall(style.casefold()))
