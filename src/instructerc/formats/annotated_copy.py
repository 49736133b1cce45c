"""A copy of a file with the emotions in it, in the file's own format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from instructerc.errors import InputError
from instructerc.formats.contest import choose_text
from instructerc.formats.format import Annotate, Format, Text
from instructerc.formats.registry import check_format, detect_binary, known_formats
from instructerc.formats.shared.answers import Answers
from instructerc.formats.shared.lines import OpenText, Source, open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading


def annotated_formats() -> tuple[str, ...]:
    """Returns the names of the formats whose files can be copied with emotions."""
    return tuple(name for name, one in known_formats().items() if _annotator(one) is not None)


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A file that is opened to be copied with emotions.

    Attributes:
        format: name of its format.
        annotate: writes the copy.
        text: the file.
        options: how it is read.
    """

    format: str
    annotate: Annotate
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
            reading = Reading(source, self.text.stem, self.options, ReadReport())
            self.annotate(self.text, reading, answers, stream)
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            raise InputError(
                f"{source}: its encoding {self.text.encoding} has no {letter!r}, which a label needs; save it as UTF-8"
            ) from error
        answers.finish()
        if self.text.lines.n_lost:
            raise InputError(f"{source}: a line is too long to copy; write jsonl instead")


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
    if (isinstance(source, str | Path) and Path(source).is_dir()) or detect_binary(source) is not None:
        yield None
        return
    with open_text(source, options) as text:
        form, _ = choose_text(text, options, input_format)
        annotate = _annotator(form)
        yield None if annotate is None else FileCopy(form.name, annotate, text, options)


def _annotator(form: Format) -> Annotate | None:
    return form.file.annotate if isinstance(form.file, Text) else None
