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
    """How sure it is that a file is of a format where it matches; the surest format that matches reads the file."""

    TEXT = 1
    """Any text matches."""
    COLUMNS = 2
    """A header has names that many files have."""
    SYNTAX = 3
    """The syntax is right, and others write it too."""
    LINES = 4
    """Some lines look as certain programs write them."""
    FIRST_LINE = 5
    """The first line looks as one program writes it."""
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
        sure: what it means that a file matches.
        matches: says whether the head of a file looks like the format.
        read: yields the conversations of a file.
        annotate: writes a copy of the file with emotions in it; None where the format has no place for them.
        columns: gives the names of a table's columns before it is read; None of what has none.
    """

    sure: Sureness
    matches: Callable[[OpenText, ReadOptions], bool]
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
    """

    mark: bytes
    read: Callable[[BinaryIO, Reading], Iterator[Conversation]]
    columns: Callable[[BinaryIO, str], list[str]] | None = None


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
        extensions: files with these are read as this format where no other one is surer.
        guests: extensions of other formats that its files have too.
        any_extension: whether its own extensions say nothing, since files of any format have them.
        folder: how a folder of such files is read; None where a folder is refused.
        write: writes one conversation with its emotions to a new file; None where nothing writes the format.
        lossless: how conversations are kept as files of this format; None where something would be lost.
    """

    name: str
    title: str
    about: str
    speakers: str = "yes"
    times: str = "no"
    file: Text | Binary
    extensions: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    any_extension: bool = False
    folder: Folder | None = None
    write: Callable[[Conversation, TextIO], None] | None = None
    lossless: Lossless | None = None
