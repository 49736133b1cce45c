"""Messages with roles as the chat interfaces of language models have them, in one document or a conversation a line.

Read are `[{"role": …, "content": …}]`, a request `{"model": …, "messages": […]}` in any order of its keys, also one of
a batch, files for tuning with a conversation a line, and the same with ShareGPT's names,
`{"conversations": [{"from": …, "value": …}]}`, and Gemini's, `{"contents": [{"role": …, "parts": […]}]}`. Objects with
two texts, such as `{"prompt": …, "completion": …}` or `{"question": …, "answer": …}`, are a conversation of two turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.json_document import first_items, read_items, read_json_document, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_LISTS = ("messages", "conversations", "conversation", "contents", "items", "input", "prompt", "data")
# Where a request stands in a line of a batch, or of preferences.
_AROUND = ("body", "request", "input")
_ANSWERS = ("completion", "preferred_output", "chosen")
# What is asked and what is answered, each a text by itself.
_PAIRS = (("prompt", "completion"), ("prompt", "response"), ("question", "answer"))
# Signs that only tell a model where a text ends.
_ENDS_OF_TEXT = re.compile(r"(?:\s*(?:#{2,}|->|<\|endoftext\|>))+\s*$")
# Names in a prompt: then it is a conversation by itself.
_NAMES = re.compile(r"^[ \t#*]*([^\W\d_]{2,20}|[QA])[ *]*:(?=\s)", re.MULTILINE)
_SPEAKERS = frozenset({"human", "user", "customer", "client", "assistant", "agent", "q"})
_IDS = ("id", "conversation_id", "custom_id", "idx")
_ROLES = ("role", "from")
_CONTENTS = ("content", "value", "parts")
# LangChain's messages have these in place of a role.
_TYPES = ("human", "ai", "system", "tool", "function")
SILENT_ROLES = frozenset(
    {
        *("system", "developer", "tool", "function", "observation", "ipython", "environment"),
        *("function_call", "function-call", "function_response", "function-response", "function_result"),
        *("tool_call", "tool_calls", "tool_response", "tool_result", "tool_results"),
    }
)
SYSTEM = "{n} message(s) of the system or of tools: left out"
_OF_PAIR = "{{n}} object(s) with {} and {}: read as two turns of a conversation each"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list of messages with roles, alone, in an object, or in each of several."""
    rows, document = file.peek.rows, file.peek.document
    if options.text_column is not None and any(_pair_of(row) is not None for row in first_items(file.peek)):
        # One of the two texts was asked for.
        return 0.0
    if document is None:
        return sum(_holds_messages(row) for row in rows) / len(rows) if rows else 0.0
    first = document[0] if isinstance(document, list) and document else None
    return float(_holds_messages(document) or _holds_messages(first))


def _holds_messages(item: Any) -> bool:
    """Returns whether an item is a list of messages, or an object that has one."""
    return _is_message(next(iter(_messages_of(item) or ()), None))


def _with_role(item: Any) -> Any:
    """Returns a message of LangChain's with its type as the role; others as they are."""
    if not isinstance(item, dict) or item.get("type") not in _TYPES or any(key in item for key in _ROLES):
        return item
    inner = item.get("data")
    return {**(inner if isinstance(inner, dict) else item), "role": item["type"]}


def _is_message(item: Any) -> bool:
    item = _with_role(item)
    if not isinstance(item, dict) or not any(isinstance(item.get(key), str) for key in _ROLES):
        return False
    return any(key in item for key in _CONTENTS) or "role" in item


def _messages_of(item: Any) -> list[Any] | None:
    """Returns the list of messages that an item is or has; an answer that is asked for, or preferred, ends it."""
    if not isinstance(item, dict):
        return item if isinstance(item, list) else None
    if (pair := _pair_of(item)) is not None:
        return [{"role": name, "content": _ENDS_OF_TEXT.sub("", item[name]).strip()} for name in pair]
    around = [item, *(item[key] for key in _AROUND if isinstance(item.get(key), dict))]
    lists = [
        one[key] for keys in (_LISTS, _ANSWERS) for one in around for key in keys if isinstance(one.get(key), list)
    ]
    found: list[Any] | None = next((one for one in lists if one and _is_message(one[0])), None)
    if found is None:
        return next((one[key] for one in around for key in _LISTS[:3] if isinstance(one.get(key), list)), None)
    answer: list[Any] = next((item[key] for key in _ANSWERS if isinstance(item.get(key), list)), found)
    # Preferences have the question in their answers, or before them.
    return answer if answer[: len(found)] == found else found + answer


def _pair_of(item: dict[str, Any]) -> tuple[str, str] | None:
    """Returns the names of a question and its answer in an object that has no other words."""
    if "text" in item or any(name in item for name in _LISTS[:2]):
        return None
    return next((pair for pair in _PAIRS if all(isinstance(item.get(name), str) for name in pair)), None)


def _has_names(text: str) -> bool:
    """Returns whether a text is a conversation by itself, with names before its turns."""
    names = [name.casefold() for name in _NAMES.findall(text)]
    return len(names) > 1 or not _SPEAKERS.isdisjoint(names)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each list as a conversation; a message's `name` is its speaker, or else its role.

    A single conversation is called as the file is, others by their `id`, or by their number. Messages of the system,
    developer, tools and functions are not said to anybody; they are left out and counted, and so are messages without
    text, such as calls of tools. Of a content in parts, the texts are joined by line ends.

    Raises:
        InputError: no JSON, or not a list of messages.
        BadRow: a message without role or content; its place in the list is given as the line.
    """
    names: set[str] = set()
    for number, item, is_line in _items(file, reading):
        messages = _messages_of(item)
        if messages is None:
            if not is_line:
                raise InputError(f"{reading.source}: is not a list of messages, nor has one under 'messages'")
            reading.skip(reading.bad(number, f"no list of messages, nor one under 'messages', in {show(item)}"))
            continue
        pair = _pair_of(item) if isinstance(item, dict) else None
        if pair is not None and _has_names(item[pair[0]]):
            advice = 'give its turns as {"messages": [{"role": "user", "content": …}, …]}'
            reading.skip(reading.bad(number, f"{pair[0]!r} holds turns with names by itself; {advice}"))
            continue
        if pair is not None:
            reading.repair(number, _OF_PAIR.format(*map(repr, pair)))
        utterances = list(read_items(reading, _oldest_first(messages), _reader(reading, number, is_line)))
        given = next((item[key] for key in _IDS if item.get(key) is not None), None) if isinstance(item, dict) else None
        name = unique_name(given, f"{reading.stem}/{number}", names) if is_line else reading.stem
        if utterances:
            yield Conversation(name, utterances)


def _oldest_first(messages: list[Any]) -> list[Any]:
    """Returns the messages; those of a thread are listed with the newest first."""
    times = [one.get("created_at") if isinstance(one, dict) else None for one in messages]
    known = [time for time in times if type(time) is int]
    return messages[::-1] if len(known) == len(messages) > 1 and known[0] > known[-1] else messages


def _items(file: OpenText, reading: Reading) -> Iterator[tuple[int, Any, bool]]:
    """Yields number and item of each conversation, and whether there may be several."""
    document = file.peek.document
    if document is not None or not file.peek.rows:
        document = read_json_document(file)
        if not isinstance(document, list) or not document or _is_single(document[0]):
            yield 1, document, False
            return
    for number, item in read_json_items(file, reading):
        yield number, item, True


def _is_single(item: Any) -> bool:
    """Returns whether the first item of a document is a message, and not a conversation."""
    return not isinstance(item, dict | list) or (isinstance(item, dict) and _messages_of(item) is None)


def _reader(reading: Reading, conversation: int, is_line: bool) -> Any:
    where = f"conversation {conversation}, " if is_line else ""
    return lambda number, item: _utterance(
        item, conversation if is_line else number, f"{where}message {number}", reading
    )


def _utterance(item: Any, line: int, place: str, reading: Reading) -> Utterance | None:
    item = _with_role(item)
    kind = item.get("type") if isinstance(item, dict) else None
    role = next((item[key] for key in _ROLES if item.get(key) is not None), None) if isinstance(item, dict) else None
    if role is None and isinstance(kind, str) and ("call" in kind or kind == "reasoning"):
        reading.repair(place, SYSTEM)
        return None
    if not isinstance(role, str) or not role.strip():
        raise reading.bad(line, f"{place}: expected 'role' and 'content', got {show(item)}")
    if role.strip().casefold() in SILENT_ROLES:
        reading.repair(place, SYSTEM)
        return None
    text = text_of(next((item[key] for key in (*_CONTENTS, "text", "message") if key in item), None))
    if text is None:
        raise reading.bad(line, f"{place}: 'content' must be text or a list of parts with text")
    refusal = item.get("refusal")
    text = text if text.strip() or not isinstance(refusal, str) else refusal
    if not text.strip():
        reading.repair(place, "{n} message(s) without text: left out")
        return None
    name = item.get("name")
    speaker = name if isinstance(name, str) and name.strip() else role
    return build_utterance(reading, line, speaker=speaker, text=text)


def text_of(content: Any) -> str | None:
    """Returns the text of a content, `""` where it has none; None if it is not content."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        return None
    texts = [text for part in content if (text := _part(part)) is not None]
    return "\n".join(texts) if all(isinstance(text, str) for text in texts) else None


def _part(part: Any) -> Any:
    """Returns the text of a part of a content; None where it has none, such as a picture, or is a thought."""
    if not isinstance(part, dict) or part.get("thought") is True:
        return part if isinstance(part, str) else None
    text = part.get("text", part.get("refusal"))
    return text.get("value") if isinstance(text, dict) else text


FORMATS = (
    Format(
        name="messages",
        title="message lists",
        about='`[{"role": …, "content": …}]` as in chat APIs and fine-tuning files, or `from` and `value` as in '
        "ShareGPT; one document, or a conversation per line; system and tool messages are left out; also two "
        "texts per object, `prompt` and `completion`, or `question` and `answer`",
        speakers="roles or names",
        file=Text(Sureness.MEMBER, explains, read),
    ),
)
