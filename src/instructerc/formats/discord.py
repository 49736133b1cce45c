"""Channels of Discord as DiscordChatExporter writes them to JSON."""

from __future__ import annotations

from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_SAID = (None, "Default", "Reply")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with a channel and messages, and a guild or authors."""
    document = file.peek.document
    if not isinstance(document, dict) or "messages" not in document:
        return 0.0
    messages = document["messages"]
    first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
    has_author = isinstance(first.get("author"), dict) and {"content", "timestamp"} <= first.keys()
    return float(isinstance(document.get("channel"), dict) and (isinstance(document.get("guild"), dict) or has_author))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the channel as one conversation, named after it; a speaker's nickname goes before the name.

    Messages of other types than `Default` and `Reply`, and those without text, are left out and counted.

    Raises:
        InputError: no JSON, or no list of messages.
        BadRow: a message that cannot be read; its place in the list is given as the line.
    """
    document = read_json_document(file)
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list):
        raise InputError(f"{reading.source}: has no list 'messages'; give DiscordChatExporter's JSON")
    channel = document.get("channel")
    name = channel.get("name") if isinstance(channel, dict) else None
    said = list(read_messages(reading, messages, "", _read_message))
    yield from build_chat(name if isinstance(name, str) and name.strip() else reading.stem, said)


def _read_message(message: Message) -> Said | None:
    if message.fields.get("type") not in _SAID:
        message.repair(HOUSEKEEPING)
        return None
    author = message.fields.get("author")
    if not isinstance(author, dict):
        raise message.bad("has no 'author', so its speaker is unknown")
    speaker = message.first_text("nickname", "name", of=author)
    return message.said(speaker, message.first_text("content") or "", message.moment("timestamp", iso_moment))


FORMATS = (
    Format(
        name="discord",
        title="Discord's channels",
        about="a channel exported as JSON by DiscordChatExporter",
        speakers="nicknames or names",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
