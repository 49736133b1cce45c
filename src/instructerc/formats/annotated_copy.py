"""A copy of a file with the emotions in it, in the file's own format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from instructerc.errors import InputError
from instructerc.formats.elan import writer as elan_writing
from instructerc.formats.jsonl import annotator as jsonl_writing
from instructerc.formats.parquet import reader as parquet
from instructerc.formats.registry import check_format, detect_format
from instructerc.formats.shared.answers import Answers
from instructerc.formats.shared.lines import OpenText, Source, open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading
from instructerc.formats.subtitles import writer as subtitle_writing
from instructerc.formats.table import writer as table_writing

# Each reads the file by the parser of its reader, and takes the answers in the order in which that one gives the turns.
_ANNOTATORS: dict[str, Callable[[Reading, Answers, TextIO], None]] = {
    "elan": elan_writing.annotate,
    "jsonl": jsonl_writing.annotate,
    "meld": table_writing.annotate_meld,
    "srt": subtitle_writing.annotate_srt,
    "table": table_writing.annotate,
    "vtt": subtitle_writing.annotate_vtt,
}


def annotated_formats() -> tuple[str, ...]:
    """Returns the names of the formats whose files can be copied with emotions."""
    return tuple(_ANNOTATORS)


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A file that is opened to be copied with emotions.

    Attributes:
        format: name of its format.
        text: the file.
        options: how it is read.
    """

    format: str
    text: OpenText
    options: ReadOptions

    def write(self, answers: Answers, stream: TextIO) -> None:
        """Writes the copy, once; rows that are skipped stand there as they are.

        Args:
            answers: of all turns, in the order in which `read_conversations` gives them; taken as they are written.
            stream: has the encoding of `text`, and the error handler `MARK_BYTES`, so that all bytes stay.

        Raises:
            InputError: the answers are not this file's, or it holds what cannot be copied.
            BadRow: a wrong row, unless `options.skip_bad`.
        """
        source = self.text.source
        stream.write(self.text.mark)
        try:
            # What was odd in the file is told by whoever reads it for its turns.
            _ANNOTATORS[self.format](Reading(self.text, self.options, ReadReport()), answers, stream)
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            raise InputError(
                f"{source}: its encoding {self.text.encoding} has no {letter!r}, which a label needs; save it as UTF-8"
            ) from error
        answers.finish()
        if self.text.lines.n_lost:
            raise InputError(f"{source}: a line is too long to be copied; write jsonl")


@contextmanager
def open_copy(
    source: Source, *, input_format: str | None = None, options: ReadOptions | None = None
) -> Iterator[FileCopy | None]:
    """Opens a file to be copied with emotions; gives None for one of a format that holds none.

    Args:
        source: a path or an open binary stream, which is not the one that its turns are read from.
        input_format: as for `read_conversations`.
        options: as for `read_conversations`.

    Raises:
        InputError: no such file, an empty or a binary file, an unknown encoding or format.
    """
    check_format(input_format)
    options = options or ReadOptions()
    if (isinstance(source, str | Path) and Path(source).is_dir()) or parquet.is_parquet(source):
        yield None
        return
    with open_text(source, options) as text:
        name = input_format or detect_format(text, options)
        yield FileCopy(name, text, options) if name in _ANNOTATORS else None
