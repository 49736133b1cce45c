"""The turns of a cue: who speaks is said by a voice tag, a name before a colon, or a mark such as `[SPEAKER_00]`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from instructerc.formats.shared.names import NameJudge, Shape, bare_names, is_sound, names_within, shape_of, tidy_name

EMOTION_CLASS = "emotion-"

TAG = re.compile(r"</?(?P<name>v|c|i|b|u|s|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<[\d:.]+>|\{\\[^{}]*\}")
SPAN = re.compile(r"<c((?:\.[^\s.<>]+)+)[^<>]*>")

_VOICE = re.compile(r"<v((?:\.[^\s.<>]+)*)(?:[ \t]+([^<>]*))?>")
# The full stop of an initial or a title, as meeting programs write names (Ann L., Dr. Lee), ends no sentence.
_STOP = r"(?<=\b[^\W\d_])\.|(?i:(?<=\bDr|\bMr|\bMs|\bSt|\bJr|\bSr)\.|(?<=\bMrs)\.|(?<=\bProf)\.)"
# A name has a few words and no mark that ends a sentence; without a blank after the colon it is 12:30 or http://. None
# of its letters can begin what stands behind it, but for blanks, so that all that can be its own is.
_NAME = re.compile(
    rf"(?!http)([^\s:：.?!,;<>\[(（](?:[^:：.。?？!！,，;<>\n\[]|{_STOP}){{0,39}}+)"
    r"(?:[ \t]*\[([^\]\n]{1,40})\])?(?:[ \t]*\[([^\]\n]{1,40})\])?\s*"
    r"(?::(?:[ \t]+|$)|：[ \t]*)"
)
# [SPEAKER_00]: words, [SPEAKER_00] [joy]: words, (Mia) words, <Mia> words, （小美）words
_MARKED = re.compile(
    r"(?:\[([^\[\]\n]{1,40})\]|\(([^()\n]{1,40})\)|<([^<>/\n]{1,40})>)"
    r"(?:(?:[ \t]*\[([^\]\n]{1,40})\])?[ \t]*:(?:[ \t]+|$)|[ \t]+|$)"
    r"|[（【]([^（）【】\n]{1,40})[）】][ \t]*[:：]?[ \t]*"
)
_ARROWS = re.compile(r"(?:>|&gt;){2,3}[ \t]*")
_NAMELESS = re.compile(r"\[emotion: ([^\]\n]{1,40})\](?:[ \t]+|$)")
_DASH = re.compile(r"[-–—][ \t]*")
# - Where are you? - Home.
# >> Where are you? >> Home.
_OTHER_ARROWS = re.compile(r"\S[ \t]+>{2,3}[ \t]*\S")
_OTHER_DASH = re.compile(r"[.?!…][\"'”’»]? [-–—] ?[^\W\d_a-zß-ÿ]")
# Beside a name in brackets may stand where or how somebody speaks: Ann [on phone], Ann [in French], Ann [to Bo]
_WHERE = re.compile(
    r"(?i:(?:on|over|via|through)(?: \w+)? (?:phone|radio|tv|television|speakers?|screen|recording|tape|video|intercom"
    r"|headset|computer|line)|v\.?o\.?|o\.?s\.?|voice-?over|off-?screen|on-?screen)|(?i:in|to|from) [A-Z].*"
)
# Of cues that are JSON, in the order in which they count.
_WORDS_KEYS = ("spokenText", "text", "content")
_SPEAKER_KEYS = ("speakerName", "speaker", "name")
# What may stand behind the colon of a name.
_BEHIND = ("", " ", "\t")
# What _MARKED begins with.
_BRACKETS = frozenset("[(<（【")
# What _NAMELESS, _DASH and _ARROWS begin with; most lines begin with a letter.
_SIGNS = frozenset("[-–—>&")
# SPEAKER_00 words, Speaker 1 - words
_COUNTED = re.compile(
    r"(?P<name>(?:SPEAKER|spk)_\d{1,3}|(?:Speaker|SPEAKER) \d{1,3}(?=[ \t]+[-–—][ \t]))[ \t]+(?:[-–—][ \t]+)?(?=\S)"
)
# Speaker 1 on a line of its own
_COUNTED_ALONE = re.compile(r"(?P<name>(?:SPEAKER|spk)_\d{1,3}|(?:Speaker|SPEAKER) \d{1,3})$")
_COUNTED_BEGINS = frozenset("Ss")
_NUMBERED = re.compile(r"(?:speaker|spk|sprecher|locuteur|hablante)[ _-]*(\?|\d{1,3})", re.IGNORECASE)


@dataclass(slots=True)
class Turn:
    """What is said by one speaker of a cue, and where it stands in the cue's text.

    Attributes:
        speaker: None where nobody is named.
        emotion: gold label.
        words: lines of what is said, without tags.
        begin: where its first line begins, with its tags.
        end: where its last line ends.
        voice: its voice tag; None where it is a line, with a name or without one.
        named: whether an emotion in brackets stands between its name and the colon.
        mark: places of the letters of its emotion in brackets.
        mark_place: where such an emotion goes.
    """

    speaker: str | None
    emotion: str | None
    words: list[str]
    begin: int = 0
    end: int = 0
    voice: re.Match[str] | None = None
    named: bool = False
    mark: Sequence[int] = ()
    mark_place: int = 0

    @property
    def text(self) -> str:
        """What is said, with the signs that stand for others in their place."""
        text = self.words[0] if len(self.words) == 1 else "\n".join(self.words)
        # Most texts have neither, which is seen sooner.
        text = html.unescape(text) if "&" in text else text
        return (text.replace("\\N", "\n") if "\\" in text else text).strip()


@dataclass(frozen=True, slots=True)
class Named:
    """The words before a colon.

    Attributes:
        shown: as a viewer reads them.
        is_speaker: whether they name one.
        is_doubtful: whether that one is named once, where others come again.
    """

    shown: str
    is_speaker: bool
    is_doubtful: bool


class Speakers:
    """Who speaks in a file, told from sentences with a colon and from sounds in brackets.

    Args:
        texts: those of its cues.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        names: list[str] = []
        said: list[str] = []
        marks: list[str] = []
        n_lines = 0
        for text in texts:
            if text.startswith("<v") and "&" not in text and (alone := _voice_alone(text)) is not None:
                # Names have no line ends, as a rule.
                text = alone[1] if "\n" not in alone[0][0] else text
            for raw in text.split("\n"):
                n_lines += 1
                line = raw.strip()
                # Most lines have none of these signs.
                if "&" in line or "<" in line or "{" in line:
                    line = _untagged(html.unescape(raw)).strip()
                if ">" in line or "&" in line:
                    line = _ARROWS.sub("", line, count=1)
                if "-" in line or not line.isascii():
                    line = _DASH.sub("", line, count=1)
                head, colon, words = line.partition(":")
                if colon and words[:1] in _BEHIND and (name := _name_of(head)) is not None:
                    names.append(tidy_name(name))
                    said.append(words.lstrip(" \t"))
                elif (colon or "：" in line) and (named := _NAME.match(line)):
                    names.append(tidy_name(named[1]))
                    said.append(line[named.end() :])
                elif line[:1] in _BRACKETS and (marked := _MARKED.match(line)) and not _NAMELESS.match(line):
                    marks.append(_shown_mark(marked))
        self._bare = bare_names(names)
        names = [self._bare.get(name, name) for name in names] if self._bare else names
        self._names = NameJudge(names, n_lines, said, in_cues=True)
        self._marks = NameJudge(marks, n_lines)
        self._named: dict[str, Named] = {}
        self._sure: dict[str, Turn | None] = {}
        shapes = [mark for mark in marks if shape_of(mark) >= Shape.NICK and not is_sound(mark)]
        again = {mark for mark in shapes if self._marks.counts[mark.casefold()] > 1}
        # Sounds stand in brackets too; names do so in most lines, and come again, or one person speaks in all lines.
        is_one = len(marks) == n_lines and bool(again) and shape_of(shapes[0]) == Shape.NAME
        self._has_marks = 2 * len(shapes) >= n_lines and (len(again) > 1 or len(set(shapes)) > 1 or is_one)

    def named(self, words: str) -> Named:
        """Returns what the words before a colon are; the same few stand in all lines."""
        found = self._named.get(words)
        if found is None:
            name = tidy_name(html.unescape(words).strip())
            name = self._bare.get(name, name)
            found = Named(name, self._names.is_speaker(name), self._names.is_doubtful(name))
            self._named[words] = found
        return found

    def sure(self, head: str) -> Turn | None:
        """Returns the turn of a line with these words before a colon and no others; the same few stand in all lines.

        None where the colon does not end a speaker, or there is something to tell of.
        """
        if head not in self._sure:
            doubts: list[str] = []
            turn = _begin_turn(f"{head}:", range(len(head) + 2), True, self, doubts.append)
            self._sure[head] = turn if turn is not None and turn.named and turn.words == [""] and not doubts else None
        return self._sure[head]

    def says(self, name: str) -> bool:
        """Returns whether somebody of this name speaks in other lines."""
        return name.casefold() in self._names.counts and self._names.is_speaker(name)

    def named_by_mark(self, mark: str) -> str | None:
        """Returns whom brackets at a line's beginning name, Theo also in `[Theo, whispering]`; None if nobody."""
        if _NUMBERED.fullmatch(mark.strip()):
            return mark
        if not self._has_marks:
            return None
        name, comma, _ = mark.partition(", ")
        if comma and name.casefold() in self._marks.counts:
            mark = name
        return None if is_sound(mark) or shape_of(mark) < Shape.NICK else mark


def split_turns(text: str, speakers: Speakers, doubt: Callable[[str], None]) -> list[Turn]:
    """Returns the turns of a cue's text: one per voice tag, or per line with a speaker or a dash.

    Args:
        text: lines with their tags.
        speakers: who speaks in the file.
        doubt: takes how a line is read that could be meant in another way.
    """
    spoken = _read_json_cue(text) if "{" in text else None
    if spoken is not None:
        return [spoken]
    voices = list(_VOICE.finditer(text)) if "<v" in text else []
    before = text[: voices[0].start()] if voices else text
    is_said = not before.isspace() if "<" not in before and "{" not in before else _untagged(before).strip()
    turns = _split_lines(before, speakers, doubt) if before and is_said else []
    for place, voice in enumerate(voices):
        end = voices[place + 1].start() if place + 1 < len(voices) else len(text)
        turns.append(_turn_of(voice, _untagged(text[voice.end() : end]), end))
    return turns


def plain_turn(text: str, speakers: Speakers) -> Turn | None:
    """Returns the turn of a cue that is one line without marks, or one voice, as most are; None of any other.

    It is the one that `split_turns` gives, sooner.
    """
    if text.startswith("<v"):
        alone = _voice_alone(text)
        return None if alone is None else _turn_of(*alone, len(text))
    if "\n" in text or "<" in text or "{" in text or not text or text[0].isspace():
        return None
    shown = text.rstrip()
    head, colon, words = shown.partition(":")
    if colon:
        alike = speakers.sure(head) if words[:1] in _BEHIND and ":" not in words else None
        if alike is None:
            return None
        words = words.lstrip(" \t")
        return Turn(alike.speaker, alike.emotion, [words], 0, len(shown), None, True, alike.mark, alike.mark_place)
    is_plain = text[0].isalpha() and text[0] not in _COUNTED_BEGINS and "：" not in text
    return Turn(None, None, [shown], 0, len(shown)) if is_plain else None


def _voice_alone(text: str) -> tuple[re.Match[str], str] | None:
    """Returns the voice tag that a text begins with, and the words behind it; None where it has other tags."""
    voice = _VOICE.match(text)
    if voice is None:
        return None
    words = text[voice.end() :].removesuffix("</v>")
    return None if "<" in words or "{" in text else (voice, words)


def _turn_of(voice: re.Match[str], words: str, end: int) -> Turn:
    classes, name = voice.groups()
    emotion = _emotion(classes) if classes else None
    return Turn(_voice_name(name) if name else None, emotion, [words], voice.start(), end, voice)


@lru_cache(maxsize=4096)
def _voice_name(name: str) -> str | None:
    return html.unescape(name).strip() or None


# The same few names stand in all lines.
@lru_cache(maxsize=4096)
def _name_of(head: str) -> str | None:
    """Returns the name in the words before a line's first colon, which a blank is behind; None where none is sure."""
    found = _NAME.match(f"{head}:")
    return found[1] if found is not None and found.end() > len(head) else None


def _read_json_cue(text: str) -> Turn | None:
    """Returns the turn of a cue that is a JSON object, as Teams' service gives them; None where it is none."""
    mark = _NAMELESS.match(text)
    plain = TAG.sub("", text[mark.end() :] if mark is not None else text).strip()
    if not plain.startswith("{"):
        return None
    try:
        row = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    words = next((row[key] for key in _WORDS_KEYS if isinstance(row.get(key), str)), None)
    speaker = next((row[key] for key in _SPEAKER_KEYS if isinstance(row.get(key), str)), None)
    if words is None:
        return None
    emotion = next((found for span in SPAN.finditer(text) if (found := _emotion(span[1]))), None)
    if mark is not None:
        emotion = emotion or mark[1]
    cut = range(*mark.span()) if mark is not None else ()
    return Turn(speaker, emotion, [html.escape(words, quote=False)], 0, len(text), mark=cut)


def _split_lines(text: str, speakers: Speakers, doubt: Callable[[str], None]) -> list[Turn]:
    """Returns the turns of lines without voice tags; a line that begins none continues the one above it."""
    turns: list[Turn] = []
    begin, first = 0, None
    for raw in text.split("\n"):
        line, places = _letters(raw, begin)
        if first is None:
            first = begin + len(raw) - len(raw.lstrip())
        turn = _begin_turn(line, places, not turns, speakers, doubt)
        if turn is not None:
            turn.begin = first
            turns.append(turn)
        elif turns:
            turns[-1].words.append(line)
        # Tags in a line of their own belong to the turn below them, where there is none above.
        if turns:
            if shown := raw.rstrip():
                turns[-1].end = begin + len(shown)
            first = None
        begin += len(raw) + 1
    for turn in turns if "<c" in text else ():
        for span in SPAN.finditer(text, turn.begin, turn.end):
            turn.emotion = turn.emotion or _emotion(span[1])
    return turns


def _begin_turn(
    line: str, places: Sequence[int], is_first: bool, speakers: Speakers, doubt: Callable[[str], None]
) -> Turn | None:
    """Returns the turn that a line begins, by a name, a dash or as the first one; None where it continues."""
    said, begun, marks = 0, None, []
    while line[said : said + 1] in _SIGNS and (
        found := _NAMELESS.match(line, said) or (_begins_anew(line, said) if begun is None else None)
    ):
        if found.re is _NAMELESS:
            marks.append(found)
        else:
            begun = found
        said = found.end()
    if marks and begun is None and said == len(line):
        # All that is said is no mark.
        said = marks.pop().start()
    cut: Sequence[int] = ()
    emotion = None
    if marks:
        cut = [place for mark in marks for place in places[mark.start() : mark.end()]]
        emotion = marks[0][1]
    turn = _named_turn(line, said, places, speakers, doubt) or _marked_turn(line, said, places, speakers, doubt)
    if (
        turn is None
        and line[said : said + 1] in _COUNTED_BEGINS
        and (counted := _COUNTED.match(line, said) or _COUNTED_ALONE.match(line, said))
    ):
        turn = Turn(counted["name"], None, [line[counted.end() :]], mark_place=places[counted.end()])
    if turn is not None:
        if marks:
            turn.mark = [*turn.mark, *cut]
            turn.emotion = turn.emotion or emotion
        return turn
    if (begun and begun.re is _DASH and _OTHER_DASH.search(line, said)) or (
        ">>" in line and _OTHER_ARROWS.search(line, said)
    ):
        doubt("two people in one line read as one turn")
    if begun or (is_first and line):
        return Turn(None, emotion, [line[said:]], mark=cut, mark_place=places[said])
    return None


def _begins_anew(line: str, said: int) -> re.Match[str] | None:
    return _DASH.match(line, said) or _ARROWS.match(line, said)


def begins_with_arrows(text: str, turn: Turn) -> bool:
    """Returns whether `>>`, which marks that another one speaks, stands before a turn of a cue's text."""
    return _ARROWS.match(_untagged(text[turn.begin : turn.end]).lstrip()) is not None


def _named_turn(
    line: str, said: int, places: Sequence[int], speakers: Speakers, doubt: Callable[[str], None]
) -> Turn | None:
    # The pattern tries each letter of a line that has no colon.
    name = _NAME.match(line, said) if ":" in line or "：" in line else None
    if name is None:
        return None
    named = speakers.named(name[1])
    if not named.is_speaker:
        doubt("a colon read as part of a sentence")
        return None
    if named.is_doubtful:
        doubt("a speaker seen once")
    words = line[name.end() :]
    if ":" in words and any(map(speakers.says, names_within(words))):
        doubt("another speaker's name within a line")
    shown, first, second = name.group(1, 2, 3)
    end = said + len(shown.rstrip())
    if first is None:
        return Turn(named.shown, None, [words], 0, 0, None, True, (), places[end - 1] + 1)
    # Behind a remark, or alone, stands the emotion.
    number = 3 if second else 2 * (not _is_remark(first))
    end = name.end(2) + 1 if number != 2 else end
    cut = places[end : name.end(number) + 1] if number else ()
    emotion = name[number] if number else None
    return Turn(named.shown, emotion, [words], named=True, mark=cut, mark_place=places[end - 1] + 1)


def _is_remark(mark: str) -> bool:
    """Returns whether what stands in brackets behind a name is how or where somebody speaks, and no emotion."""
    return is_sound(mark) or _WHERE.fullmatch(mark.strip()) is not None


def _marked_turn(
    line: str, said: int, places: Sequence[int], speakers: Speakers, doubt: Callable[[str], None]
) -> Turn | None:
    mark = _MARKED.match(line, said) if line[said : said + 1] in _BRACKETS else None
    if mark is None:
        return None
    shown = html.unescape(_shown_mark(mark)).strip()
    name = speakers.named_by_mark(shown)
    if name is None:
        if shape_of(shown) == Shape.NAME and not is_sound(shown) and mark.end() < len(line):
            doubt("brackets that could name a speaker, read as said")
        return None
    end = max(mark.end(1), mark.end(2), mark.end(3), mark.end(5)) + 1
    numbered = _NUMBERED.fullmatch(name)
    if numbered and mark[2]:
        # whisper.cpp counts its speakers, and writes ? where it could not tell.
        name = "" if numbered[1] == "?" else numbered[1]
    has_colon = ":" in line[end : mark.end()]
    emotion, words = mark[4], line[mark.end() :]
    cut = places[end : mark.end(4) + 1] if mark[4] else ()
    if not has_colon and (behind := _NAMELESS.match(line, mark.end())):
        emotion, words = behind[1], line[behind.end() :]
        cut = places[behind.start() : behind.end()]
    place = places[end - 1] + 1 if has_colon else places[mark.end()]
    return Turn(name or None, emotion, [words], named=has_colon, mark=cut, mark_place=place)


def _shown_mark(mark: re.Match[str]) -> str:
    # A colon may stand within the brackets: [Mia:] words
    return (mark[1] or mark[2] or mark[3] or mark[5]).rstrip(":： ")


def _untagged(text: str) -> str:
    # Most texts have no tags, which is seen sooner than by the pattern.
    return TAG.sub("", text) if "<" in text or "{" in text else text


def _letters(raw: str, begin: int) -> tuple[str, Sequence[int]]:
    """Returns a line without tags and outer blanks, and where each of its letters stands, and then its end."""
    if "<" not in raw and "{" not in raw:
        text = raw.strip()
        first = begin + len(raw) - len(raw.lstrip())
        return text, range(first, first + len(text) + 1)
    places: list[int] = []
    pieces: list[str] = []
    last = 0
    for tag in TAG.finditer(raw):
        places += range(last, tag.start())
        pieces.append(raw[last : tag.start()])
        last = tag.end()
    places += range(last, len(raw))
    text = "".join([*pieces, raw[last:]])
    n_before = len(text) - len(text.lstrip())
    kept = places[n_before : len(text.rstrip())]
    return text.strip(), [begin + place for place in kept] + [begin + (kept[-1] + 1 if kept else len(raw))]


@lru_cache(maxsize=256)
def _emotion(classes: str) -> str | None:
    """Returns the emotion among the classes of a tag, such as `.loud.emotion-no_joy`."""
    found = [name.removeprefix(EMOTION_CLASS) for name in classes.split(".") if name.startswith(EMOTION_CLASS)]
    return html.unescape(found[0]).replace("_", " ") if found else None
