"""Conversations to Parquet, which `read_conversations` gives back equal.

A row is an utterance; the columns are those of docs/files.md, and the footer says so with `instructerc_schema = 1`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from instructerc.conversation import Conversation
from instructerc.formats.jsonl.writer import check_writable
from instructerc.formats.parquet.file import import_parquet
from instructerc.formats.parquet.reader import SCHEMA_KEY, SCHEMA_VERSION

_ROLES = ("speaker", "text", "emotion", "start", "end", "note", "speaker_note")
# Columns whose values come again and again.
_REPEATED = ["conversation", "speaker", "emotion", "speaker_note"]
# A row group is held in memory, and no page of one can then be too large to be read back.
_GROUP_ROWS, _GROUP_CHARACTERS = 50_000, 8 * 1024 * 1024

Rows = list[tuple[Any, ...]]


def write_parquet(conversations: Iterable[Conversation], target: str | Path | BinaryIO) -> None:
    """Writes a row per utterance to a path or an open binary stream.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a conversation that could not be read back; see `check_writable`.
    """
    parquet = import_parquet("writing Parquet")
    import pyarrow

    schema = _schema()
    options: dict[str, Any] = {"compression": "zstd", "use_dictionary": _REPEATED, "store_schema": False}
    with parquet.ParquetWriter(target, schema, **options) as writer:
        writer.add_key_value_metadata({SCHEMA_KEY: str(SCHEMA_VERSION)})
        for rows in _groups(check_writable(conversations)):
            columns = map(pyarrow.array, zip(*rows, strict=True), schema.types)
            writer.write_batch(pyarrow.record_batch(list(columns), schema=schema))


def _schema() -> Any:
    import pyarrow

    text, seconds = pyarrow.string(), pyarrow.float64()
    return pyarrow.schema(
        [
            pyarrow.field("conversation", text, nullable=False),
            pyarrow.field("turn", pyarrow.int32(), nullable=False),
            pyarrow.field("speaker", text, nullable=False),
            pyarrow.field("text", text, nullable=False),
            pyarrow.field("emotion", text),
            pyarrow.field("start", seconds),
            pyarrow.field("end", seconds),
            pyarrow.field("note", text),
            pyarrow.field("speaker_note", text),
        ]
    )


def _groups(conversations: Iterable[Conversation]) -> Iterator[Rows]:
    """Yields the rows of one row group after another."""
    rows: Rows = []
    n_characters = 0
    for talk in conversations:
        for turn, utterance in enumerate(talk.utterances, 1):
            values = [getattr(utterance, role) for role in _ROLES]
            # A whole number of seconds may be larger than pyarrow takes for a float.
            values = [float(value) if isinstance(value, int) else value for value in values]
            size = len(talk.id) + sum(len(value) for value in values if isinstance(value, str))
            if rows and (len(rows) == _GROUP_ROWS or n_characters + size > _GROUP_CHARACTERS):
                yield rows
                rows, n_characters = [], 0
            rows.append((talk.id, turn, *values))
            n_characters += size
    if rows:
        yield rows
