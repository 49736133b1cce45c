"""Telegram Desktop's `result.json`: one chat, or an account with all of its chats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, iso_moment, read_messages, unix_moment
from instructerc.formats.shared.chat_turns import Said, build_chat
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_KINDS = ("message", "service", "unsupported")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a chat of Telegram's, or an account with its chats."""
    document = file.peek.document
    if not isinstance(document, dict):
        return 0.0
    chats = document.get("chats")
    if isinstance(chats, dict) or ("personal_information" in document and "about" in document):
        return float(not isinstance(chats, dict) or isinstance(chats.get("list"), list))
    messages = document.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    if not isinstance(first, dict) or not {"type", "id"} <= document.keys():
        return 0.0
    return float(first.get("type") in _KINDS and "date" in first)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per chat, named after it.

    A speaker who has deleted the account is called by the account's number, such as `user123`. Service messages and
    those without text, such as stickers, are left out and counted.

    Raises:
        InputError: no JSON, or no chat in it.
        BadRow: a message that cannot be read; its place in its chat is given as the line.
    """
    document = read_json_document(file)
    chats = list(_chats(document))
    if not chats:
        raise InputError(f"{reading.source}: has no list 'messages', nor chats with one; give Telegram's result.json")
    names: set[str] = set()
    for place, chat in enumerate(chats, 1):
        name = _name(chat, place, reading)
        while name in names:
            name = f"{name}/{place}"
        names.add(name)
        where = f"chat {place}, " if len(chats) > 1 else ""
        yield from build_chat(name, list(read_messages(reading, chat["messages"], where, _read_message)))


def _chats(document: Any) -> Iterator[dict[str, Any]]:
    """Yields what has a list of messages: the document, or the chats of the account, those that were left too."""
    if not isinstance(document, dict):
        return
    if isinstance(document.get("messages"), list):
        yield document
    for key in ("chats", "left_chats"):
        part = document.get(key)
        chats = part.get("list") if isinstance(part, dict) else None
        for chat in chats if isinstance(chats, list) else []:
            if isinstance(chat, dict) and isinstance(chat.get("messages"), list):
                yield chat


def _name(chat: dict[str, Any], place: int, reading: Reading) -> str:
    name = chat.get("name")
    return name if isinstance(name, str) and name.strip() else f"{reading.stem}/{place}"


def _read_message(message: Message) -> Said | None:
    kind = message.first_text("type")
    if kind is None:
        raise message.bad("expected 'type' and 'text', as Telegram writes them")
    if kind != "message":
        message.repair(HOUSEKEEPING)
        return None
    text = _text(message.fields.get("text"))
    if text is None:
        raise message.bad("'text' must be text or a list of texts")
    moment = message.moment("date_unixtime", unix_moment)
    if moment is None:
        moment = message.moment("date", iso_moment)
    return message.said(message.first_text("from", "from_id"), text, moment)


def _text(content: Any) -> str | None:
    """Returns the words of a text in parts, links and bold words among them; None if it is not text."""
    parts = [content] if isinstance(content, str) else content
    if not isinstance(parts, list):
        return None
    words = [part.get("text") if isinstance(part, dict) else part for part in parts]
    texts = [word for word in words if isinstance(word, str)]
    return "".join(texts) if len(texts) == len(words) else None


FORMATS = (
    Format(
        name="telegram",
        title="Telegram's chats",
        about="Telegram Desktop's `result.json`: one chat, or an account with one conversation per chat",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
