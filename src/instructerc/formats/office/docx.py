"""Word documents: tables with a turn a row, or any layout of a transcript or chat that is read as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from instructerc.conversation import Conversation
from instructerc.formats.format import Binary, Format
from instructerc.formats.office.document import read_document, stream_document
from instructerc.formats.office.package import MARK, Package, holds_part
from instructerc.formats.office.words import read_words
from instructerc.formats.shared.reading import Reading


def holds(stream: BinaryIO) -> bool:
    """Returns whether a zip file is a Word document."""
    return holds_part(stream, "word/")


def read(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
    """Yields the document's conversation.

    Raises:
        InputError: no such document, or one in which no layout of a transcript is found.
        BadRow: a turn that cannot be read.
    """
    yield from read_document(read_words(Package(stream, reading.source)), reading)


def text_of(stream: BinaryIO, source: str) -> BinaryIO:
    """Returns a document's text as a stream.

    Raises:
        InputError: no such document, or one without text.
    """
    return stream_document(read_words(Package(stream, source)), source)


FORMATS = (
    Format(
        name="docx",
        title="Word documents",
        about="Word documents (`.docx`): transcripts of Teams, Word and others, chats, tables with a turn a row",
        times="if given",
        file=Binary(MARK, read, holds=holds, text=text_of),
        extensions=(".docx", ".docm"),
    ),
)
