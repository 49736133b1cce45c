"""What stands around the turns of a plain chat and is nobody's: a head, days, times alone, a program's last line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from instructerc.formats.plain.layout import TIMED, ChatLayout, is_decoration, is_time_alone
from instructerc.formats.plain.line import ANGLE, HEADING, ChatLine
from instructerc.formats.plain.page_lines import PAGES, places_of_pages
from instructerc.formats.shared.dates import Numbers
from instructerc.formats.shared.names import Shape, is_role, shape_of
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.times.day_clocks import read_date_line

_OF_HEAD = "{n} line(s) of a head such as 'Interviewer: Ann Lee': left out"
_LAST_LINE = re.compile(
    r"(?i:exported|downloaded|printed|generated|transcribed|exportiert|heruntergeladen|exporté|exportado|esportato)"
    r" (?i:from|by|with|on|at|von|aus|am|mit|de|par|le|por|el|da|il) .{1,200}"
    r"|Automatically convert .{1,200}"
    r"|[\[(]?(?i:end of (?:the )?(?:recording|interview|transcript(?:ion)?|audio|tape|session)"
    r"|(?:recording|interview|transcript|audio|session) ends|ende (?:der aufnahme|des (?:interviews|gesprächs))"
    r"|fin de (?:l[’']enregistrement|l[’']entretien|la grabación|la entrevista))\.?[\])]?"
)
# In a hearing, who asks from there on.
_WHO_ASKS = re.compile(r"BY (?:M[RS]S?|DR)\. [A-Z' -]{2,40}:|(?:(?:RE)?(?:DIRECT|CROSS)[ -])?EXAMINATION")
_ENDS = re.compile(r"[.!?…][\"'”’»)\]]{0,3}\Z")
_RULE = "-=*_~# \t"
_LONGEST_HEAD = 10
_GREETINGS = frozenset(
    {"hello", "hi", "hey", "good", "thanks", "yes", "no", "okay", "hallo", "guten", "danke", "ja", "nein"}
)


def without_head(lines: Sequence[ChatLine | None], reading: Reading) -> list[ChatLine | None]:
    """Returns the lines below a head, such as who interviews whom; all of them where there is none."""
    n_head = _size_of_head(lines)
    for line in lines[:n_head]:
        if line is not None:
            reading.repair(line.number, _OF_HEAD)
    return list(lines[n_head:])


def _size_of_head(lines: Sequence[ChatLine | None]) -> int:
    """Returns how many lines at the beginning, up to a blank one, say who speaks, where and when; 0 where none do."""
    head: list[ChatLine] = []
    for line in lines[: _LONGEST_HEAD + 1]:
        if line is None or (head and line.number > head[-1].number + 1):
            break
        head.append(line)
    roles = [line for line in head if is_role(line.name)]
    if len(head) < 2 or not any(_is_full_name(line.words) for line in roles):
        return 0
    below = [line for line in lines[len(head) :] if line is not None and line.style is not None]
    if len(below) < 2:
        return 0
    # Whoever writes full stops does so below names of people, too.
    has_stops = 2 * sum(_ENDS.search(line.words) is not None for line in below) > len(below)
    return len(head) if has_stops and all(map(_is_of_head, head)) else 0


def _is_of_head(line: ChatLine) -> bool:
    is_entry = line.style is not None and line.style != ANGLE and line.times is None and 0 < len(line.words) <= 60
    if not is_entry or _ENDS.search(line.words):
        return False
    if is_role(line.name):
        return shape_of(line.words) == Shape.NAME and line.words.split()[0].casefold() not in _GREETINGS
    return shape_of(line.name) <= Shape.LABEL


def _is_full_name(text: str) -> bool:
    return shape_of(text) == Shape.NAME and len(text.split()) > 1


def date_by_days(lines: Sequence[ChatLine | None], reading: Reading) -> list[ChatLine | None]:
    """Returns the lines without those that are only a day; with two days, the times below each are of that day."""
    days = {line.number: day for line in lines if line is not None and (day := _day_of(line)) is not None}
    if len(set(days.values())) < 2:
        return list(lines)
    kept: list[ChatLine | None] = []
    today: tuple[Numbers, bool] | None = None
    for line in lines:
        day = days.get(line.number) if line is not None else None
        if line is not None and day is not None:
            today = day
            reading.repair(line.number, "{n} line(s) with a day: of the turns below them")
            continue
        if line is not None and line.times is not None and line.times.date is None:
            if today is None:
                reading.repair(line.number, "{n} line(s) with a time above the first day: as if of no day")
            else:
                line.times = replace(line.times, date=today[0], year_first=today[1])
        kept.append(line)
    return kept


def _day_of(line: ChatLine) -> tuple[Numbers, bool] | None:
    return read_date_line(line.text.strip(_RULE)) if line.style in (None, HEADING) else None


def without_headings(lines: Sequence[ChatLine | None], reading: Reading) -> list[ChatLine | None]:
    """Returns the lines that are no rules or headings."""
    kept: list[ChatLine | None] = []
    for line in lines:
        if line is not None and is_decoration(line):
            reading.repair(line.number, "{n} heading(s) or rule(s): left out")
        else:
            kept.append(line)
    return kept


def without_asides(lines: Sequence[ChatLine | None], layout: ChatLayout, reading: Reading) -> list[ChatLine | None]:
    """Returns the lines without times alone between turns, who asks in a hearing, numbers of pages, and a program's
    words at the end."""
    kept: list[ChatLine | None] = []
    of_pages = places_of_pages(["" if line is None else line.text for line in lines])
    named = layout.named
    for place, line in enumerate(lines):
        # Most lines name somebody, which is seen sooner.
        if line is None or line.number in named or layout.begins(line):
            kept.append(line)
        elif 0 < place == len(lines) - 1 and _LAST_LINE.fullmatch(line.text):
            reading.repair(line.number, "{n} line(s) of the program at the end: left out")
        elif place in of_pages:
            reading.repair(line.number, PAGES)
        elif line.text.isupper() and _WHO_ASKS.fullmatch(line.text):
            reading.repair(line.number, "{n} line(s) with who asks in a hearing: left out")
        elif layout.style not in (None, TIMED) and not layout.is_above and _is_time_between(lines, place):
            reading.repair(line.number, "{n} line(s) with nothing but a time: left out")
        else:
            kept.append(line)
    return kept


def _is_time_between(lines: Sequence[ChatLine | None], place: int) -> bool:
    """Returns whether a line is a time of the recording: with seconds, or with blank lines around it."""
    line = lines[place]
    if line is None or not is_time_alone(line) or line.times is None:
        return False
    near = [lines[other] for other in (place - 1, place + 1) if 0 <= other < len(lines)]
    is_apart = all(other is not None and abs(other.number - line.number) > 1 for other in near)
    return is_apart or len(line.times.numbers) > 2
