"""The lines of a text that hold something; one that is damaged is skipped or is the error, as was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.reading import Reading


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class WrittenLine:
    """A line, counted from 1, without the blanks around it."""

    number: int
    text: str


def written_lines(file: OpenText, reading: Reading) -> Iterator[WrittenLine]:
    """Yields the lines that are not blank.

    Raises:
        BadRow: a line with NUL characters or bytes of another encoding, where such lines are not skipped.
    """
    lines = file.lines
    for raw in reading.rows(lines):
        text = raw.strip()
        if not text:
            continue
        try:
            check_characters(raw, reading.source, lines.number)
        except BadRow as error:
            reading.skip(error)
        else:
            yield WrittenLine(lines.number, text)
