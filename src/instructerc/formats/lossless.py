"""Conversations to files that give them back equal, such as JSONL and Parquet; their schema is in docs/files.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Lossless
from instructerc.formats.registry import known_formats
from instructerc.formats.shared.new_file import new_file


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


def kind_of(path: Path) -> str:
    """Returns the format that a name's extension means, of those that give conversations back equal.

    Raises:
        InputError: another extension, or none.
    """
    known = lossless_formats()
    kind = next((kind for kind, how in known.items() if path.suffix.lower() in how.extensions), None)
    if kind is None:
        kinds = " or ".join(known_formats()[name].title for name in known)
        names = " or ".join(how.extensions[0] for how in known.values())
        raise InputError(f"{path}: {kinds}? give --to, or a name that ends in {names}")
    return kind


def lossless_formats() -> dict[str, Lossless]:
    """Returns the formats that give conversations back equal, by name, and how each is written."""
    return {name: one.lossless for name, one in known_formats().items() if one.lossless is not None}


def write_lossless(conversations: Iterable[Conversation], path: Path, kind: str, written: Written) -> None:
    """Writes conversations to a path, and counts in `written` what goes there.

    Raises:
        MissingExtra: Parquet, without pyarrow.
        InputError: a conversation that could not be read back.
    """
    lossless_formats()[kind].write(_counted(conversations, written), path)


def write_file(conversations: Iterable[Conversation], path: Path, kind: str, force: bool = False) -> Written:
    """Writes a file whole or not at all, and returns what it holds.

    Args:
        conversations: what is written, taken one by one.
        path: the file.
        kind: name of the format; see `lossless_formats`.
        force: write over a file of that name.

    Raises:
        MissingExtra: Parquet, without pyarrow.
        InputError: a file that is there already, or that cannot be written or be read back.
    """
    written = Written(path)
    with new_file(path, force) as part:
        write_lossless(conversations, part, kind, written)
    return written


def _counted(conversations: Iterable[Conversation], written: Written) -> Iterator[Conversation]:
    for talk in conversations:
        written.n_conversations += 1
        written.n_utterances += len(talk)
        yield talk
