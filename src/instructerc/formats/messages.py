"""Messages with roles as the chat interfaces of language models have them, in one document or a conversation a line.

Read are `[{"role": …, "content": …}]`, a request `{"model": …, "messages": […]}` in any order of its keys, files for
tuning with a conversation a line, and the same with ShareGPT's names, `{"conversations": [{"from": …, "value": …}]}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.json_document import read_items, read_json_document
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_LISTS = ("messages", "conversations", "conversation")
_ROLES = ("role", "from")
_CONTENTS = ("content", "value")
_SILENT = frozenset({"system", "developer", "tool", "function"})


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list of messages with roles, alone, in an object, or in each of several."""
    rows, document = file.peek.rows, file.peek.document
    if document is None:
        return sum(_holds_messages(row) for row in rows) / len(rows) if rows else 0.0
    first = document[0] if isinstance(document, list) and document else None
    return float(_holds_messages(document) or _holds_messages(first))


def _holds_messages(item: Any) -> bool:
    """Returns whether an item is a list of messages, or an object that has one."""
    messages = _messages_of(item)
    first = messages[0] if messages else None
    if not isinstance(first, dict) or not any(isinstance(first.get(key), str) for key in _ROLES):
        return False
    return any(key in first for key in _CONTENTS) or "role" in first


def _messages_of(item: Any) -> list[Any] | None:
    if isinstance(item, dict):
        item = next((item[key] for key in _LISTS if isinstance(item.get(key), list)), None)
    return item if isinstance(item, list) else None


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each list as a conversation; a message's `name` is its speaker, or else its role.

    A single conversation is called as the file is, others by their `id`, or by their number. Messages of the roles
    system, developer, tool and function are not said to anybody; they are left out and counted, and so are messages
    without text, such as calls of tools. Of a content in parts, the texts are joined by line ends.

    Raises:
        InputError: no JSON, or not a list of messages.
        BadRow: a message without role or content; its place in the list is given as the line.
    """
    names: set[str] = set()
    single = True
    for number, item, is_line in _items(file, reading):
        messages = _messages_of(item)
        if messages is None:
            error = reading.bad(number, f"no list of messages, nor one under 'messages', in {show(item)}")
            if not is_line:
                raise InputError(f"{reading.source}: is not a list of messages, nor has one under 'messages'")
            reading.skip(error)
            continue
        single = not is_line
        utterances = list(read_items(reading, messages, _reader(reading, number, is_line)))
        given = item.get("id", item.get("conversation_id")) if isinstance(item, dict) else None
        name = reading.stem if single else unique_name(given, f"{reading.stem}/{number}", names)
        if utterances:
            yield Conversation(name, utterances)


def _items(file: OpenText, reading: Reading) -> Iterator[tuple[int, Any, bool]]:
    """Yields number and item of each conversation, and whether there may be several."""
    document = file.peek.document
    if document is not None or not file.peek.rows:
        document = read_json_document(file)
        several = isinstance(document, list) and not _is_message(document[0] if document else None)
        if several and document:
            yield from ((number, item, True) for number, item in enumerate(document, 1))
        else:
            yield 1, document, False
        return
    lines = file.lines
    for text in reading.rows(lines):
        if not text.strip():
            continue
        try:
            check_characters(text, reading.source, lines.number)
            item = json.loads(text)
        except BadRow as error:
            reading.skip(error)
        except (ValueError, RecursionError) as error:
            reading.skip(reading.bad(lines.number, f"not JSON: {str(error)[:80]}"))
        else:
            yield lines.number, item, True


def _is_message(item: Any) -> bool:
    return not isinstance(item, dict | list) or (isinstance(item, dict) and _messages_of(item) is None)


def _reader(reading: Reading, conversation: int, is_line: bool) -> Any:
    where = f"conversation {conversation}, " if is_line else ""
    return lambda number, item: _utterance(
        item, conversation if is_line else number, f"{where}message {number}", reading
    )


def _utterance(item: Any, line: int, place: str, reading: Reading) -> Utterance | None:
    role = next((item[key] for key in _ROLES if item.get(key) is not None), None) if isinstance(item, dict) else None
    if not isinstance(role, str) or not role.strip():
        raise reading.bad(line, f"{place}: expected 'role' and 'content', got {show(item)}")
    if role in _SILENT:
        reading.repair(place, "{n} message(s) of the system or of tools: left out")
        return None
    text = _text(next((item[key] for key in _CONTENTS if key in item), None))
    if text is None:
        raise reading.bad(line, f"{place}: 'content' must be text or a list of parts with text")
    if not text.strip():
        reading.repair(place, "{n} message(s) without text: left out")
        return None
    name = item.get("name")
    speaker = name if isinstance(name, str) and name.strip() else role
    return build_utterance(reading, line, speaker=speaker, text=text)


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
        about='`[{"role": …, "content": …}]` as in chat interfaces, or `from` and `value` as ShareGPT has them; one '
        "document, or a conversation per line; system and tool messages are left out",
        speakers="roles or names",
        file=Text(Sureness.MEMBER, explains, read),
    ),
)
