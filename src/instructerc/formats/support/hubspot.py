"""HubSpot: the messages of threads in its inbox, as its service gives them."""

from __future__ import annotations

from collections.abc import Iterator
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
from instructerc.formats.support.html_text import html_words

_LISTS = ("results",)
_SAID = ("MESSAGE", "WELCOME_MESSAGE")
_INTERNAL = "{n} internal comment(s): left out"
_NO_MESSAGE = "{n} event(s) that are no messages, such as assignments: left out"
_ROLE_FOR_NAME = "{n} message(s) without the name of the sender: named by the direction"
_ROLES = {"INCOMING": "visitor", "OUTGOING": "agent"}


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages with senders and the id of their thread, or a direction."""
    return float(any(map(_is_message, first_items(file.peek, _LISTS)[:5])))


def _is_message(item: Any) -> bool:
    keys = {"type", "text", "senders", "createdAt"}
    return isinstance(item, dict) and keys <= item.keys() and isinstance(item["senders"], list)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each thread as a conversation in order of time; starts in seconds from its first message.

    Comments among agents and what is no message are left out and counted.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the thread is given as the line.
    """
    threads: dict[str, list[Any]] = {}
    for _, item in read_json_items(file, reading, _LISTS):
        thread = item.get("conversationsThreadId") if isinstance(item, dict) else None
        threads.setdefault("" if thread is None else str(thread), []).append(item)
    if not any(_is_message(item) for items in threads.values() for item in items):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no list 'results' of messages with 'senders'; give those of HubSpot")
    names: set[str] = set()
    for thread, items in threads.items():
        where = f"thread {thread}, " if len(threads) > 1 else ""
        said = in_order(list(read_messages(reading, items, where, _read_message)))
        yield from build_chat(unique_name(thread, reading.stem, names), said)


def _read_message(message: Message) -> Said | None:
    kind = message.first_text("type")
    if kind not in _SAID:
        message.repair(_INTERNAL if kind == "COMMENT" else _NO_MESSAGE)
        return None
    rich = message.first_text("richText")
    text = message.first_text("text") or (html_words(rich) if rich is not None else "")
    senders = message.fields.get("senders")
    sender = senders[0] if isinstance(senders, list) and senders and isinstance(senders[0], dict) else {}
    named = message.first_text("name", of=sender)
    role = _ROLES.get(message.first_text("direction") or "")
    said = message.said(named or role, text, message.moment("createdAt", iso_moment))
    if said is not None and named is None and role is not None:
        message.repair(_ROLE_FOR_NAME)
    return said


FORMATS = (
    Format(
        name="hubspot",
        title="HubSpot's conversations",
        about="the messages of HubSpot's threads as JSON; internal comments and events are left out",
        speakers="names or roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
