"""Viber's exported chats: date and time in brackets with blanks within, `[ 24/12/24 ][ 21:05 ] Mia: Hi`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.dated_chat import ATTACHMENT, DELETED, LineHead, read_dated
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages
from instructerc.formats.shared.times.day_clocks import CLOCK, MARKS, read_date, read_date_line, second_of_day

_LINE = re.compile(
    rf"\[ (?:(?P<date>[^\[\]]{{5,40}}?)(?:,? | ?\] ?\[ ))?(?P<clock>{CLOCK}) \] ?:? ?"
    r"(?:(?P<name>[^:\[\]]{1,60}): ?(?P<text>.*)|(?P<notice>\S.*))"
)
_DAY = re.compile(r"\[ ([^\[\]]{5,40}) \]")
_ATTACHMENT = re.compile(
    r"[\[(<]?(?:(?:Photo|Video|Voice) message|Photo|Video|Sticker|Location|File|Contact|GIF"
    r"|Фото|Фотографія|Снимка|Слика|Φωτογραφία|Foto|Zdjęcie|Видео|Відео|Βίντεο|Wideo|Стикер|Стікер|Αυτοκόλλητο"
    r"|Голосовое сообщение|Фотосообщение|Видеосообщение)(?: (?:message|omitted))?[\])>]?\.?"
    r"|(?:Missed|Incoming|Outgoing) (?:voice |video )?call.*",
    re.IGNORECASE,
)
_DELETED = re.compile(
    r"(?:.{1,60} )?(?:deleted (?:a|this) message|message was deleted|удалил[а-я()]* сообщение)\.?", re.I
)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first message on, if two begin so."""
    lines = [line.strip(MARKS) for line in file.peek.lines]
    return share_of_messages(lines, _head) if sum(bool(_LINE.fullmatch(line)) for line in lines) > 1 else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Photos, stickers, calls, deleted messages and notices are left out and counted.

    Raises:
        InputError: no line begins like a message.
        BadRow: a message with a time that does not exist, or with bytes of another encoding.
    """
    like = "[ 24/12/24 ][ 21:05 ] Mia: Hi"
    yield from read_dated(file, reading, lambda line: _head(line.strip(MARKS)), _clean, like)


def _head(line: str) -> LineHead | None:
    if found := _DAY.fullmatch(line.strip()):
        day = read_date_line(found[1])
        return None if day is None else LineHead(day)
    found = _LINE.fullmatch(line)
    if found is None or second_of_day(found["clock"]) is None:
        return None
    date = read_date(found["date"]) if found["date"] else None
    if found["date"] and date is None:
        return None
    name = found["name"].strip() if found["name"] else None
    return LineHead(None if date is None else (date[0], date[1]), found["clock"], name, found["text"] or "")


def _clean(text: str) -> tuple[str, str | None]:
    if _DELETED.fullmatch(text):
        return "", DELETED
    return ("", ATTACHMENT) if not text or _ATTACHMENT.fullmatch(text) else (text, None)


FORMATS = (
    Format(
        name="viber",
        title="Viber's chats",
        about="Viber's exported chat as text, date and time in brackets",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
