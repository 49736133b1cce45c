"""Messages copied out of Telegram: `Mia Kern, [24.12.2024 21:05]` above the words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.dated_chat import ATTACHMENT, Head, read_dated
from instructerc.formats.shared.day_clocks import CLOCK, MARKS, read_date, second_of_day
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages

_HEAD = re.compile(
    rf"(?P<name>\S.{{0,80}}?), \[(?P<date>[^\[\]]{{5,24}}?),? (?P<clock>{CLOCK})\](?:[ :]*(?P<text>.*))?"
)
_FILE = re.compile(
    r"\[ ?(?:Photo|Video|Sticker|GIF|File|Voice message|Album|Audio|Фотография|Стикер|Foto)[^\]]{0,40}\]", re.I
)
_FORWARDED = re.compile(
    r"\[(?:Forwarded from|In reply to|Переслано от|В ответ на|Weitergeleitet (?:von|aus)) [^\]]{1,80}\]"
)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first message on, if two begin so."""
    return share_of_messages([line.strip(MARKS) for line in file.peek.lines], _head)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Raises:
        InputError: no line begins a message.
        BadRow: a message with a time that does not exist, or with bytes of another encoding.
    """
    like = "'Mia Kern, [24.12.2024 21:05]' with the words below it"
    yield from read_dated(file, reading, lambda line: _head(line.strip(MARKS)), _clean, like)


def _head(line: str) -> Head | None:
    found = _HEAD.fullmatch(line)
    if found is None or second_of_day(found["clock"]) is None:
        return None
    date = read_date(found["date"])
    return None if date is None else Head((date[0], date[1]), found["clock"], found["name"], found["text"] or "")


def _clean(text: str) -> tuple[str, str | None]:
    text = _FORWARDED.sub("", text).strip()
    return ("", ATTACHMENT) if not text or _FILE.fullmatch(text) else (text, None)


FORMATS = (
    Format(
        name="telegram-copied",
        title="messages copied out of Telegram",
        about="messages that were copied out of Telegram Desktop, `Mia Kern, [24.12.2024 21:05]` above the words",
        times="from the first message",
        file=Text(Sureness.FIRST_LINE, explains, read),
    ),
)
