"""Advanced SubStation Alpha subtitles and the older SSA (`.ass`, `.ssa`): a line per event, with a name in a field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from instructerc.conversation import Conversation
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.names import bare_names
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
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
_MADE = ("fx", "template", "code")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Event:
    line: int
    start: str
    end: str
    style: str
    name: str
    text: str
    shown: str
    begins: float | None
    ends: float | None


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
    spoken = _keep_spoken(list(_read_events(file, reading)), reading)
    bare = bare_names(event.name for event in spoken)
    spoken = [replace(event, name=bare.get(event.name, event.name)) for event in spoken] if bare else spoken
    nameless = Speakers(event.text for event in spoken if not event.name)
    return [(cue, _turns(event, cue, nameless, reading)) for event, cue in ((one, _cue(one)) for one in spoken)]


def _read_events(file: OpenText, reading: Reading) -> Iterator[_Event]:
    lines, section = file.lines, "events"
    fields: tuple[str, ...] = _FIELDS
    places = _places_of(fields)
    for raw in reading.rows(lines):
        line = raw.strip("\r\n")
        if "[" in line and (found := _SECTION.fullmatch(line.strip())):
            section = found[1].casefold()
            continue
        kind, colon, rest = line.partition(":")
        # As most lines have it, which is seen sooner.
        kind = "dialogue" if kind == "Dialogue" else kind.strip().casefold()
        if section != "events" or not colon:
            continue
        if kind == "format":
            fields = tuple(name.strip().casefold() for name in rest.split(","))
            places = _places_of(fields)
        elif kind in ("comment", "picture", "sound", "movie", "command"):
            reading.repair(lines.number, "{n} comment(s) or other line(s) that are not speech: left out")
        elif kind == "dialogue":
            try:
                if not line.isascii() or "\0" in line:
                    check_characters(line, reading.source, lines.number)
                event = _read_event(rest, len(fields), places, reading, lines.number)
            except BadRow as error:
                reading.skip(error)
                continue
            if event is not None:
                yield event


def _places_of(fields: Sequence[str]) -> _Places:
    places = {name: place for place, name in enumerate(fields)}
    named = "name" if "name" in places else "actor"
    return tuple(places.get(name) for name in ("start", "end", "style", named, "effect", "text"))


def _read_event(rest: str, n_fields: int, places: _Places, reading: Reading, line: int) -> _Event | None:
    cells = rest.split(",", n_fields - 1)
    *others, place = places
    if len(cells) < n_fields or place is None:
        raise reading.bad(line, f"{len(cells)} fields where the line 'Format:' has {n_fields}; the line may be cut off")
    start, end, style, name, effect = ["" if other is None else cells[other].strip() for other in others]
    text = _clean(cells[place])
    if effect and effect.casefold().startswith(_MADE):
        reading.repair(line, "{n} line(s) that an effect made: left out")
        return None
    if not text:
        reading.repair(line, "{n} line(s) without words, such as drawings: left out")
        return None
    return _Event(line, start, end, style.lstrip("*"), name, text, cells[place], seconds_of(start), seconds_of(end))


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
        return " ".join(text.split())
    lines = text.replace("\\N", "\n").replace("\\n", " ").replace("\\h", " ").split("\n")
    return "\n".join([line for raw in lines if (line := " ".join(raw.split()))])


def _keep_spoken(events: Sequence[_Event], reading: Reading) -> list[_Event]:
    """Returns the events that somebody says, by their starts; where all stand in such styles, that tells nothing."""
    shown = [event for event in events if _is_shown(event.style)]
    left_out = {event.line for event in shown} if len(shown) < len(events) else set()
    seen: set[tuple[str, str, str, str]] = set()
    kept = []
    for event in events:
        key = (event.start, event.end, event.name, event.text)
        if event.line in left_out:
            reading.repair(event.line, "{n} line(s) in styles of signs, songs or credits: left out")
        elif key in seen:
            reading.repair(event.line, "{n} line(s) that are shown twice at one time: read once")
        else:
            kept.append(event)
        seen.add(key)
    # Whoever makes a turn of one without a start says what is wrong.
    return sorted(kept, key=lambda event: event.begins or 0.0)


# A file has few styles.
@lru_cache(maxsize=256)
def _is_shown(style: str) -> bool:
    return not _SHOWN.isdisjoint(_WORD.findall(style.casefold()))


def _cue(event: _Event) -> Cue:
    span = None if event.begins is None or event.ends is None else (event.begins, event.ends)
    return Cue(event.line, event.start, event.end, event.text, (), event.shown, "", span)


def _turns(event: _Event, cue: Cue, nameless: Speakers, reading: Reading) -> list[Turn]:
    if event.name:
        return [Turn(event.name, None, event.text.split("\n"))]
    return spoken_turns(cue, nameless, reading)
