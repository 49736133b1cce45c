"""The input's own file with the emotions in it: `--write` of its own kind, or `same`.

The file is read twice, side by side: for its turns, and for all that stands around them.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from instructerc.cli.shared.flags import ReadingFlags
from instructerc.cli.shared.group import print_line
from instructerc.cli.shared.writers import Answered
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.conversation import Utterance
    from instructerc.formats.annotated_copy import FileCopy
    from instructerc.formats.shared.answers import WrittenAnswer
    from instructerc.formats.shared.lines import Source
    from instructerc.labels import LabelSet


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that a command reads.

    Attributes:
        open: gives what a file is read from.
        copy: the only file once more, to be written with the emotions in it; None where a new file is written.
    """

    open: Callable[[str], Source]
    copy: FileCopy | None = None


@contextmanager
def open_inputs(kind: str, files: Sequence[str], reading: ReadingFlags) -> Iterator[Inputs]:
    """Opens a file twice where it is of the kind that is to be written.

    Raises:
        InputError: `same` of several files or of a format without a place for emotions; a file that cannot be opened.
    """
    if kind == "same" and len(files) > 1:
        raise InputError(f"--write same takes one FILE, got {len(files)}; give them one by one, or write jsonl or csv")
    from instructerc.formats.registry import written_formats

    if kind not in {"same", *written_formats()} or len(files) > 1:
        yield Inputs(lambda file: file)
        return
    from instructerc.formats.annotated_copy import annotated_formats, open_copy

    [file] = files
    with (
        _open_again(file) as again,
        open_copy(again(), input_format=reading.input_format, options=reading.options()) as copy,
    ):
        written = written_formats().get(kind)
        if copy is not None and (kind == "same" or (written is not None and written.name == copy.format)):
            yield Inputs(lambda _: again(), copy)
            return
        if kind == "same":
            raise InputError(
                f"{file}: --write same takes a file of the formats {', '.join(annotated_formats())}; "
                "for other formats, write jsonl or csv"
            )
        yield Inputs(lambda _: again())


def write_copy(copy: FileCopy, talks: Iterator[Answered], label_set: LabelSet, output: Path | None) -> None:
    """Writes the file with the answers in it, to standard output where `output` is None.

    A file is written whole or not at all: where an error comes, an older output is left alone.

    Raises:
        InputError: the file was changed meanwhile, or it holds what cannot be copied.
    """
    from instructerc.formats.shared.answers import Answers

    pairs = (pair for answered in talks for pair in _pairs(answered))
    first = next(pairs, None)
    if first is not None:
        with _open_output(output, copy.text.encoding) as stream:
            copy.write(Answers(chain([first], pairs), label_set.names, copy.text.source), stream)


def tell_keyboard(source: Source) -> None:
    """Prints a note if a person is expected to type."""
    if source == "-" and sys.stdin is not None and sys.stdin.isatty():
        print_line("reading 'Speaker: text' lines from the keyboard; Ctrl-D ends")


def _pairs(answered: Answered) -> Iterator[tuple[Utterance, WrittenAnswer]]:
    from instructerc.formats.shared.answers import WrittenAnswer

    for utterance, record in answered.records():
        yield utterance, WrittenAnswer(record.label, record.probability, record.probabilities)


@contextmanager
def _open_again(file: str) -> Iterator[Callable[[], Source]]:
    """Gives what opens a file from its beginning; what can be read only once is kept in a temporary file meanwhile."""
    path = Path(file)
    if file != "-" and (not path.exists() or path.is_file() or path.is_dir()):
        yield lambda: file
        return
    from tempfile import TemporaryDirectory

    from instructerc.formats.shared.lines import open_source

    tell_keyboard(file)
    with ExitStack() as stack:
        kept = Path(stack.enter_context(TemporaryDirectory())) / "input"
        with open_source(file) as (stream, name, _), kept.open("wb") as target:
            shutil.copyfileobj(getattr(stream, "buffer", stream), target)

        def again() -> Source:
            raw = io.FileIO(kept)
            # Messages name what was given.
            raw.name = name
            return stack.enter_context(io.BufferedReader(raw))

        yield again


@contextmanager
def _open_output(path: Path | None, encoding: str) -> Iterator[TextIO]:
    """Opens a file, or standard output, for text that keeps its line ends and its wrong bytes."""
    from instructerc.formats.shared.lines import MARK_BYTES

    if path is None:
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding=encoding, errors=MARK_BYTES, newline="\n")
        yield sys.stdout
        return
    if path.exists() and not path.is_file():
        # A device or a pipe: no other file could take its place.
        with path.open("w", encoding=encoding, errors=MARK_BYTES, newline="\n") as stream:
            yield stream
        return
    target = path.resolve()
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("w", encoding=encoding, errors=MARK_BYTES, newline="\n") as stream:
            yield stream
        with suppress(FileNotFoundError):
            shutil.copymode(target, part)
        part.replace(target)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(part):
            error.filename = str(path)
        raise
