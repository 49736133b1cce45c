"""Conversations to files of one schema, JSONL or Parquet, that give them back equal; the schema is in docs/files.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from instructerc.conversation import Conversation
from instructerc.corpora.files import split_files
from instructerc.corpora.new_file import new_file
from instructerc.corpora.parquet_writing import write_parquet
from instructerc.corpora.writing import write_jsonl
from instructerc.errors import InputError

Kind = Literal["jsonl", "parquet"]

_KINDS: dict[str, Kind] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_WRITERS: dict[Kind, Any] = {"jsonl": write_jsonl, "parquet": write_parquet}


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
        _WRITERS[kind](_counted(conversations, written), part)
    return written


def write_folder(
    splits: Mapping[str, Iterable[Conversation]], folder: Path, kind: Kind, force: bool = False
) -> list[Written]:
    """Writes a file for each split into a folder that corpus `files` reads, all of them or none.

    Args:
        splits: conversations by split.
        folder: made where it is missing.
        kind: `jsonl` or `parquet`.
        force: write over files of these names.

    Raises:
        MissingExtra: Parquet, without pyarrow.
        InputError: as `write_file`, or a file for a split under another name, by which `files` would be left with two.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror or error}") from error
    written = []
    with ExitStack() as stack:
        for split, conversations in splits.items():
            path = folder / f"{split}.{kind}"
            others = [other.name for other in split_files(folder, split) if other != path]
            if others:
                raise InputError(
                    f"{folder}: has {', '.join(others)} for the {split} split already; give another folder"
                )
            file = Written(path)
            _WRITERS[kind](_counted(conversations, file), stack.enter_context(new_file(path, force)))
            written.append(file)
    return written


def _counted(conversations: Iterable[Conversation], written: Written) -> Iterator[Conversation]:
    for talk in conversations:
        written.n_conversations += 1
        written.n_utterances += len(talk)
        yield talk
