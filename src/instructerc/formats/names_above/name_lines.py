"""Lines that are nothing but a name: in a heading, bold, in brackets, underlined or bare, with a time or without.

So are those in which words follow a bold name, or a name and a dash, without a colon.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from instructerc.formats.names_above.interview_parts import is_part, is_program, is_section
from instructerc.formats.shared.names import Shape, bare_names, is_sound, shape_of, tidy_name
from instructerc.formats.shared.stamps import CLOCK, Times, read_times
from instructerc.formats.shared.written_lines import WrittenLine

BARE, BRACKET, ROUND, ANGLE = "bare", "[", "(", "<"
UNDERLINED, DASHED, BEFORE = "underlined", "dashed", "bold before words"

_LONGEST = 80
_LONGEST_NAME = 40
# A point of a list, a quotation or a turn's number stands before it.
_BEFORE = re.compile(r"(?:[-+•] |\* |>\s?|\[\d{1,4}\]\s|\d{1,4}[.)]\s)\s*(?=\S)")
_HEADING = re.compile(r"(#{1,6})\s+(.*\S)\s*?#*")
_MARKED = re.compile(r"([*_]{1,3})(?=[^\s*_])([^*\n]+?)\1([^*\n]*)")
_BRACKETED = re.compile(r"\[([^\[\]]+)\](.*)|\(([^()]+)\):?")
_ANGLE = re.compile(r"<([^<>/!?=]+)>(.*)")
# == Mia ==, - Mia -
_FRAMED = re.compile(r"([-–—=~]{1,3})\s+(\S.*?)\s+\1")
# **Mia** words, **Mia.** words, **Mia** – words
_BEFORE_WORDS = re.compile(
    r"([*_]{2,3})(?=[^\s*_])(?P<name>[^*\n]{1,40}?)[ .–—-]{0,2}\1(?:\s?[–—-])?\s+(?P<words>[^\s([].*)"
)
# Mia – words
_DASHED = re.compile(r"(?P<name>[^\W\d_][^–—:.,?!]{0,39}?)\s[–—-]\s(?P<words>\S.*)")
_DASH = re.compile(r"\s[–—-]\s")
_DIGIT = re.compile(r"\d")
_UNDERLINE = re.compile(r"(?:-{2,}|={2,})")
_EARLY = re.compile(rf"[\[(]?(?P<clock>{CLOCK})[\])]?(?:\s*[-–—|])?\s+(?P<name>\S.*)", re.ASCII)
_LATE = re.compile(
    rf"(?P<name>.*?\S)\s*[-–—·|@,]?\s*(?P<open>[\[(])?(?P<clock>{CLOCK}(?:\s{{0,3}}(?:-->|->|[-–—])\s{{0,3}}{CLOCK})?)(?(open)[\])])",
    re.ASCII,
)
_TIME = re.compile(CLOCK, re.ASCII)
_LAST = re.compile(r"[.!?,;…。！？]\Z")
_LETTER = re.compile(r"[A-Z]\.")
# Who gets lists with more of these is a choice in a test, and nobody.
_CHOICES = "abcdefgh"


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class NameLine:
    """A line that could name who says what stands below it.

    Attributes:
        number: its number in the file.
        place: where it stands among the lines that are not blank.
        style: how it is marked: `##`, `**`, `[`, `underlined`, `bare` and so on.
        name: who could be named.
        times: the time beside the name.
        words_from: place of the first line below it.
        is_free: whether a blank line, or none at all, stands above it.
        has_colon: whether a colon ends it.
        words: what stands behind the name in the same line.
    """

    number: int
    place: int
    style: str
    name: str
    times: Times | None
    words_from: int
    is_free: bool
    has_colon: bool
    words: str = ""

    @property
    def key(self) -> str:
        """What is equal in all lines that name the same one."""
        return self.name.casefold()


def find_name_lines(lines: Sequence[WrittenLine]) -> list[NameLine]:
    """Returns the lines that could name somebody, without the remarks behind the names."""
    found = [one for place in range(len(lines)) if (one := _read(lines, place)) is not None]
    bare = bare_names({one.name for one in found})
    for one in found:
        one.name = bare.get(one.name, one.name)
    return found


def _read(lines: Sequence[WrittenLine], place: int) -> NameLine | None:
    text = lines[place].text
    if (inline := _read_with_words(lines, place)) is not None:
        return inline
    if len(text) > _LONGEST:
        return None
    style, text = _style_of(text)
    words_from = place + 1
    if style == BARE and words_from < len(lines) and _UNDERLINE.fullmatch(lines[words_from].text):
        style, words_from = UNDERLINED, place + 2
    has_colon = text.endswith((":", "："))
    name, times = _without_time(text.rstrip(":： "))
    name = tidy_name(name.rstrip(":： "))
    if _LETTER.fullmatch(name):
        name = name[0]
    if not _can_be_name(name, style):
        return None
    return NameLine(lines[place].number, place, style, name, times, words_from, _is_free(lines, place), has_colon)


def _is_free(lines: Sequence[WrittenLine], place: int) -> bool:
    return place == 0 or lines[place].number > lines[place - 1].number + 1


def _read_with_words(lines: Sequence[WrittenLine], place: int) -> NameLine | None:
    """Returns a line with words behind a bold name, or behind a name and a dash; None where it is another one."""
    text = lines[place].text
    if text[0] in "*_":
        found, style = _BEFORE_WORDS.fullmatch(text), BEFORE
    elif text[0].isalpha() and _DASH.search(text, 0, _LONGEST_NAME + 3) is not None:
        found, style = _DASHED.fullmatch(text), DASHED
    else:
        return None
    name = tidy_name(found["name"]) if found is not None else ""
    if found is None or not _can_be_name(name, BARE) or _TIME.fullmatch(found["words"]):
        return None
    free = _is_free(lines, place)
    return NameLine(lines[place].number, place, style, name, None, place + 1, free, False, found["words"])


def _style_of(text: str) -> tuple[str, str]:
    """Returns how a line is marked, and what stands within the marks and behind them."""
    if text[0].isalpha():
        return BARE, text
    if (framed := _FRAMED.fullmatch(text)) is not None:
        return framed[1], framed[2]
    before = _BEFORE.match(text)
    if before is not None:
        text = text[before.end() :]
    if text.startswith("#") and (heading := _HEADING.fullmatch(text)) is not None:
        return heading[1], _style_of(heading[2])[1]
    if text[0] in "*_" and (marked := _MARKED.fullmatch(text)) is not None:
        return marked[1], f"{marked[2].strip()}{marked[3]}"
    if text[0] == "<" and (angle := _ANGLE.fullmatch(text)) is not None:
        return ANGLE, f"{angle[1].strip()}{angle[2]}"
    if text[0] in "[(" and (found := _BRACKETED.fullmatch(text)) is not None and not read_times(text):
        return (BRACKET, f"{found[1].strip()}{found[2]}") if found[1] else (ROUND, found[3].strip())
    return BARE, text


def _without_time(text: str) -> tuple[str, Times | None]:
    if not ("s" in text or ":" in text) or _DIGIT.search(text) is None:
        return text, None
    for pattern in (_EARLY, _LATE):
        found = pattern.fullmatch(text)
        times = read_times(f"[{found['clock']}]") if found is not None else None
        if found is not None and times is not None:
            return found["name"], times
    return text, None


def _can_be_name(name: str, style: str) -> bool:
    if not name or len(name) > _LONGEST_NAME or _LAST.search(name) or not any(map(str.isalpha, name)):
        return False
    if is_part(name):
        return True
    least = Shape.NAME if style == BARE else Shape.NICK
    return (
        shape_of(name) >= least and not is_section(name) and not is_sound(name.partition(" (")[0]) and ":" not in name
    )


def find_speaking(lines: Sequence[NameLine]) -> list[NameLine]:
    """Returns the lines that name speakers, in the one style in which most do, or in several marked ones."""
    groups: dict[str, list[NameLine]] = {}
    for line in lines:
        groups.setdefault(line.style, []).append(line)
    best = max(map(_of_speakers, groups.values()), key=len, default=[])
    # Who asks may stand in bold type, and who answers in italics.
    best = best or _of_speakers(_without(lines, BARE)) or _of_speakers(_without(lines))
    if any(line.style == BARE for line in best):
        free = [line for line in best if line.is_free]
        # Where a blank line stands above names, one within a paragraph is said.
        best = free if len(free) >= 0.9 * len(best) else best
    return best


def _without(lines: Sequence[NameLine], *styles: str) -> list[NameLine]:
    return [line for line in lines if not line.words and line.style not in styles]


def _of_speakers(lines: Sequence[NameLine]) -> list[NameLine]:
    """Returns the lines with names that come again or are known as parts, of at least two people; else nothing."""
    counts = Counter(line.key for line in lines)
    again = {key for key, count in counts.items() if count > 1}
    sure = {line.key for line in lines if is_part(line.name)}
    # In answers of programs, headings may come again.
    speakers = sure if any(is_program(line.name) and line.key in again for line in lines) else again | sure
    if len(speakers) < 2 or not again or (len(again) < 2 and not speakers <= sure):
        return []
    # A, B and C are the choices of a test.
    is_test = all(len(key) == 1 for key in speakers) and "".join(sorted(speakers)) in _CHOICES
    return [] if is_test else [line for line in lines if line.key in speakers]
