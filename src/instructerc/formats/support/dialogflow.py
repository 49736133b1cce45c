"""Google's contact centre: messages of Dialogflow, and the files that Agent Assist and Insights take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, in_order, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_LISTS = ("messages",)
_MICROSECONDS = ("start_timestamp_usec", "startTimestampUsec")
_CONVERSATION = re.compile(r"conversations/([^/]+)/messages/")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for entries with a role and microseconds, or messages with the role of a participant."""
    items = first_items(file.peek, _LISTS)[:5]
    return float(any(_entries(item) is not None or _is_message(item) for item in items))


def _entries(item: Any) -> list[Any] | None:
    """Returns what is said in a file for Agent Assist; None where it is none."""
    entries = item.get("entries") if isinstance(item, dict) else None
    first = entries[0] if isinstance(entries, list) and entries else None
    is_entry = isinstance(first, dict) and "text" in first and any(key in first for key in _MICROSECONDS)
    return entries if is_entry and isinstance(entries, list) else None


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and "content" in item and "participantRole" in item


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each conversation in order of time; starts in seconds from its first message.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the conversation is given as the line.
    """
    chats: dict[str, list[Any]] = {}
    for number, item in read_json_items(file, reading, _LISTS):
        entries = _entries(item)
        if entries is not None:
            chats[f"{number}"] = entries
        elif isinstance(item, dict) and "content" in item:
            found = _CONVERSATION.search(str(item.get("name")))
            chats.setdefault(found[1] if found else "", []).append(item)
    if not chats and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no 'entries' or 'messages'; give a conversation of Dialogflow's")
    names: set[str] = set()
    for chat, items in chats.items():
        several = len(chats) > 1
        where = f"conversation {chat}, " if several else ""
        given = (f"{reading.stem}/{chat}" if chat.isdigit() else chat) if several else None
        said = in_order(list(read_messages(reading, items, where, _read_message)))
        yield from build_chat(unique_name(given, reading.stem, names), said)


def _read_message(message: Message) -> Said | None:
    role = message.first_text("role", "participantRole") or ""
    moment = message.moment("createTime", iso_moment)
    for key in _MICROSECONDS:
        moment = message.moment(key, _microseconds) if moment is None else moment
    speaker = f"{role} {_user(message.fields)}".strip()
    return message.said(speaker or None, message.first_text("text", "content") or "", moment)


def _user(fields: Mapping[str, Any]) -> str:
    """Returns the number of a person, by which several of one role are told apart."""
    user = fields.get("user_id", fields.get("userId"))
    return str(user) if isinstance(user, int | str) else ""


def _microseconds(value: Any) -> float | None:
    try:
        moment = int(value) / 1e6
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if 0 <= moment < 1e11 else None


FORMATS = (
    Format(
        name="dialogflow",
        title="Dialogflow's conversations",
        about="messages of Dialogflow's conversations as JSON, and the `entries` that Agent Assist and Insights take",
        speakers="roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
