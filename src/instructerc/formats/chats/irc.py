"""Logs of IRC by irssi, WeeChat, HexChat, mIRC, ZNC and bots: `<nick>`, or nicks between tabs; joining is no turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Said, build_chat, clock_seconds, pass_midnight
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.shares import share_of_lines

_DATE = r"(?:\d{4}-\d{2}-\d{2}[ T]|[A-Z][a-z]{2} \d{1,2} )?"
_ZONE = r"(?:Z| ?(?:UTC|GMT|CES?T|[ECMP][SD]T|[+-]\d{2}:?\d{2}))?"
_TIME = rf"[\[(]?{_DATE}(?P<clock>\d{{1,2}}:\d{{2}}(?::\d{{2}})?)(?:\.\d{{1,6}})?{_ZONE}[\])]?"
_NICK = r"[@+%&~! ]?(?P<nick>[^\s<>:]{1,40})"
_SAID = re.compile(rf"(?:{_TIME}[ \t]{{0,3}})?<{_NICK}>[ \t](?P<text>.*)")
_TABS = re.compile(rf"{_TIME}\t{_NICK}\t(?P<text>.*)")
_ACTION = re.compile(rf"(?:{_TIME}[ \t]{{0,3}})?\*[ \t]{_NICK}[ \t](?P<text>.*)")
_NOTICE = re.compile(
    rf"(?:{_TIME}[ \t]{{0,3}})?(?:-!-|\*{{2,4}}|-->|<--|--|->|<-|\*[ \t](?:Joins|Parts|Quits|Topic|Now talking"
    r"|Disconnected|\S+(?: \(\S+\))? has (?:joined|left|quit)|\S+ (?:sets mode|gives|removes|is now known)))"
    r"(?:[ \t].*)?"
    r"|(?:---|\*{4}) .*|Session (?:Start|Close|Ident|Time).*"
)


@dataclass(frozen=True, slots=True)
class _Entry:
    nick: str
    text: str
    clock: str | None


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
        entry = None if _NOTICE.match(line) else _read_entry(line)
        if entry is None or not entry.text.strip():
            reading.repair(lines.number, "{n} line(s) that are not messages, such as who joined: left out")
        else:
            entries.append((lines.number, entry))
    if not entries and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line is a message of an IRC log, such as [21:05] <mia> hi")
    yield from build_chat(reading.stem, _say(entries, reading))


def _read_entry(line: str) -> _Entry | None:
    found = _SAID.match(line) or _TABS.match(line) or _ACTION.match(line)
    if found is None:
        return None
    nick = found["nick"]
    text = found["text"]
    if found.re is _TABS and nick == "*":
        nick, _, text = text.partition(" ")
    return _Entry(nick.lstrip("@+%&~!"), text.strip(), found["clock"])


def _say(entries: list[tuple[int, _Entry]], reading: Reading) -> list[Said]:
    clocks = [entry.clock for _, entry in entries]
    moments: list[float | None] = [None] * len(entries)
    if all(clock is not None for clock in clocks):
        exact = [clock if clock.count(":") == 2 else f"{clock}:00" for clock in clocks if clock is not None]
        moments = list(pass_midnight(clock_seconds(clock) for clock in exact))
    said = []
    for (line, entry), moment in zip(entries, moments, strict=True):
        try:
            said.append(Said(build_utterance(reading, line, speaker=entry.nick, text=entry.text), moment))
        except BadRow as error:
            reading.skip(error)
    return said


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
