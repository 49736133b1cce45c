"""Conversations to JSONL, which `read_conversations` gives back equal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.shared.lines import MAX_LINE
from instructerc.formats.shared.reading import show

# In a row, it says that the row is a turn as it was written here.
OWN = "instructerc_schema"


def write_jsonl(conversations: Iterable[Conversation], target: str | Path | TextIO) -> None:
    """Writes a conversation per line, UTF-8, to a path or an open text stream.

    One that is longer than a line may be when it is read is written as a line per utterance.

    Raises:
        InputError: a conversation that could not be read back; see `check_writable`.
    """
    if isinstance(target, str | Path):
        with Path(target).open("w", encoding="utf-8", newline="\n") as stream:
            write_jsonl(conversations, stream)
        return
    for conversation in check_writable(conversations):
        rows = [_row(utterance) for utterance in conversation.utterances]
        line = _dump({"id": conversation.id, "utterances": rows})
        if len(line) <= MAX_LINE:
            target.write(line)
            continue
        for row in rows:
            # Without the mark, a row without words would be one that a table left empty.
            line = _dump({"conversation": conversation.id, **row, OWN: 1})
            if len(line) > MAX_LINE:
                raise InputError(f"conversation {show(conversation.id)}: an utterance is too long for a line of JSONL")
            target.write(line)


def check_writable(conversations: Iterable[Conversation]) -> Iterator[Conversation]:
    """Yields conversations, each of which can be read back.

    Raises:
        InputError: an id that comes twice, an id or emotion that is not Unicode text, or a text without measure.
    """
    ids: set[str] = set()
    for conversation in conversations:
        name = f"conversation {show(conversation.id)}"
        if conversation.id in ids:
            raise InputError(f"{name} occurs twice; give each conversation a unique id")
        ids.add(conversation.id)
        for word in (conversation.id, *(turn.emotion or "" for turn in conversation.utterances)):
            if not _is_text(word):
                raise InputError(f"{name}: {show(word)} contains a NUL character or half a surrogate pair")
        for turn in conversation.utterances:
            if any(len(word) > MAX_LINE for word in _row(turn).values() if isinstance(word, str)):
                raise InputError(f"{name}: an utterance is longer than {MAX_LINE >> 20} Mi characters")
        yield conversation


def _is_text(word: str) -> bool:
    return "\0" not in word and (word.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in word))


def _row(utterance: Utterance) -> dict[str, str | float]:
    values = {field.name: getattr(utterance, field.name) for field in fields(utterance)}
    # Whole numbers could be taken for milliseconds when they are read.
    exact = {name: float(value) if isinstance(value, int) else value for name, value in values.items()}
    return {name: value for name, value in exact.items() if value is not None}


def _dump(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
