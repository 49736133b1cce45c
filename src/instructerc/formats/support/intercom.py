"""Intercom's conversations as its service gives them: a first message and parts, with bodies in HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, read_messages, unix_or_iso_moment
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.support.html_text import html_words

_LISTS = ("conversations", "data")
_FIRST = ("source", "conversation_message")
_INTERNAL = "{n} internal note(s): left out"
_NO_MESSAGE = "{n} part(s) that are no messages, such as who was assigned: left out"
_ROLE_FOR_NAME = "{n} message(s) by people without a name: named by their role"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for conversations with parts, or with a first message of an author."""
    return float(any(_is_conversation(one) for one in first_items(file.peek, _LISTS)))


def _is_conversation(item: Mapping[str, Any]) -> bool:
    first = next((item[key] for key in _FIRST if isinstance(item.get(key), dict)), None)
    has_author = first is not None and isinstance(first.get("author"), dict) and "body" in first
    return _parts(item) is not None or (has_author and item.get("type") == "conversation")


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each conversation in order of time, named after its id; starts in seconds from its first message.

    Speakers have their names, or else what they are, such as `user`. Notes among agents and parts that are no messages
    are left out and counted.

    Raises:
        InputError: no JSON, or no conversation.
        BadRow: a part that cannot be read; its place in the conversation is given as the line.
    """
    names: set[str] = set()
    found = False
    for number, item in read_json_items(file, reading, _LISTS):
        if not isinstance(item, dict) or not _is_conversation(item):
            continue
        found = True
        first = [
            {"created_at": item.get("created_at"), "part_type": "comment", **item[key]}
            for key in _FIRST
            if isinstance(item.get(key), dict)
        ]
        messages = [*first[:1], *(_parts(item) or ())]
        said = list(read_messages(reading, messages, f"conversation {number}, ", _read_message))
        said.sort(key=lambda one: one.moment or 0.0)
        yield from build_chat(unique_name(item.get("id"), f"{reading.stem}/{number}", names), said)
    if not found and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no conversation with 'conversation_parts'; give Intercom's JSON")


def _parts(item: Mapping[str, Any]) -> list[Any] | None:
    parts = item.get("conversation_parts")
    parts = parts.get("conversation_parts") if isinstance(parts, dict) else parts
    return parts if isinstance(parts, list) else None


def _read_message(message: Message) -> Said | None:
    kind = message.first_text("part_type") or "comment"
    if "note" in kind:
        message.repair(_INTERNAL)
        return None
    body = message.first_text("body")
    if message.fields.get("redacted") is True or (body is None and kind != "comment"):
        message.repair(_NO_MESSAGE)
        return None
    author = message.fields.get("author")
    of = author if isinstance(author, dict) else {}
    named = message.first_text("name", "email", of=of)
    role = message.first_text("type", of=of)
    said = message.said(named or role, html_words(body or ""), message.moment("created_at", unix_or_iso_moment))
    if said is not None and named is None and role is not None:
        message.repair(_ROLE_FOR_NAME)
    return said


FORMATS = (
    Format(
        name="intercom",
        title="Intercom's conversations",
        about="Intercom's conversations as JSON, one or many; internal notes and events are left out",
        speakers="names or roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
