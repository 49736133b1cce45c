"""A file that is one JSON document: held whole, so its size is bounded; and conversations that are a list in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.reading import Reading

MAX_CHARACTERS = 256 * 1024 * 1024

_DECODER = json.JSONDecoder()
_BLANKS = " \t\r\n"

T = TypeVar("T")


def peek_object(head: str) -> dict[str, Any]:
    """Returns the members of the object that a document begins with, alone or as the first of a list.

    A member that the head cuts off, or that is no JSON, is given as its text and is the last one.
    """
    place = len(head) - len(head.lstrip(_BLANKS + "["))
    members: dict[str, Any] = {}
    if not head.startswith("{", place):
        return members
    while place < len(head) and head[place] in "{,":
        try:
            key, place = _DECODER.raw_decode(head, _after_blanks(head, place + 1))
            place = _after_blanks(head, place)
            if not isinstance(key, str) or not head.startswith(":", place):
                break
            place = _after_blanks(head, place + 1)
        except (ValueError, RecursionError):
            break
        try:
            members[key], place = _DECODER.raw_decode(head, place)
        except (ValueError, RecursionError):
            members[key] = head[place:]
            break
        place = _after_blanks(head, place)
    return members


def _after_blanks(head: str, place: int) -> int:
    while place < len(head) and head[place] in _BLANKS:
        place += 1
    return place


def read_json_document(file: OpenText) -> Any:
    """Returns the document.

    Raises:
        InputError: it is no JSON, nested too deeply, or larger than `MAX_CHARACTERS`.
    """
    source, size, parts = file.source, 0, []
    for line in file.lines:
        size += len(line)
        if size > MAX_CHARACTERS:
            raise InputError(
                f"{source}: one JSON document of more than {MAX_CHARACTERS >> 20} Mi characters; "
                "split it, or give JSONL with a conversation per line"
            )
        parts.append(line)
    try:
        return json.loads("".join(parts))
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{source}: not usable JSON: {error}") from None


def read_listed_turns(
    file: OpenText, reading: Reading, key: str, fault: str, read_turn: Callable[[int, Any], Utterance | None]
) -> Iterator[Conversation]:
    """Yields the document's list of turns as one conversation, named after the file.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        key: where the list stands; the document may also be the list itself.
        fault: what is said of a document without one.
        read_turn: gives the turn of an item, whose number in the list counts from 1; None leaves it out.

    Raises:
        InputError: no JSON, or no such list.
        BadRow: an item that is not a turn; its number is given as the line.
    """
    document = read_json_document(file)
    items = document.get(key) if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise InputError(f"{reading.source}: {fault}")
    utterances = list(read_items(reading, items, read_turn))
    if utterances:
        yield Conversation(reading.stem, utterances)


def read_items(reading: Reading, items: Sequence[Any], read_item: Callable[[int, Any], T | None]) -> Iterator[T]:
    """Yields what a list's items give, except those for which `read_item`, called with number and item, gives None.

    Raises:
        BadRow: a wrong item; its number, from 1, is given as the line.
    """
    for number, item in enumerate(items, 1):
        try:
            found = read_item(number, item)
        except BadRow as error:
            reading.skip(error)
        else:
            if found is not None:
                yield found
