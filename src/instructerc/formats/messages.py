"""Message lists as the chat interfaces of language models have them: roles and contents in one JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_listed_turns
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_SILENT = frozenset({"system", "developer", "tool", "function"})


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose first message has a role."""
    document = file.peek.document
    messages = document.get("messages") if isinstance(document, dict) else document
    first = messages[0] if isinstance(messages, list) and messages else None
    return float(isinstance(first, dict) and isinstance(first.get("role"), str))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Returns the list as one conversation; a message's `name` is its speaker, or else its role.

    Messages of the roles system, developer, tool and function are not said to anybody; they are left out and counted,
    and so are messages without text, such as calls of tools. Of a content in parts, the texts are joined by line ends.

    Raises:
        InputError: no JSON, or not a list of messages.
        BadRow: a message without role or content; its place in the list is given as the line.
    """
    fault = "is not a list of messages, nor has one under 'messages'"
    return read_listed_turns(file, reading, "messages", fault, lambda number, item: _utterance(item, number, reading))


def _utterance(item: Any, number: int, reading: Reading) -> Utterance | None:
    role = item.get("role") if isinstance(item, dict) else None
    if not isinstance(role, str) or not role.strip():
        raise reading.bad(number, f"message {number}: expected 'role' and 'content', got {show(item)}")
    if role in _SILENT:
        reading.repair(f"message {number}", "{n} message(s) of the system or of tools: left out")
        return None
    text = _text(item.get("content"))
    if text is None:
        raise reading.bad(number, f"message {number}: 'content' must be text or a list of parts with text")
    if not text.strip():
        reading.repair(f"message {number}", "{n} message(s) without text: left out")
        return None
    name = item.get("name")
    speaker = name if isinstance(name, str) and name.strip() else role
    return build_utterance(reading, number, speaker=speaker, text=text)


def _text(content: Any) -> str | None:
    """Returns the text of a content, `""` where it has none; None if it is not content."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        return None
    texts = [part["text"] for part in content if isinstance(part, dict) and "text" in part]
    return "\n".join(texts) if all(isinstance(text, str) for text in texts) else None


FORMATS = (
    Format(
        name="messages",
        title="message lists",
        about='`[{"role": …, "content": …}]` as in chat interfaces; system and tool messages are left out',
        speakers="roles or names",
        file=Text(Sureness.MEMBER, explains, read),
    ),
)
