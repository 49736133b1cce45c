"""DiscordChatExporter's plain text: `[24-Dec-22 01:09 AM] mia` above the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Block, build_chat, read_headed, say_blocks
from instructerc.formats.shared.dated_chat import ATTACHMENT, NOTICE
from instructerc.formats.shared.dates import Stamp, find_moments
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages
from instructerc.formats.shared.times.day_clocks import CLOCK, MARKS, read_date, stamp_of

_HEAD = re.compile(rf"\[(?P<date>[^\[\]]{{6,24}}?,? {CLOCK})\] (?P<name>[^\s<:][^:\n]{{0,39}}?)(?: \(pinned\))?")
_WHEN = re.compile(rf"(.*?),?[ \u202f]({CLOCK})")
_RULE = re.compile(r"={20,}")
_PART = re.compile(r"\{(?:Attachments?|Embeds?|Stickers?|Reactions?|Invites?|Polls?)\}")
_NOTICE = re.compile(
    r"(?:Joined the server|Pinned a message|Started a call(?: that lasted .{1,40})?|Changed the channel .{1,120}"
    r"|(?:Added|Removed) .{1,60} (?:to|from) the group|Left the group|Created a thread.{0,80})\.?"
)


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Head:
    date: str
    name: str


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first message on, if two begin so; 1 below the program's heading."""
    lines = [line.strip(MARKS) for line in file.peek.lines]
    headed = len(lines) > 2 and bool(_RULE.fullmatch(lines[0])) and lines[1].startswith(("Guild: ", "Server: "))
    if headed:
        return 1.0
    heads = [_head(line) is not None for line in lines]
    n_spoken = sum(here and not below for here, below in pairwise(heads))
    # The lines of a program's log look like heads, with nothing below them.
    return share_of_messages(lines, _head) if 2 * n_spoken >= sum(heads) else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the channel as one conversation, named after the file; starts in seconds from its first message.

    Notices and messages with only a file, sticker or embed are left out and counted; reactions are no words.

    Raises:
        InputError: no line begins a message.
        BadRow: a line with bytes of another encoding.
    """
    blocks = list(read_headed(file, reading, lambda line: _head(line.strip(MARKS))))
    if not blocks and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line begins a message such as [24-Dec-22 01:09 AM] mia")
    moments = stamps_of([block.header.date for block in blocks])
    yield from build_chat(reading.stem, say_blocks(reading, blocks, moments, lambda block, _: _say(block, reading)))


def stamps_of(dates: Sequence[str]) -> list[float | None]:
    """Returns when each of these dates was, in seconds on one clock; None for all if one is none."""
    stamps: list[Stamp] = []
    for shown in dates:
        found = _WHEN.fullmatch(shown)
        date = read_date(found[1]) if found is not None else None
        if found is None or date is None:
            return [None] * len(dates)
        stamps.append(stamp_of((date[0], date[1]), found[2]))
    return find_moments(stamps)[0]


def _head(line: str) -> _Head | None:
    found = _HEAD.fullmatch(line)
    when = _WHEN.fullmatch(found["date"]) if found is not None else None
    if found is None or when is None or read_date(when[1]) is None:
        return None
    return _Head(found["date"], found["name"])


def _say(block: Block[_Head], reading: Reading) -> tuple[str, str] | None:
    words, in_part = [], False
    for line in block.lines:
        if _RULE.fullmatch(line):
            break
        in_part = bool(_PART.fullmatch(line.strip())) or (in_part and bool(line.strip()))
        if not in_part:
            words.append(line)
    text = "\n".join(words).strip()
    if not text or _NOTICE.fullmatch(text):
        reading.repair(block.line, NOTICE if text else ATTACHMENT)
        return None
    return block.header.name, text


FORMATS = (
    Format(
        name="discord-text",
        title="Discord's channels as text",
        about="a channel exported as plain text by DiscordChatExporter",
        times="from the first message",
        file=Text(Sureness.FIRST_LINE, explains, read),
    ),
)
