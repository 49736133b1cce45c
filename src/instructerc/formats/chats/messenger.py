"""Messenger's and Instagram's exports as JSON, `message_1.json`: UTF-8 written as Latin-1, newest message first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_REPAIRED = "{n} text(s) whose letters were written twice over in UTF-8: repaired"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose first message has the name of its sender and a time in milliseconds."""
    document = file.peek.document
    messages = document.get("messages") if isinstance(document, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    return float(isinstance(first, dict) and "sender_name" in first and "timestamp_ms" in first)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after its title, in the order of time.

    Calls, unsent messages and those without text, such as photos, are left out and counted.

    Raises:
        InputError: no JSON, or no list of messages.
        BadRow: a message that cannot be read; its place in the list is given as the line.
    """
    document = read_json_document(file)
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list):
        raise InputError(f"{reading.source}: has no list 'messages'; give Messenger's or Instagram's message_1.json")
    said = sorted(read_messages(reading, messages, "", _read_message), key=lambda one: one.moment or 0.0)
    yield from build_chat(unique_name(_repaired(document.get("title")), reading.stem, set()), said)


def _read_message(message: Message) -> Said | None:
    if message.fields.get("type") in ("Subscribe", "Unsubscribe", "Call") or message.fields.get("is_unsent") is True:
        message.repair(HOUSEKEEPING)
        return None
    given = message.first_text("content") or ""
    text, speaker = _repaired(given), _repaired(message.first_text("sender_name"))
    if text != given:
        message.repair(_REPAIRED)
    return message.said(speaker, text, message.moment("timestamp_ms", _milliseconds))


def _milliseconds(value: Any) -> float | None:
    return value / 1000 if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**14 else None


def _repaired(text: Any) -> Any:
    """Returns a text whose letters are bytes of UTF-8 as these letters; every other value as it is."""
    if not isinstance(text, str) or text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


FORMATS = (
    Format(
        name="messenger",
        title="Messenger's and Instagram's chats",
        about="Facebook Messenger's and Instagram's `message_1.json`; damaged letters are repaired",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
