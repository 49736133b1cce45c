"""Chats copied out of a program's window: a heading with name and time of day, and the words in the lines below it.

Discord copies `mia — Today at 9:05 PM`, Slack `Mia Kern 9:05 PM`, Teams `[24.12. 21:05] Mia Kern`, Zoom
`Mia Kern to Everyone 9:05 PM`; LinkedIn has lines of its own around such headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Block, build_chat, read_headed, say_blocks
from instructerc.formats.shared.dates import Stamp, find_moments
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import Shape, shape_of, tidy_name
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages
from instructerc.formats.shared.stamps import read_times, spans_of
from instructerc.formats.shared.times.day_clocks import read_date, second_of_day

_DAY_NAMES = (
    r"today|yesterday|heute|gestern|aujourd[’']hui|hier|hoy|ayer|oggi|ieri|hoje|ontem|vandaag|gisteren|idag|igår|i dag"
    r"|i går|сегодня|вчера|dzisiaj|wczoraj|bugün|dün|今日|昨日|今天|昨天|오늘|어제|(?:last )?(?:mon|tues|wednes|"
    r"thurs|fri|satur"
    r"|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
)
_DATE = (
    r"\d{1,4}[./-]\d{1,2}(?:[./-](?:\d{2,4})?)?|[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?"
    r"|\d{1,2}\.? [A-Z][a-zé]{2,8}\.?(?: \d{4})?"
)
_WHEN = (
    rf"(?:(?P<day>(?i:{_DAY_NAMES})|{_DATE}),?[ \u202f](?:(?:at|um|à|a las|às|alle|в|o|om|kl\.?|lúc|[-–|])[ \u202f])?)?"
    r"(?P<clock>\d{1,2}[:.]\d{2}(?::\d{2})?)(?P<half>[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?(?: Uhr)?"
)
_DASHED = re.compile(rf"(?P<name>\S[^\n]{{0,60}}?)[ \t]+[—–-][ \t]+{_WHEN}")
_BEFORE = re.compile(rf"\[{_WHEN}\]\s{{1,3}}(?P<name>[^\s\[<:][^\n:]{{0,60}}?)")
_BEHIND = re.compile(rf"(?P<name>[^\s\[(][^\n\[(]{{0,60}}(?:\([^()\n]{{1,30}}\))?)(?P<gap>[ \t]+)[\[(]?{_WHEN}[\])]?:?")
_ALONE = re.compile(rf"\[{_WHEN}\]|{_WHEN.replace('?P<', '?P<late_')}")
_SENT = re.compile(rf"(?P<name>\S.{{0,60}}?) sent the following messages? at {_WHEN}")
_OWN = re.compile(rf"View .{{1,80}}[’']s profile.{{0,80}}|(?P<name>\S.{{0,60}}?)[ \t]+{_WHEN}")
_TO = re.compile(
    r"(?i)(?:from )?(?P<name>.+?) (?:(?:to|an|à|a|para|aan) (?:everyone|alle|tous|tout le monde|"
    r"todos|tutti|iedereen|me|you"
    r"|hosts? and panelists|all panelists|all attendees)|to .{1,60}\((?:direct message|privately)\)):?"
)
_CLOCK = re.compile(r"\d[:.]\d\d")
_HALF = re.compile(r"[AaPp]\.?[Mm]\.?$")
# Each with a sign that such a heading has, which is seen sooner than by the pattern.
_HEADINGS = (
    (re.compile("sent the following"), _SENT),
    (re.compile("[—–-]"), _DASHED),
    (re.compile(r"\A\["), _BEFORE),
    (re.compile(r"[ \t]"), _BEHIND),
)
_SIGNS = re.compile(r"(?:\s*:[a-z0-9_+-]{2,30}:)+$|\s+(?:APP|BOT)$")
# A dot or sign between name and clock: Mia Kern · 9:05 AM.
_DOT = re.compile(r"[ \t]+[·•|@~–—-]+$")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Heading:
    """What a heading says; `speaker` is None where the one above goes on, `is_weak` where a sentence could end so."""

    speaker: str | None
    day: str | None
    clock: str
    is_weak: bool


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first heading on, if two have words below and are no sentences."""
    lines = file.peek.lines
    found = [_read_heading(line) for line in lines]
    headings = [one for one in found if one is not None and one.speaker is not None]
    counts = Counter(one.speaker for one in headings)
    n_spoken = sum(here is not None and below is None for here, below in pairwise(found))
    n_weak = sum(one.is_weak for one in headings)
    is_sure = max(counts.values(), default=0) > 1 or not n_weak
    if not headings or n_spoken < 2 or not is_sure or 2 * n_spoken < len(headings):
        return 0.0
    return share_of_messages(lines, _read_heading)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Raises:
        InputError: no line is a heading.
        BadRow: a line with bytes of another encoding.
    """
    blocks = list(read_headed(file, reading, _read_heading))
    while blocks and blocks[0].header.speaker is None:
        reading.repair(blocks.pop(0).line, "{n} message(s) before the first name: left out")
    if not blocks and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line is a heading such as 'Mia — Today at 9:05 PM' with words below it")
    speakers: list[str] = []
    for block in blocks:
        speakers.append(block.header.speaker or speakers[-1])
    names = {id(block): name for block, name in zip(blocks, speakers, strict=True)}

    def say(block: Block[_Heading], _: float | None) -> tuple[str, str] | None:
        lines = [line for raw in block.lines if (line := raw.strip())]
        name = names[id(block)]
        own = [_OWN.fullmatch(line) if _CLOCK.search(line) or line[0] == "V" else None for line in lines]
        words = [line for line, one in zip(lines, own, strict=True) if one is None or one["name"] not in (None, name)]
        if not words:
            reading.repair(block.line, "{n} heading(s) without words: left out")
            return None
        return name, "\n".join(words)

    # Times of a recording stay what they are.
    from_first = any(block.header.day for block in blocks)
    yield from build_chat(reading.stem, say_blocks(reading, blocks, _moments(blocks), say), from_first=from_first)


def _read_heading(line: str) -> _Heading | None:
    text = line.strip()
    # Most lines have no clock, which the patterns take long to see.
    if len(text) > 120 or not _CLOCK.search(text):
        return None
    if alone := _ALONE.fullmatch(text):
        if alone["late_clock"] and not alone["late_half"]:
            return None
        clock, half, day = (alone[key] or alone[f"late_{key}"] for key in ("clock", "half", "day"))
        return _Heading(None, day, f"{clock}{half or ''}", False)
    for sign, pattern in _HEADINGS:
        found = pattern.fullmatch(text) if sign.search(text) else None
        if found is None or second_of_day(f"{found['clock']}{found['half'] or ''}") is None:
            continue
        is_told = bool(found["half"] or found["day"])
        in_brackets = text.rstrip(":").endswith(("]", ")")) or pattern is _BEFORE
        # With two blanks, or with a clock alone in brackets, it is a heading of a meeting's transcript.
        if pattern not in (_SENT, _DASHED) and (
            not is_told or (pattern is _BEHIND and found["gap"] != " " and not in_brackets)
        ):
            continue
        shown = tidy_name(found["name"])
        name = _SIGNS.sub("", _DOT.sub("", shown))
        to = _TO.fullmatch(name)
        name = to["name"] if to else name.rstrip(":")
        if shape_of(name) < Shape.NICK or not any(map(str.isalpha, name)):
            continue
        is_weak = to is None and pattern is _BEHIND and not in_brackets and not _DOT.search(shown)
        return _Heading(name, found["day"], f"{found['clock']}{found['half'] or ''}", is_weak)
    return None


def _moments(blocks: Sequence[Block[_Heading]]) -> list[float | None]:
    headings = [block.header for block in blocks]
    _add_halves(headings)
    dates = [
        read_date(one.day) if one.day and re.search(r"\d{4}|\d[./-]\d{1,2}[./-]\d", one.day) else None
        for one in headings
    ]
    if all(date is not None for date in dates):
        stamps = [
            Stamp(one.clock, date[0], second_of_day(one.clock), date[1], ("", False))
            for one, date in zip(headings, dates, strict=True)
            if date is not None
        ]
        return find_moments(stamps)[0]
    if not any(one.day for one in headings):
        return [start for start, _ in spans_of([read_times(f"[{one.clock}]") for one in headings])]
    days, moments = 0, list[float | None]()
    for place, one in enumerate(headings):
        before = headings[place - 1] if place else one
        days += one.day is not None and before.day is not None and one.day.casefold() != before.day.casefold()
        second = second_of_day(one.clock)
        moments.append(None if second is None else days * 86_400.0 + second)
    return moments


def _add_halves(headings: Sequence[_Heading]) -> None:
    """Gives `[9:06]` below `mia [9:05 PM]` the half of the day in which it comes next."""
    last = ""
    for one in headings:
        if _HALF.search(one.clock):
            last = one.clock
        elif last:
            half = _HALF.search(last)
            assert half is not None
            other = "AM" if half[0][0] in "Pp" else "PM"
            same = f"{one.clock} {half[0]}"
            is_later = (second_of_day(same) or 0.0) >= (second_of_day(last) or 0.0)
            one.clock = last = same if is_later else f"{one.clock} {other}"


FORMATS = (
    Format(
        name="copied-chat",
        title="chats copied from a window",
        about="chats copied out of Discord (`mia — Today at 9:05 PM`), Slack (`Mia Kern 9:05 PM`), Teams "
        "(`[24.12. 21:05] Mia Kern`), Zoom (`Mia to Everyone 9:05 PM`) or LinkedIn, with the words below",
        times="from the first message",
        file=Text(Sureness.LINES, explains, read),
    ),
)
