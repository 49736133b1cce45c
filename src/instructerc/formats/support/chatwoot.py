"""Chatwoot: the messages of conversations as its service gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, in_order, read_messages, unix_or_iso_moment
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_LISTS = ("payload", "messages")
# As numbers, or as words in what is sent to other programs; a template is what the program itself says.
_WHO: Mapping[Any, str] = {
    **{0: "contact", 1: "agent", 3: "bot"},
    **{"incoming": "contact", "outgoing": "agent", "template": "bot"},
}
_INTERNAL = "{n} internal note(s): left out"
_ACTIVITY = "{n} notice(s) of what happened to the conversation: left out"
_ROLE_FOR_NAME = "{n} message(s) without the name of the sender: named by the role"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages with `message_type`, `content`, and the mark of what is private."""
    return float(any(map(_is_message, first_items(file.peek, _LISTS)[:5])))


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and {"message_type", "content", "private", "created_at"} <= item.keys()


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each conversation in order of time; starts in seconds from its first message.

    Internal notes and notices are left out and counted.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the conversation is given as the line.
    """
    chats: dict[str, list[Any]] = {}
    for _, item in read_json_items(file, reading, _LISTS):
        chat = item.get("conversation_id") if isinstance(item, dict) else None
        chats.setdefault("" if chat is None else str(chat), []).append(item)
    if not any(_is_message(item) for items in chats.values() for item in items):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no list 'payload' of messages; give the JSON of Chatwoot")
    names: set[str] = set()
    for chat, items in chats.items():
        where = f"conversation {chat}, " if len(chats) > 1 else ""
        said = in_order(list(read_messages(reading, items, where, _read_message)))
        yield from build_chat(unique_name(chat, reading.stem, names), said)


def _read_message(message: Message) -> Said | None:
    fields = message.fields
    if fields.get("private") is True:
        message.repair(_INTERNAL)
        return None
    kind = fields.get("message_type")
    role = _WHO.get(kind) if isinstance(kind, int | str) else None
    if role is None:
        message.repair(_ACTIVITY)
        return None
    sender = fields.get("sender")
    named = message.first_text("name", "available_name", of=sender) if isinstance(sender, dict) else None
    said = message.said(
        named or role, message.first_text("content") or "", message.moment("created_at", unix_or_iso_moment)
    )
    if said is not None and named is None:
        message.repair(_ROLE_FOR_NAME)
    return said


FORMATS = (
    Format(
        name="chatwoot",
        title="Chatwoot's conversations",
        about="the messages of Chatwoot's conversations as JSON; internal notes and notices are left out",
        speakers="names or roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
