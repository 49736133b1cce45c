"""LiveChat: chats as its service gives them, alone or in a list, with the events of a thread or of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
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

_LISTS = ("chats", "chats_summary")
_INTERNAL = "{n} internal note(s): left out"
_NO_MESSAGE = "{n} event(s) that are no messages, such as files, forms and notices: left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for chats with users and a thread of events that have authors or types."""
    return float(any(map(_is_chat, first_items(file.peek, _LISTS)[:5])))


def _is_chat(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("users"), list) and any(isinstance(one.get("events"), list) for one in _threads(item))


def _threads(chat: Mapping[str, Any]) -> list[dict[str, Any]]:
    several = chat.get("threads")
    found = several if isinstance(several, list) else [chat.get("thread")]
    return [thread for thread in found if isinstance(thread, dict)]


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each chat in order of time, named after its id; starts in seconds from its first message.

    Speakers have their names, or else what they are, such as `customer`. Notes among agents, files, forms and notices
    are left out and counted.

    Raises:
        InputError: no JSON, or no chats.
        BadRow: an event that cannot be read; its place in the chat is given as the line.
    """
    names: set[str] = set()
    found = False
    for number, chat in read_json_items(file, reading, _LISTS):
        if not isinstance(chat, dict) or not _is_chat(chat):
            continue
        found = True
        events = [event for thread in _threads(chat) for event in thread.get("events") or ()]
        say = partial(_read_message, _people(chat))
        said = in_order(list(read_messages(reading, events, f"chat {number}, ", say)))
        yield from build_chat(unique_name(chat.get("id"), f"{reading.stem}/{number}", names), said)
    if not found and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no chats with 'users' and a 'thread'; give the JSON of LiveChat")


def _people(chat: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(user.get("id")): name
        for user in chat["users"]
        if isinstance(user, dict)
        for name in [user.get("name") or user.get("type")]
        if isinstance(name, str) and name.strip()
    }


def _read_message(people: Mapping[str, str], message: Message) -> Said | None:
    if message.first_text("visibility", "recipients") == "agents":
        message.repair(_INTERNAL)
        return None
    if message.first_text("type") != "message":
        message.repair(_NO_MESSAGE)
        return None
    author = message.first_text("author_id")
    speaker = None if author is None else people.get(author, author)
    return message.said(speaker, message.first_text("text") or "", message.moment("created_at", iso_moment))


FORMATS = (
    Format(
        name="livechat",
        title="LiveChat's chats",
        about="LiveChat's chats as JSON, one or many; internal notes, files and forms are left out",
        speakers="names or roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
