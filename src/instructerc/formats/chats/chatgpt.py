"""ChatGPT's export, `conversations.json`: conversations, each a tree of messages of which one branch is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, read_messages, unix_moment
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_SAID = ("user", "assistant")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a conversation with a tree of nodes, or a list of them."""
    document = file.peek.document
    first = document[0] if isinstance(document, list) and document else document
    mapping = first.get("mapping") if isinstance(first, dict) else None
    return float(
        isinstance(mapping, dict) and any(isinstance(node, dict) and "children" in node for node in mapping.values())
    )


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each conversation, named after its title: the branch that ends at the node which was shown last.

    Messages of the system and of tools, and those without text, are left out and counted.

    Raises:
        InputError: no JSON, or no conversation with a tree.
        BadRow: a message that cannot be read; its place in its branch is given as the line.
    """
    document = read_json_document(file)
    talks = document if isinstance(document, list) else [document]
    trees = [talk for talk in talks if isinstance(talk, dict) and isinstance(talk.get("mapping"), dict)]
    if not trees:
        raise InputError(f"{reading.source}: has no conversation with a 'mapping'; give ChatGPT's conversations.json")
    names: set[str] = set()
    for place, talk in enumerate(trees, 1):
        name = unique_name(talk.get("title"), f"{reading.stem}/{place}", names)
        where = f"conversation {place}, " if len(trees) > 1 else ""
        yield from build_chat(name, list(read_messages(reading, _branch(talk), where, _read_message)))


def _branch(talk: dict[str, Any]) -> list[Any]:
    """Returns the messages from the root to the node that was shown last."""
    mapping, found, seen = talk["mapping"], [], set()
    key = talk.get("current_node")
    if key not in mapping:
        leaves = [name for name, node in mapping.items() if isinstance(node, dict) and not node.get("children")]
        key = leaves[-1] if leaves else None
    while isinstance(key, str) and key not in seen and isinstance(mapping.get(key), dict):
        seen.add(key)
        message = mapping[key].get("message")
        if isinstance(message, dict):
            found.append(message)
        key = mapping[key].get("parent")
    return found[::-1]


def _read_message(message: Message) -> Said | None:
    author = message.fields.get("author")
    role = author.get("role") if isinstance(author, dict) else None
    if role not in _SAID:
        message.repair("{n} message(s) of the system or of tools: left out")
        return None
    content = message.fields.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    kind = content.get("content_type") if isinstance(content, dict) else None
    texts = [part for part in parts or () if isinstance(part, str)] if kind in ("text", "multimodal_text") else []
    return message.said(str(role), "\n".join(texts), message.moment("create_time", unix_moment))


FORMATS = (
    Format(
        name="chatgpt",
        title="ChatGPT's export",
        about="ChatGPT's `conversations.json`: one conversation per chat, the branch that was shown last",
        speakers="roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
