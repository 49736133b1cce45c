"""A line of a plain chat, taken apart: its time, who could be named in it and how, and the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from instructerc.formats.shared.names import LONGEST_NAME, is_sound, tidy_name
from instructerc.formats.shared.stamps import CLOCK, Times, read_times

COLON, BOLD, BRACKET, ANGLE = "colon", "bold", "bracket", "angle"
CELL, HEADING, LETTER, NUMBER, TIGHT, SAID = "cell", "heading", "letter", "number", "tight", "said"
CLOCKED = "clocked"

_ENDS = frozenset("#:：")
# What brackets, bold words and angles around names begin with.
_MARKS = frozenset("[*_<")
_OPENING = frozenset("[(")
# What a time at a line's end ends with.
_LAST = frozenset("0123456789smM.])")
_BLANK = "[ \t\u00a0\u202f]"
_BULLET = re.compile(rf"(?:[-–—•*]{_BLANK}{{1,3}}|>{{2,3}}{_BLANK}{{0,3}}|(?:\d{{1,4}}[.)]|0\d{{1,4}}){_BLANK}{{1,3}})")
# What these begin with, but for digits, and what _BOLD begins with.
_BULLETS = frozenset("-–—•*>")
_BOLDS = frozenset("*_")
_QUOTED = re.compile(rf">{_BLANK}{{0,3}}(?=[*_])")
_AFTER_TIME = re.compile(rf"{_BLANK}{{0,8}}(?:[-–—|>]{_BLANK}{{1,3}}|>{{2,3}}{_BLANK}{{0,3}})?")
# A colon ends a name only before a blank or the line's end, so that http:// and 12:30 are text; in scripts without
# blanks it needs none.
_COLON = r"(?::(?=\s|$|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])|：)"
# A dot, bar or sign may stand between name and time: Mia Kern · 9:05 AM, Mia Kern @ 00:03.
_ASIDE = rf"(?:{_BLANK}{{0,3}}(?P<aside>[\[(]{CLOCK}[\])])|(?:,?{_BLANK}|{_BLANK}?[·•|@~]{_BLANK}?)(?P<bare>{CLOCK}))?"
_NAMED = re.compile(rf"(?P<name>[^:：\t]{{1,{LONGEST_NAME}}}?){_ASIDE}{_BLANK}{{0,3}}{_COLON}")
# Without a digit there is no time, and all before the colon is the name, which is seen much sooner.
_BARE = re.compile(rf"(?P<name>[^:：\t\d]{{1,{LONGEST_NAME}}}+){_BLANK}{{0,3}}{_COLON}")
_BOLD = re.compile(r"(\*{1,3}|_{1,2})(?=\S)(?P<inner>[^*\n]{1,100}?)\1(?!\w)")
# A role may stand there, too: **Mia** *(host)*: words
_AFTER_BOLD = re.compile(
    rf"(?:{_BLANK}?[*_]{{0,2}}\([^()\d]{{1,40}}\)[*_]{{0,2}})?{_BLANK}{{0,3}}(?:(?P<aside>[\[(]{CLOCK}[\])]){_BLANK}{{0,3}})?[:：]"
)
# [Mia] words, [Mia] (00:03): words
# **Q: words**, all of a line
_ALL_BOLD = re.compile(rf"(\*\*|__)([^\W\d_][^*\n:]{{0,40}}:{_BLANK}\S[^*\n]*)\1")
_BOLD_BEGINS = frozenset(("**", "__"))
_BRACKET = re.compile(
    rf"\[(?P<name>[^\[\]]{{1,{LONGEST_NAME}}})\](?:{_BLANK}{{0,3}}(?P<aside>[\[(]{CLOCK}[\])])(?={_BLANK}{{0,3}}:))?"
    rf"(?P<colon>{_BLANK}{{0,3}}:)?"
)
# 【花】words
_LENTICULAR = re.compile(rf"【(?P<name>[^【】]{{1,{LONGEST_NAME}}})】(?P<colon>{_BLANK}{{0,3}}[:：])?")
_ANGLE = re.compile(rf"<[@+%&~! ]?(?P<name>[^<>]{{1,{LONGEST_NAME}}})>{_BLANK}{{0,3}}:?")
# Name TAB words, Name | words
_CELL = re.compile(rf"(?P<name>[^\t|:：]{{1,{LONGEST_NAME}}}?)(?:\t| {{1,3}}\| {{1,3}})(?=\S)")
_HEADING = re.compile(rf"#{{1,6}}{_BLANK}+(?P<name>[^#:：]{{1,40}}?){_BLANK}*[:：]?")
# Q. and A. of a hearing; some have no point and more blanks
_LETTER = re.compile(rf"(?P<name>[QA])(?:\.{_BLANK}{{1,8}}|{_BLANK}{{2,10}})(?=\S)")
# Mia.- words, as Spanish newspapers have it
_DOT_DASH = re.compile(rf"(?P<name>[^:：\t.]{{1,40}}?)\.[-–—]{_BLANK}{{1,3}}(?=\S)")
# Mia Kern [00:00:03] words
_CLOCKED = re.compile(
    rf"(?P<name>[^:：\t\[\]()]{{1,40}}?){_BLANK}{{1,3}}(?P<aside>[\[(]{CLOCK}[\])]){_BLANK}{{1,3}}(?=\S)"
)
# The number of a line before it.
_LINE_NUMBER = re.compile(rf"\s*(\d{{1,5}})(?:[.:)]?{_BLANK}+|\s*$)")
# So many lines show that all are numbered.
_FEWEST_NUMBERED = 4
# 0.00 2.34 SPEAKER_00 words
_NUMBER = re.compile(
    rf"(?:\d+\.\d+{_BLANK}+\d+\.\d+{_BLANK}+)?(?P<name>(?:SPEAKER|spk)_\d{{1,3}}){_BLANK}{{1,3}}(?=\S)"
)
# 0.00 TAB 2.34 TAB words, the labels of Audacity
_LABEL = re.compile(r"\d+\.\d{1,6}\t\d+\.\d{1,6}\t")
# What chats of videos put before a name: (Moderator) mia
_BADGES = re.compile(r"(?:\([A-Z][\w ,]{2,40}\) ){1,3}(?=[^\s:]{1,60}:)")
_SECONDS = re.compile(rf"(\d+\.\d+){_BLANK}+(\d+\.\d+)")
# (speaker 0) words
_COUNTED = re.compile(rf"\((?P<name>speaker[ _]\d{{1,3}})\){_BLANK}{{0,3}}:?", re.IGNORECASE)
# Mia:words
_TIGHT = re.compile(r"(?P<name>[^\s:：\d/\\\"'(){}\[\]<>=,;.!?#$%&]{1,30}):(?=[^\s:/\\=<>{}\[\]])")
# words [00:03], words (00:03), words TAB 00:03
_TAIL = re.compile(rf"(?P<words>.*\S)(?:\s{{1,4}}(?P<aside>[\[(]{CLOCK}[\])])|\t\s?(?P<cell>{CLOCK}))")
# F4 and its like write when a turn ended behind it.
# [00:03](https://…), a time that leads to the recording
_TIME_LINK = re.compile(rf"(\[{CLOCK}\])\([^()\s]{{1,400}}\)")
_BREAK = re.compile(r"<br\s?/?>")
_FIRST_TIME = re.compile(r"#(\d{1,2}:\d{2}:\d{2})[-.,](\d{1,3})#\s*(?=\S)")
_END_TIME = re.compile(r"\s*#\d{1,2}:\d{2}:\d{2}[-.,]\d{1,3}#\s*$")
_HAS_SAID = re.compile(
    rf"(?P<name>[^:：\t]{{1,40}}?){_BLANK}"
    rf"(?:says?|writes|wrote|schreibt|schrieb|sagt|dit|dice|said|ha[st]t? gesagt|avez dit|a dit|as dit|dijiste|dijo"
    rf"|disse|hai detto|ha detto)(?P<aside>{_BLANK}[\[(]{CLOCK}[\])])?{_BLANK}?[:：]"
)


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class ChatLine:
    """A line that is not blank.

    Attributes:
        number: its number in the file.
        text: it without outer blanks.
        style: how it names somebody; None where it names nobody.
        name: who could be named.
        words: what stands behind that, or behind the time.
        times: the time before or within the name.
        late: a time that the words begin with, which is one only if most lines of the file have it.
        late_words: the words behind that time.
    """

    number: int
    text: str
    style: str | None
    name: str
    words: str
    times: Times | None = None
    late: Times | None = None
    late_words: str = ""


def are_numbered(raw_lines: Sequence[str]) -> bool:
    """Returns whether each line begins with its number, which is nobody's; pages may begin at one again."""
    if len(raw_lines) < _FEWEST_NUMBERED:
        return False
    last: int | None = None
    for raw in raw_lines:
        found = _LINE_NUMBER.match(raw)
        number = int(found[1]) if found is not None else None
        if number is None or (last is not None and number not in (last + 1, 1)):
            return False
        last = number
    return True


def without_number(raw: str) -> str:
    """Returns a line without its number."""
    return _LINE_NUMBER.sub("", raw, count=1)


def read_line(raw: str, number: int) -> ChatLine:
    """Returns the parts of a line."""
    text = raw.strip()
    if "](" in text:
        text = _TIME_LINK.sub(r"\1", text)
    if "<br" in text:
        text = _BREAK.sub(" ", text).strip()
    # Most lines neither begin nor end so.
    if text[-1:] in _ENDS or text[:1] == "#":
        if text.endswith("#"):
            text = _END_TIME.sub("", text)
        if text.startswith("#"):
            # Others write when it began before it.
            text = _FIRST_TIME.sub(r"[\1.\2] ", text, count=1)
        alone = _HEADING.fullmatch(text) if text.startswith("#") else None
        if text.endswith((":", "：")):
            alone = alone or _HAS_SAID.fullmatch(text)
        if alone is not None:
            way = SAID if alone.re is _HAS_SAID else HEADING
            return ChatLine(number, text, way, tidy_name(alone["name"]), "", _aside(alone))
    if text[:2] in _BOLD_BEGINS and (whole := _ALL_BOLD.fullmatch(text)) is not None:
        text = whole[2]
    times = read_times(text) if text[:1] in _OPENING and text[1:2].isdecimal() else None
    begin = 0 if times is None else _after_time(text, times.ends_at)
    # The same few names stand in all lines, so what they mean is worked out once each: the same before all words that
    # begin with a letter.
    end = text.find(":", begin, begin + LONGEST_NAME) + 1
    if end:
        end += 2 * text.startswith("**", end)
        words = text[end + 1 :]
        if text[end : end + 1] == " " and words[:1].isalpha() and (known := _known_head(text[begin:end], begin > 0)):
            return ChatLine(number, text, *known, words, times)
    return _read_parts(text, number, times)


@lru_cache(maxsize=4096)
def _known_head(head: str, is_timed: bool) -> tuple[str, str] | None:
    """Returns the style and the name of what stands before words; None where the words may count too."""
    if not head[0].isalpha() and (is_timed or head[0] not in _MARKS):
        return None
    line = _read_parts(f"{head} x", 0)
    is_whole = line.style == COLON if head[0].isalpha() else line.style in (BOLD, BRACKET, ANGLE)
    return (line.style, line.name) if line.style and is_whole and line.words == "x" and line.times is None else None


def _read_parts(text: str, number: int, times: Times | None = None) -> ChatLine:
    """Returns the parts of a line, by the patterns; `times` are those that it begins with, where they were read."""
    first = text[:1]
    if first.isalpha():
        # Most lines begin with a letter, and then with no time, bullet or mark.
        naming = _find_bare(text, 0) or _find_first(text, 0, _LETTER_PATTERNS)
        return _named_line(text, number, 0, naming, None)
    # Each pattern is only tried where the sign stands that it begins with.
    has_bullet = first in _BULLETS or first.isdecimal()
    bullet = (_QUOTED.match(text) or _BULLET.match(text)) if has_bullet else None
    place = bullet.end() if bullet and not text.startswith("**") else 0
    bold = _BOLD.match(text, place) if text[place : place + 1] in _BOLDS else None
    if bold is not None and (line := _read_bold(text, bold, number)) is not None:
        return line
    label = _LABEL.match(text, place) if "\t" in text else None
    if times is None:
        times = _seconds(label[0]) if label is not None else read_times(text, place)
    begin = place
    if times is not None:
        begin = label.end() if label is not None else _after_time(text, times.ends_at)
        if text[begin : begin + 1] == "(" and (badges := _BADGES.match(text, begin)) is not None:
            begin = badges.end()
        bold = _BOLD.match(text, begin) if text[begin : begin + 1] in _BOLDS else None
        if bold is not None and (line := _read_bold(text, bold, number, times)) is not None:
            return line
    return _named_line(text, number, begin, _find_name(text, begin), times)


def _named_line(text: str, number: int, begin: int, naming: _Naming | None, times: Times | None) -> ChatLine:
    if naming is None:
        return ChatLine(number, text, None, "", text[begin:] if times else text, times)
    found, style, name, end = naming
    words = text[end:].strip()
    if times is None and found is not None:
        times = _seconds(found[0]) if style == NUMBER else _aside(found)
    # Most words begin with a letter, and then with no time.
    line = ChatLine(number, text, style, name, words, times)
    return line if words[:1].isalpha() else _with_late(line)


# How a line names somebody: what was found, None where it has no time, the style, the name, and where the words begin.
_Naming = tuple[re.Match[str] | None, str, str, int]

# Each with the signs of which a line must have one, which is seen sooner than by the pattern.
_LETTER_PATTERNS = (
    ((":", "："), _BARE, COLON),
    ((":", "："), _NAMED, COLON),
    ((".", "  "), _LETTER, LETTER),
    ((".-", ".–"), _DOT_DASH, COLON),
    (("[", "("), _CLOCKED, CLOCKED),
    (("_", "_"), _NUMBER, NUMBER),
    (("\t", "|"), _CELL, CELL),
    ((":", ":"), _TIGHT, TIGHT),
)
_PATTERNS = ((("(", "("), _COUNTED, BRACKET), *_LETTER_PATTERNS)


def _find_name(text: str, begin: int) -> _Naming | None:
    sign = text[begin : begin + 1]
    bracket = _BRACKET.match(text, begin) if sign == "[" else None
    if sign == "【":
        bracket = _LENTICULAR.match(text, begin)
    if bracket is not None and not is_sound(bracket["name"]):
        rest = text[bracket.end() :].strip()
        if not rest.startswith("[") and (bracket["colon"] or rest):
            return bracket, BRACKET, tidy_name(bracket["name"]), bracket.end()
    angle = _ANGLE.match(text, begin) if sign == "<" else None
    if angle is not None:
        return angle, ANGLE, tidy_name(angle["name"]), angle.end()
    bare = _find_bare(text, begin) if sign != "(" else None
    return bare or _find_first(text, begin, _PATTERNS)


def _find_bare(text: str, begin: int) -> _Naming | None:
    """Returns what `_BARE` finds, for the same few names of all lines; None where it must be tried."""
    end = text.find(":", begin, begin + LONGEST_NAME)
    if end > 0 and (end + 1 == len(text) or text[end + 1].isspace()) and (name := _bare_name(text[begin:end])):
        return None, COLON, name, end + 1
    return None


@lru_cache(maxsize=4096)
def _bare_name(head: str) -> str:
    found = _BARE.match(f"{head}:") if "：" not in head else None
    return "" if found is None else tidy_name(found["name"])


def _find_first(
    text: str, begin: int, patterns: Sequence[tuple[tuple[str, str], re.Pattern[str], str]]
) -> _Naming | None:
    for (sign, other), pattern, style in patterns:
        if (
            (sign in text or other in text)
            and (found := pattern.match(text, begin)) is not None
            and (name := tidy_name(found["name"]))
        ):
            return found, style, name, found.end()
    return None


def _read_bold(text: str, bold: re.Match[str], number: int, times: Times | None = None) -> ChatLine | None:
    """Returns a line such as `**11:00 Mia:** words` or `**Mia** : words`; None where the bold words name nobody."""
    inner, end = bold["inner"].strip(), bold.end()
    after = _AFTER_BOLD.match(text, end)
    if not inner.endswith((":", "：")) and after is None:
        return None
    end = after.end() if after else end
    inner = inner.rstrip(":： \u00a0")
    if times is None and after is not None and after["aside"]:
        times = read_times(after["aside"])
    if times is None and (times := read_times(inner)) is not None:
        inner = inner[_after_time(inner, times.ends_at) :]
    named = _named_in_bold(inner)
    if named is None or not tidy_name(named["name"]):
        return None
    line = ChatLine(number, text, BOLD, tidy_name(named["name"]), text[end:].strip(), times or _aside(named))
    return _with_late(line)


@lru_cache(maxsize=4096)
def _named_in_bold(inner: str) -> re.Match[str] | None:
    return _NAMED.match(f"{inner}:")


def _seconds(text: str) -> Times | None:
    """Returns the times of `0.00 2.34` in seconds."""
    found = _SECONDS.match(text)
    return read_times(f"[{float(found[1]):.3f}s - {float(found[2]):.3f}s]") if found is not None else None


def _aside(named: re.Match[str]) -> Times | None:
    if named.lastindex is None or named.lastindex < 2:
        # The name is the first group, and no other one has matched.
        return None
    groups = named.groupdict()
    shown = groups.get("aside") or groups.get("bare")
    return read_times(shown.strip()) if shown else None


def _after_time(text: str, place: int) -> int:
    if text[place : place + 1] == " " and text[place + 1 : place + 2].isalpha():
        # As it is in most lines.
        return place + 1
    found = _AFTER_TIME.match(text, place)
    return place if found is None else found.end()


def _with_late(line: ChatLine) -> ChatLine:
    if line.times is not None:
        return line
    late = read_times(line.words)
    if late is None:
        return line
    rest = line.words[_after_time(line.words, late.ends_at) :].strip()
    return ChatLine(line.number, line.text, line.style, line.name, line.words, None, late, rest)


def read_tail(line: ChatLine) -> tuple[str, Times] | None:
    """Returns the words of a line and the time that they end with, which is one only if most lines of the file have it;
    None without one."""
    if line.words[-1:] not in _LAST:
        return None
    found = _TAIL.fullmatch(line.words)
    times = read_times(found["aside"] or found["cell"]) if found is not None else None
    return None if found is None or times is None else (found["words"], times)
