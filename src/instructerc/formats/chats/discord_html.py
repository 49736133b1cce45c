"""DiscordChatExporter's web pages, of its old and new versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.chats.discord_text import stamps_of
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Said, build_chat
from instructerc.formats.shared.dated_chat import ATTACHMENT, NOTICE
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.web_pages import PageLayout, PageMessage, read_page, tidy

_LAYOUT = PageLayout(
    messages=frozenset({"chatlog__message-container", "chatlog__message"}),
    parts={
        "chatlog__author": "name",
        "chatlog__author-name": "name",
        "chatlog__timestamp": "date",
        "chatlog__short-timestamp": "short",
        "chatlog__content": "text",
        "chatlog__system-notification-content": "notice",
    },
    left_out=frozenset(
        {
            *("chatlog__reply", "chatlog__reference", "chatlog__embed", "chatlog__attachment", "chatlog__reactions"),
            *("chatlog__edited-timestamp", "chatlog__sticker", "chatlog__bot-tag", "chatlog__author-tag"),
            *("chatlog__reply-link", "chatlog__reply-edited-timestamp", "chatlog__markdown-spoiler-warning"),
        }
    ),
    groups=frozenset({"chatlog__message-group"}),
)
_CLASS = re.compile(r"\bchatlog__message\b|\bchatlog__message-(?:group|container)\b")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a page with messages of a chat log and their authors."""
    head = file.peek.head
    if head.lstrip("\ufeff \t\r\n")[:1] != "<":
        return 0.0
    # Its styles, which come first, fill the head of a real export.
    styles = head.count(".chatlog__") > 5 and "DiscordChatExporter" in head
    marked = _CLASS.search(head) is not None and ("chatlog__author" in head or styles)
    return float(marked or styles)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the channel as one conversation, named after the file; starts in seconds from its first message.

    Messages with only a file, sticker or embed and notices are left out and counted; quoted messages and reactions are
    not words of a message.

    Raises:
        InputError: no message, or no usable HTML.
        BadRow: a line with bytes of another encoding.
    """
    kept: list[tuple[PageMessage, str, str]] = []
    dates: list[str] = []
    group, speaker, date, n_seen = 0, "", "", 0
    page: dict[str, str] = {}
    for message in read_page(file, reading, _LAYOUT, page):
        n_seen += 1
        # The first message of a group names who writes all of them; of old versions the name stands above them.
        name = tidy(message.parts.get("name", "")) or (tidy(page.pop("name", "")) if message.group != group else "")
        speaker = name or (speaker if message.group == group else "")
        group = message.group
        short = message.parts.get("short@title", "")
        date = message.parts.get("date@title") or message.parts.get("date") or short or page.pop("date", "") or date
        text = tidy(message.parts.get("text", ""))
        if "notice" in message.parts or not text:
            reading.repair(message.line, NOTICE if "notice" in message.parts else ATTACHMENT)
            continue
        kept.append((message, speaker, text))
        dates.append(date.strip())
    if not n_seen and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no message; give a page that DiscordChatExporter has written")
    said = []
    for (message, name, text), moment in zip(kept, stamps_of(dates), strict=True):
        try:
            said.append(Said(build_utterance(reading, message.line, speaker=name, text=text), moment))
        except BadRow as error:
            reading.skip(error)
    yield from build_chat(reading.stem, said)


FORMATS = (
    Format(
        name="discord-html",
        title="Discord's channels as web pages",
        about="a channel exported as HTML by DiscordChatExporter",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
