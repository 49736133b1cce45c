"""Skype's `messages.json`, and the export of Teams at home, which has the same layout: all chats of an account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, in_order, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.support.html_text import html_words

_SAID = ("RichText", "RichText/Html", "Text")
_NO_WORDS = "{n} file(s), call(s) or card(s): left out"
_NETWORK = re.compile(r"\d+:(?:live:)?")
# What an edited message began with, in old programs.
_EDITED = re.compile(r"Edited previous message: (?=.*<e_m)", re.DOTALL)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document of conversations with a `MessageList`."""
    return float(any(isinstance(chat.get("MessageList"), list) for chat in _chats(file.peek.document)[:5]))


def _chats(document: Any) -> list[dict[str, Any]]:
    chats = document.get("conversations") if isinstance(document, dict) else None
    return [chat for chat in chats if isinstance(chat, dict)] if isinstance(chats, list) else []


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each chat in order of time, named after whom it is with; starts in seconds from its first message.

    People have their names, or else their ids without the mark of the network. Quoted messages are no words of the one
    who quotes them. Files, calls and what happened in a chat are left out and counted.

    Raises:
        InputError: no JSON, or no conversations.
        BadRow: a message that cannot be read; its place in its chat is given as the line.
    """
    chats = _chats(read_json_document(file))
    if not any(isinstance(chat.get("MessageList"), list) for chat in chats):
        raise InputError(f"{reading.source}: has no conversations with a 'MessageList'; give Skype's messages.json")
    people = _people(chats)
    names: set[str] = set()
    for place, chat in enumerate(chats, 1):
        messages = chat.get("MessageList")
        where = f"chat {place}, " if len(chats) > 1 else ""
        items = messages if isinstance(messages, list) else []
        said = list(read_messages(reading, items, where, partial(_read_message, people)))
        given = chat.get("displayName") or _name(str(chat.get("id") or ""))
        yield from build_chat(unique_name(given, f"{reading.stem}/{place}", names), in_order(said))


def _people(chats: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Returns names by id: of those that messages name, and of those that a chat of two is with."""
    named = [(chat.get("id"), chat.get("displayName")) for chat in chats]
    for chat in chats:
        messages = chat.get("MessageList")
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict):
                named.append((message.get("from"), message.get("displayName")))
    return {
        person: name for person, name in named if isinstance(person, str) and isinstance(name, str) and name.strip()
    }


def _name(person: str) -> str:
    return _NETWORK.sub("", person, count=1) if _NETWORK.match(person) else person


def _read_message(people: Mapping[str, str], message: Message) -> Said | None:
    kind = message.first_text("messagetype", "messageType") or "Text"
    if kind not in _SAID:
        message.repair(HOUSEKEEPING if kind.startswith("ThreadActivity") else _NO_WORDS)
        return None
    person = message.first_text("from")
    content = message.first_text("content") or ""
    words = content.strip() if kind == "Text" else html_words(_EDITED.sub("", content, count=1))
    name = None if person is None else people.get(person) or _name(person)
    return message.said(name, words, message.moment("originalarrivaltime", iso_moment))


FORMATS = (
    Format(
        name="skype",
        title="Skype's chats",
        about="Skype's `messages.json`, and the same of Teams at home: one conversation per chat; quoted messages are "
        "left out of the answer",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
