"""Logs of IRC by irssi, WeeChat, HexChat, mIRC, ZNC and bots: `<nick>`, or nicks between tabs; joining is no turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Said, build_chat, clock_seconds, pass_midnight
from instructerc.formats.shared.dates import month_of
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.shares import share_of_lines

_DATE = r"(?:(?P<date>\d{4}-\d{2}-\d{2})[ T]|[A-Z][a-z]{2} \d{1,2} )?"
_ZONE = r"(?:Z| ?(?:UTC|GMT|CES?T|[ECMP][SD]T|[+-]\d{2}:?\d{2}))?"
_TIME = rf"[\[(]?{_DATE}(?P<clock>\d{{1,2}}:\d{{2}}(?::\d{{2}})?)(?:\.\d{{1,6}})?{_ZONE}[\])]?"
_NICK = r"[@+%&~! ]?(?P<nick>[^\s<>:]{1,40})"
_SAID = re.compile(rf"(?:{_TIME}[ \t]{{0,3}})?<{_NICK}>[ \t](?P<text>.*)")
_TABS = re.compile(rf"{_TIME}\t{_NICK}\t(?P<text>.*)")
_ACTION = re.compile(rf"(?:{_TIME}[ \t]{{0,3}})?[*•][ \t]{_NICK}[ \t](?P<text>.*)")
_NOTICE = re.compile(
    rf"(?:{_TIME}[ \t]{{0,3}})?(?:-!-|\*{{2,4}}|-->|<--|--|->|<-|\*[ \t](?:Joins|Parts|Quits|Topic|Now talking"
    r"|Disconnected|\S+(?: \(\S+\))? has (?:joined|left|quit)|\S+ (?:sets mode|gives|removes|is now known)))"
    r"(?:[ \t].*)?"
    r"|(?:---|\*{4}) .*|Session (?:Start|Close|Ident|Time).*"
)
# Tells the day of all lines below it: --- Day changed Wed Dec 25 2024, Session Start: Tue Dec 24 21:05:00 2024
_DAY = re.compile(
    r"(?:--- (?:Log opened|Day changed)|\*{4} BEGIN LOGGING AT|Session (?:Start|Time):) [A-Z][a-z]{2} "
    r"(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2})(?: [\d:]{8})? (?P<year>\d{4})"
)
_BRIDGED = re.compile(r"<(?P<nick>[^<>\s][^<>]{0,40})>:? (?P<text>\S.*)")
_DAY_SECONDS = 86_400.0
# Bold, colours and other looks: mIRC's signs, and the numbers of its colours.
_LOOKS = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6})?|[\x02\x0f\x11\x16\x1d-\x1f]")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Entry:
    nick: str
    text: str
    clock: str | None
    day: date | None


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines that are messages, actions or notices, if two are messages."""
    lines = file.peek.lines
    # Tabs alone are many a table's; arrows of who joins are not.
    spoken = sum(_SAID.match(line) is not None for line in lines)
    tabbed = sum(_TABS.match(line) is not None for line in lines)
    notices = any(_NOTICE.match(line) for line in lines)
    if spoken < 2 and not (tabbed > 1 and notices):
        return 0.0
    return share_of_lines(lines, lambda line: _NOTICE.match(line) or _read_entry(line))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the log as one conversation, named after the file; starts in seconds from its first message.

    An action, `* mia cries`, is a turn too. Who joins, leaves or sets what is left out and counted; whom somebody
    speaks to, `theo: …`, stays in the words.

    Raises:
        InputError: no line is a message.
        BadRow: a line with bytes of another encoding.
    """
    entries = []
    today: date | None = None
    lines = file.lines
    for raw in reading.rows(lines):
        line = raw.rstrip("\r\n")
        if not line.strip():
            continue
        try:
            check_characters(line, reading.source, lines.number)
        except BadRow as error:
            reading.skip(error)
            continue
        entry = None if _NOTICE.match(line) else _read_entry(line, today)
        if entry is None and (found := _DAY.match(line)):
            today = _read_day(f"{found['year']}-{month_of(found['month']) or 0:02}-{found['day']:>02}")
        if entry is None or not entry.text.strip():
            reading.repair(lines.number, "{n} line(s) that are not messages, such as who joined: left out")
        else:
            entries.append((lines.number, entry))
    if not entries and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line is a message of an IRC log, such as [21:05] <mia> hi")
    yield from build_chat(reading.stem, _say(_unbridged(entries), reading))


def _read_entry(line: str, today: date | None = None) -> _Entry | None:
    found = _SAID.match(line) or _TABS.match(line) or _ACTION.match(line)
    if found is None:
        return None
    nick = found["nick"]
    text = found["text"]
    if found.re is _TABS and nick == "*":
        nick, _, text = text.partition(" ")
    own = found["date"]
    text = text if text.isprintable() else _LOOKS.sub("", text)
    return _Entry(nick.lstrip("@+%&~!"), text.strip(), found["clock"], today if own is None else _read_day(own))


def _unbridged(entries: Sequence[tuple[int, _Entry]]) -> list[tuple[int, _Entry]]:
    """Returns the entries; what a bot hands on from another network, `<bot> <mia> hi`, is said by whom it names."""
    named = [_BRIDGED.fullmatch(entry.text) if entry.text[0] == "<" else None for _, entry in entries]
    if not any(named):
        return list(entries)
    own = {entry.nick for (_, entry), found in zip(entries, named, strict=True) if found is None}
    counts = Counter(entry.nick for _, entry in entries)
    return [
        (line, replace(entry, nick=found["nick"], text=found["text"]))
        if found is not None and entry.nick not in own and counts[entry.nick] > 1
        else (line, entry)
        for (line, entry), found in zip(entries, named, strict=True)
    ]


# The same few days stand in all lines.
@lru_cache(maxsize=1024)
def _read_day(shown: str) -> date | None:
    try:
        return date.fromisoformat(shown)
    except ValueError:
        return None


def _say(entries: list[tuple[int, _Entry]], reading: Reading) -> list[Said]:
    clocks = [entry.clock for _, entry in entries]
    moments: list[float | None] = [None] * len(entries)
    if all(clock is not None for clock in clocks):
        exact = [clock if clock.count(":") == 2 else f"{clock}:00" for clock in clocks if clock is not None]
        seconds = [clock_seconds(clock) for clock in exact]
        moments = list(_dated(entries, seconds) or pass_midnight(seconds))
    said = []
    for (line, entry), moment in zip(entries, moments, strict=True):
        try:
            said.append(Said(build_utterance(reading, line, speaker=entry.nick, text=entry.text), moment))
        except BadRow as error:
            reading.skip(error)
    return said


def _dated(entries: Sequence[tuple[int, _Entry]], seconds: Sequence[float]) -> list[float]:
    """Returns seconds on one clock where the log tells the day of all lines and goes on in their order; else nothing.

    Some programs tell the day of a session's start alone, which may last past midnight.
    """
    days = [entry.day.toordinal() for _, entry in entries if entry.day is not None]
    if len(days) < len(entries):
        return []
    moments = [day * _DAY_SECONDS + second for day, second in zip(days, seconds, strict=True)]
    return moments if moments == sorted(moments) else []


FORMATS = (
    Format(
        name="irc",
        title="IRC logs",
        about="logs of IRC as irssi, WeeChat, HexChat, mIRC, ZNC and bots write them; joins and notices are left out",
        speakers="nicks",
        times="from the first message",
        file=Text(Sureness.FIRST_LINE, explains, read),
    ),
)
