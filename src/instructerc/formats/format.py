"""What a format says of itself; the registry finds every module of this room that has `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO, TextIO

from instructerc.conversation import Conversation
from instructerc.formats.shared.answers import Answers
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

Annotate = Callable[[OpenText, Reading, Answers, TextIO], None]


class Sureness(IntEnum):
    """How special the evidence for a format is; it settles between formats that explain a file about equally well."""

    TEXT = 1
    """Lines that many programs and people write."""
    COLUMNS = 2
    """A header has names that many files have."""
    SYNTAX = 3
    """The syntax is right, and others write it too."""
    LINES = 4
    """Some lines look as certain programs write them."""
    FIRST_LINE = 5
    """Each message begins as one program writes it."""
    MEMBER = 6
    """A document has the one list that the format is about."""
    LAYOUT = 7
    """Several names or marks stand together that only one program or owner writes."""
    MARK = 8
    """The file begins with the format's own mark."""


@dataclass(frozen=True, slots=True)
class Text:
    """How a file that is text is read, and copied.

    Attributes:
        sure: how special the evidence is that `explains` goes by.
        explains: how much of a file's beginning the format accounts for, from 0 (nothing) to 1 (all of it); it looks
            at `file.peek` and uses up nothing. What nobody else writes so counts; what any text has does not.
        read: yields the conversations of a file.
        annotate: writes a copy of the file with emotions in it; None where the format has no place for them.
        columns: gives the names of a table's columns before it is read; None of what has none.
    """

    sure: Sureness
    explains: Callable[[OpenText, ReadOptions], float]
    read: Callable[[OpenText, Reading], Iterator[Conversation]]
    annotate: Annotate | None = None
    columns: Callable[[OpenText, ReadOptions], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """How a file that is no text is read.

    Attributes:
        mark: the bytes with which it begins, by which it is found.
        read: yields the conversations of a stream that can go back.
        columns: gives the names of a table's columns, of a stream with a name for messages; None of what has none.
        holds: says whether a stream with the mark is of the format, where others have the mark too; of these, the one
            without it takes what is left.
        text: gives what a stream with a name holds as text, for a format that is text and was asked for; None of what
            holds none.
    """

    mark: bytes
    read: Callable[[BinaryIO, Reading], Iterator[Conversation]]
    columns: Callable[[BinaryIO, str], list[str]] | None = None
    holds: Callable[[BinaryIO], bool] | None = None
    text: Callable[[BinaryIO, str], BinaryIO] | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """How a folder of such files is read.

    Attributes:
        what: what such a folder is, for an error that refuses another one.
        matches: says whether a folder looks like it.
        read: yields the conversations of a folder.
    """

    what: str
    matches: Callable[[Path], bool]
    read: Callable[[Path, Reading], Iterator[Conversation]]


@dataclass(frozen=True, slots=True)
class Lossless:
    """How conversations are written so that reading gives them back equal.

    Attributes:
        extensions: by which a file is known to be written so.
        write: writes all of them to a path or a stream.
    """

    extensions: tuple[str, ...]
    write: Callable[[Iterable[Conversation], Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file format.

    Attributes:
        name: as `input_format` takes it.
        title: what a person calls it, in a list.
        about: what such a file is, for the table in docs/files.md.
        speakers: whether turns have speakers, for the same table.
        times: whether turns have times, for the same table.
        file: how a file is read.
        extensions: of its files; of formats that explain a file equally well, the one that has its extension reads it.
        folder: how a folder of such files is read; None where a folder is refused.
        write: writes one conversation with its emotions to a new file; None where nothing writes the format. It is
            asked for by the format's first extension, such as `eaf`.
        lossless: how conversations are kept as files of this format; None where something would be lost.
    """

    name: str
    title: str
    about: str
    speakers: str = "yes"
    times: str = "no"
    file: Text | Binary
    extensions: tuple[str, ...] = ()
    folder: Folder | None = None
    write: Callable[[Conversation, TextIO], None] | None = None
    lossless: Lossless | None = None
