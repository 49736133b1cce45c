"""Conversations to JSONL, which `read_conversations` gives back equal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import TextIO

from instructerc.conversation import Conversation, Utterance


def write_jsonl(conversations: Iterable[Conversation], target: str | Path | TextIO) -> None:
    """Writes a conversation per line, UTF-8, to a path or an open text stream."""
    if isinstance(target, str | Path):
        with Path(target).open("w", encoding="utf-8", newline="\n") as stream:
            write_jsonl(conversations, stream)
        return
    for conversation in conversations:
        row = {"id": conversation.id, "utterances": [_row(utterance) for utterance in conversation.utterances]}
        target.write(json.dumps(row, ensure_ascii=False) + "\n")


def _row(utterance: Utterance) -> dict[str, str | float]:
    values = {field.name: getattr(utterance, field.name) for field in fields(utterance)}
    return {name: value for name, value in values.items() if value is not None}
