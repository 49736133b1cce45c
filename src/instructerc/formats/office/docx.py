"""Word documents: tables with a turn a row, or any layout of a transcript or chat that is read as text."""

from __future__ import annotations

from typing import BinaryIO

from instructerc.formats.format import Format
from instructerc.formats.office.document import as_binary
from instructerc.formats.office.package import holds_part
from instructerc.formats.office.words import read_words


def holds(stream: BinaryIO) -> bool:
    """Returns whether a zip file is a Word document."""
    return holds_part(stream, "word/")


FORMATS = (
    Format(
        name="docx",
        title="Word documents",
        about="Word documents (`.docx`): transcripts of Teams, Word and others, chats, tables with one turn per row",
        times="if given",
        file=as_binary(holds, read_words),
        extensions=(".docx", ".docm"),
    ),
)
