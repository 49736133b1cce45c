"""Conversations to files of one schema, JSONL or Parquet, that give them back equal; the schema is in docs/files.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.jsonl.writer import write_jsonl
from instructerc.formats.parquet.writer import write_parquet
from instructerc.formats.shared.new_file import new_file

Kind = Literal["jsonl", "parquet"]

_KINDS: dict[str, Kind] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
WRITERS: dict[Kind, Any] = {"jsonl": write_jsonl, "parquet": write_parquet}


@dataclass(slots=True)
class Written:
    """A file that was written.

    Attributes:
        path: its name.
        n_conversations: how many it holds.
        n_utterances: how many these have.
    """

    path: Path
    n_conversations: int = 0
    n_utterances: int = 0


def kind_of(path: Path) -> Kind:
    """Returns the kind of file that a name's extension means.

    Raises:
        InputError: another extension, or none.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"{path}: JSONL or Parquet? give --to, or a name that ends in .jsonl or .parquet")
    return kind


def write_file(conversations: Iterable[Conversation], path: Path, kind: Kind, force: bool = False) -> Written:
    """Writes a file whole or not at all, and returns what it holds.

    Args:
        conversations: what is written, taken one by one.
        path: the file.
        kind: `jsonl` or `parquet`.
        force: write over a file of that name.

    Raises:
        MissingExtra: Parquet, without pyarrow.
        InputError: a file that is there already, or that cannot be written or be read back.
    """
    written = Written(path)
    with new_file(path, force) as part:
        WRITERS[kind](counted(conversations, written), part)
    return written


def counted(conversations: Iterable[Conversation], written: Written) -> Iterator[Conversation]:
    for talk in conversations:
        written.n_conversations += 1
        written.n_utterances += len(talk)
        yield talk
