"""Chats of Microsoft Teams as Microsoft Graph gives them: `chatMessage` objects, with the answers below them or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, in_order, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.support.html_text import html_words

_LISTS = ("value", "messages")
_SENDERS = ("user", "application", "device")
_DELETED = "{n} deleted message(s): left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages with `messageType`, `createdDateTime` and a body."""
    return float(any(map(_is_message, first_items(file.peek, _LISTS)[:5])))


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and {"createdDateTime", "body", "messageType"} <= item.keys()


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each chat or channel as a conversation in order of time; starts in seconds from its first message.

    Events such as who was added, and deleted messages, are left out and counted.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the chat is given as the line.
    """
    chats: dict[str, list[Any]] = {}
    for _, item in read_json_items(file, reading, _LISTS):
        for message in (item, *_answers(item)):
            chats.setdefault(_chat(item), []).append(message)
    if not any(_is_message(item) for items in chats.values() for item in items):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no messages with a 'body'; give chat messages of Microsoft Graph")
    names: set[str] = set()
    for chat, items in chats.items():
        several = len(chats) > 1
        said = list(read_messages(reading, items, f"{chat}, " if several else "", _read_message))
        yield from build_chat(unique_name(chat if several else None, reading.stem, names), in_order(said))


def _answers(item: Any) -> list[Any]:
    answers = item.get("replies") if isinstance(item, dict) else None
    return answers if isinstance(answers, list) else []


def _chat(item: Any) -> str:
    fields: Mapping[str, Any] = item if isinstance(item, dict) else {}
    channel = fields.get("channelIdentity")
    found = fields.get("chatId") or (channel.get("channelId") if isinstance(channel, dict) else None)
    return found if isinstance(found, str) else ""


def _read_message(message: Message) -> Said | None:
    fields = message.fields
    if message.first_text("messageType") != "message":
        message.repair(HOUSEKEEPING)
        return None
    if fields.get("deletedDateTime") is not None:
        message.repair(_DELETED)
        return None
    body = fields.get("body")
    content = message.first_text("content", of=body) if isinstance(body, dict) else None
    is_plain = isinstance(body, dict) and body.get("contentType") == "text"
    text = (content or "") if is_plain else html_words(content or "")
    return message.said(_sender(fields), text, message.moment("createdDateTime", iso_moment))


def _sender(fields: Mapping[str, Any]) -> str | None:
    """Returns the name of who wrote a message, or else the id."""
    origin = fields.get("from")
    senders = [origin.get(kind) for kind in _SENDERS] if isinstance(origin, dict) else []
    names = (sender.get(key) for sender in senders if isinstance(sender, dict) for key in ("displayName", "id"))
    return next((name for name in names if isinstance(name, str) and name.strip()), None)


FORMATS = (
    Format(
        name="teams-chat",
        title="chats of Teams",
        about="chats and channels of Microsoft Teams as JSON of Microsoft Graph, answers in time order",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
