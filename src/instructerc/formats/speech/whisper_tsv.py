"""Whisper's own TSV: `start`, `end` and `text`, with times in whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.times.speech_rate import from_unit
from instructerc.formats.table import reader as table
from instructerc.formats.table import writer

_HEADER = ["start", "end", "text"]
# A segment is shorter than half a minute, and longer than a tenth of a second: its length tells the unit.
_SHORTEST = 100


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the rows that begin with two whole numbers, below the three names with tabs between them.

    Their lengths say that they are milliseconds; a table of seconds with these names is read as any other table.
    """
    lines = file.peek.lines
    if not lines or lines[0].lstrip("\ufeff").strip().split("\t") != _HEADER or options.speaker_column:
        return 0.0
    times = [cells[:2] for cells in (line.split("\t", 2) for line in lines[1:]) if len(cells) == 3]
    spans = [int(end) - int(start) for start, end in times if start.isdecimal() and end.isdecimal()]
    return len(spans) / (len(lines) - 1) if spans and median(spans) >= _SHORTEST else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, named after the file; times in seconds.

    Raises:
        InputError: a header in which a column is missing.
        BadRow: as in a table.
    """
    for talk in table.read(file, reading):
        # Nobody else is to look for milliseconds again.
        reading.times.are_whole = False
        yield from_unit(talk, 1000)


FORMATS = (
    Format(
        name="whisper-tsv",
        title="Whisper's TSV",
        about="Whisper's TSV with `start`, `end` and `text`; its milliseconds become seconds",
        speakers="no",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read, writer.annotate, table.peek_header),
    ),
)
