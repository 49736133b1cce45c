"""Crisp: the messages of conversations, as its service gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, in_order, millisecond_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_LISTS = ("data", "messages")
_INTERNAL = "{n} internal note(s): left out"
_NO_MESSAGE = "{n} file(s), event(s) or card(s): left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages from a user or an operator, with the milliseconds when they were sent."""
    return float(any(map(_is_message, first_items(file.peek, _LISTS)[:5])))


def _is_message(item: Any) -> bool:
    keys = {"type", "from", "content", "timestamp"}
    return isinstance(item, dict) and keys <= item.keys() and item["from"] in ("user", "operator")


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each conversation in order of time; starts in seconds from its first message.

    Speakers have their nicknames, or are `user` and `operator`. Notes among operators, files and events are left out.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the conversation is given as the line.
    """
    chats: dict[str, list[Any]] = {}
    for _, item in read_json_items(file, reading, _LISTS):
        chat = item.get("session_id") if isinstance(item, dict) else None
        chats.setdefault(chat if isinstance(chat, str) else "", []).append(item)
    if not any(_is_message(item) for items in chats.values() for item in items):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no list 'data' of messages; give the JSON of Crisp")
    names: set[str] = set()
    for chat, items in chats.items():
        where = f"{chat}, " if len(chats) > 1 else ""
        said = in_order(list(read_messages(reading, items, where, _read_message)))
        yield from build_chat(unique_name(chat, reading.stem, names), said)


def _read_message(message: Message) -> Said | None:
    kind = message.first_text("type")
    if kind != "text":
        message.repair(_INTERNAL if kind == "note" else _NO_MESSAGE)
        return None
    user = message.fields.get("user")
    named = message.first_text("nickname", of=user) if isinstance(user, dict) else None
    moment = message.moment("timestamp", millisecond_moment)
    return message.said(named or message.first_text("from"), message.first_text("content") or "", moment)


FORMATS = (
    Format(
        name="crisp",
        title="Crisp's conversations",
        about="the messages of Crisp's conversations as JSON; internal notes, files and events are left out",
        speakers="names or roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
