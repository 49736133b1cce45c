"""A file that is one JSON document: held whole, so its size is bounded; and conversations that are a list in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.shared import peek
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.reading import Reading

T = TypeVar("T")


def read_json_document(file: OpenText) -> Any:
    """Returns the document.

    Raises:
        InputError: it is no JSON, nested too deeply, or larger than `peek.MAX_DOCUMENT`.
    """
    if file.peek.has_document:
        return file.peek.document
    source, size, parts = file.source, 0, []
    for line in file.lines:
        size += len(line)
        if size > peek.MAX_DOCUMENT:
            raise InputError(
                f"{source}: one JSON document of more than {peek.MAX_DOCUMENT >> 20} Mi characters; "
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
