"""Chats of Zoom meetings, as its versions save them: `10:05:01 From Ann to Everyone: ...`, or times, names and tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import (
    Block,
    build_chat,
    clock_seconds,
    pass_midnight,
    read_headed,
    say_blocks,
)
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages

_TIME = r"(?:(\d{4}-\d{2}-\d{2}) )?(\d{1,2}:[0-5]\d:[0-5]\d)"
_FROM = re.compile(
    rf"{_TIME}[ \t]{{1,3}}(?:From|Von|De|Da|Van|Från|Fra|От|開始|来自|從|发送者)[ \t]{{1,3}}(.{{1,400}}?)[ "
    rf"\t]{{0,3}}:(?:[ \t]|$)",
    re.ASCII,
)
_TABS = re.compile(rf"{_TIME}\t[ ]?([^\t]{{1,200}}?):\t", re.ASCII)
_TO = re.compile(
    r"[ \t]+(?:[Tt]o|an|[Àà]|para|aan|naar|till|til|宛先|から|到|至)[ \t]+|[ \t]+a[ \t]+(?=todos|tutti|tots)",
    re.IGNORECASE,
)
_DAY = 24 * 3600
_REACTIONS = ('Reacted to "', "Removed a ")
_QUOTED = 'Replying to "'


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Header:
    day: int | None
    clock: float
    speaker: str
    text: str


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first one on that begins like a message of Zoom's chat."""
    return share_of_messages(file.peek.lines, _read_header, alone=1.0)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Reactions are left out and counted, and so is the line that quotes what a reply answers. Messages to one person stay
    among those to everyone, where the file has them.

    Raises:
        InputError: no line begins like a message.
        BadRow: a line with bytes of another encoding.
    """
    blocks = list(read_headed(file, reading, _read_header))
    if not blocks and not reading.n_skipped:
        raise InputError(
            f"{reading.source}: no line begins like a message of a Zoom chat, such as 10:05:01 From Ann to Everyone: Hi"
        )
    said = say_blocks(reading, blocks, _moments(blocks), lambda block, _: _say(block, reading))
    yield from build_chat(reading.stem, said)


def _read_header(line: str) -> _Header | None:
    found = _FROM.match(line)
    if found is not None:
        speaker = _without_recipient(found[3])
    else:
        found = _TABS.match(line)
        if found is None:
            return None
        speaker = found[3].strip()
    return _Header(_day(found[1]), clock_seconds(found[2]), speaker, line[found.end() :]) if speaker else None


def _day(text: str | None) -> int | None:
    try:
        return None if text is None else date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def _without_recipient(names: str) -> str:
    """Returns who says it, of `Ann to Everyone`."""
    recipients = list(_TO.finditer(names))
    return names[: recipients[-1].start()].strip() if recipients else names.strip()


def _moments(blocks: Sequence[Block[_Header]]) -> list[float]:
    """Returns when each was said; Zoom's newest files have dates, in the others a clock that falls back is a day on."""
    headers = [block.header for block in blocks]
    days = [header.day for header in headers]
    if all(day is not None for day in days):
        return [day * _DAY + header.clock for day, header in zip(days, headers, strict=True) if day is not None]
    return pass_midnight(header.clock for header in headers)


def _say(block: Block[_Header], reading: Reading) -> tuple[str, str] | None:
    words = list(dropwhile(lambda line: not line, (line.strip() for line in (block.header.text, *block.lines))))
    if len(words) > 1 and words[0].startswith(_QUOTED) and words[0].endswith('"'):
        del words[0]
        reading.repair(block.line, "{n} message(s): removed the line that quotes what they reply to")
    text = "\n".join(words).strip()
    if not text or _is_reaction(text):
        reading.repair(block.line, "{n} reaction(s) or message(s) without text: left out")
        return None
    return block.header.speaker, text


def _is_reaction(text: str) -> bool:
    """Returns whether a text is `Reacted to "..." with 👍` or `Removed a 👍 reaction from "..."`."""
    if text.startswith(_REACTIONS[0]):
        return '" with ' in text[-60:]
    return text.startswith(_REACTIONS[1]) and ' reaction from "' in text[:80]


FORMATS = (
    Format(
        name="zoom-chat",
        title="Zoom's chats",
        about="the chat of a Zoom meeting, in the layouts of old and new versions; private messages are kept",
        times="from the first message",
        file=Text(Sureness.FIRST_LINE, explains, read),
    ),
)
