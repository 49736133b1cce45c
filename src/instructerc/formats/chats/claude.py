"""Claude's data export, `conversations.json`: chats of `human` and `assistant`, with contents in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_LIST = "chat_messages"
_SAID = ("human", "assistant", "user")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a chat with Claude's list of messages, or several of them."""
    document, rows = file.peek.document, file.peek.rows
    found = document if isinstance(document, list) else [document] if document is not None else rows
    return float(any(isinstance(one, dict) and isinstance(one.get(_LIST), list) for one in found[:50]))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each chat, named after its title; starts in seconds from its first message.

    Thoughts, calls of tools and their results are no words of a message; messages without any are left out and counted.

    Raises:
        InputError: no JSON, or no chat with a list of messages.
        BadRow: a message that cannot be read; its place in its chat is given as the line.
    """
    names: set[str] = set()
    found = False
    for place, talk in read_json_items(file, reading):
        messages = talk.get(_LIST) if isinstance(talk, dict) else None
        if not isinstance(messages, list):
            continue
        found = True
        name = unique_name(talk.get("name"), f"{reading.stem}/{place}", names)
        yield from build_chat(name, list(read_messages(reading, messages, f"conversation {place}, ", _read_message)))
    if not found and not reading.n_skipped:
        raise InputError(
            f"{reading.source}: has no chat with '{_LIST}'; give the conversations.json of Claude's export"
        )


def _read_message(message: Message) -> Said | None:
    sender = message.first_text("sender", "role")
    if sender is None:
        raise message.bad("expected 'sender' and 'text' or 'content'")
    if sender not in _SAID:
        message.repair("{n} message(s) of the system or of tools: left out")
        return None
    text = _blocks(message.fields.get("content"))
    text = (message.first_text("text") or "") if text is None else text
    return message.said(sender, text, message.moment("created_at", iso_moment))


def _blocks(content: Any) -> str | None:
    """Returns the words of a content in blocks; None where it has no blocks, as in older exports."""
    if not isinstance(content, list) or not content:
        return None
    texts = [block.get("text") for block in content if isinstance(block, dict) and block.get("type", "text") == "text"]
    return "\n".join(text for text in texts if isinstance(text, str) and text.strip())


FORMATS = (
    Format(
        name="claude",
        title="Claude's export",
        about="Claude's `conversations.json`: one conversation per chat",
        speakers="roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
