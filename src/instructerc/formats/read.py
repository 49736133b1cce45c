"""A file of any format, or the folder of an export, read into conversations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.collection import read_tree
from instructerc.formats.contest import choose_text
from instructerc.formats.format import Binary, Format
from instructerc.formats.pipes import go_back
from instructerc.formats.registry import (
    binary_of,
    check_format,
    detect_binary,
    find_folder_format,
    find_format,
    known_formats,
)
from instructerc.formats.shared.folders import find_folder
from instructerc.formats.shared.lines import OpenText, Source, open_source, open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading, run_reader


def read_conversations(
    source: Source,
    *,
    input_format: str | None = None,
    options: ReadOptions | None = None,
    report: ReadReport | None = None,
) -> Iterator[Conversation]:
    """Yields a file's conversations as they are read, so that memory does not grow with the file.

    Args:
        source: a path, `-` for standard input, or an open text or binary stream; or a folder of an export or of files.
        input_format: one of `formats()`; None finds it by content and extension.
        options: see `ReadOptions`.
        report: filled with skipped rows and notes; without one they go to the log.

    Raises:
        InputError: an unknown format at once; while iterating, a missing, empty or binary file or one of another form,
            or a folder with no file that is read.
        BadRow: while iterating, a wrong row, unless `options.skip_bad`.

    Example:
        >>> import io
        >>> [talk] = read_conversations(io.StringIO("Ann: We won!\\nBo: No way!\\n"))
        >>> talk.cast
        ('Ann', 'Bo')
    """
    check_format(input_format)
    return _read(source, input_format, options or ReadOptions(), report)


def _read(
    source: Source, input_format: str | None, options: ReadOptions, report: ReadReport | None
) -> Iterator[Conversation]:
    folder = find_folder(source)
    if folder is not None:
        reading = Reading(str(folder), folder.resolve().name or "folder", options, report)
        try:
            form, how = find_folder_format(folder, input_format)
        except InputError as error:
            if input_format is not None:
                raise
            talks = read_tree(folder, reading, error)
        else:
            _tell(report, form)
            talks = how.read(folder, reading)
        yield from run_reader(talks, reading)
        return
    with go_back(source, _marks_of(input_format)) as again:
        yield from _read_file(again, input_format, options, report)


def _read_file(
    source: Source, input_format: str | None, options: ReadOptions, report: ReadReport | None
) -> Iterator[Conversation]:
    found = _find_binary(source, input_format)
    if found is not None:
        named, binary = found
        _tell(report, named)
        with open_source(source) as (stream, name, path):
            reading = Reading(name, path.stem or "conversation", options, report)
            yield from run_reader(binary.read(binary_of(stream), reading), reading)
        return
    with _open(source, input_format, options) as file:
        chosen, text = choose_text(file, options, input_format)
        _tell(report, chosen)
        reading = Reading(file.source, file.stem, options, report)
        yield from run_reader(text.read(file, reading), reading)


def _marks_of(input_format: str | None) -> set[bytes]:
    """Returns the bytes with which a file begins that must go back: any, where one that is no text was asked for."""
    if input_format is not None and isinstance(find_format(input_format).file, Binary):
        return {b""}
    return {form.file.mark for form in known_formats().values() if isinstance(form.file, Binary)}


@contextmanager
def _open(source: Source, input_format: str | None, options: ReadOptions) -> Iterator[OpenText]:
    """Opens a source as text: of a document for which a format of texts was asked, its words."""
    found = None if input_format is None else detect_binary(source)
    if found is None or found[1].text is None:
        with open_text(source, options) as file:
            yield file
        return
    with (
        open_source(source) as (stream, name, _),
        open_text(found[1].text(binary_of(stream), name), replace(options, encoding=None)) as file,
    ):
        yield file


def _find_binary(source: Source, input_format: str | None) -> tuple[Format, Binary] | None:
    if input_format is None:
        return detect_binary(source)
    form = find_format(input_format)
    return (form, form.file) if isinstance(form.file, Binary) else None


def _tell(report: ReadReport | None, form: Format) -> None:
    if report is not None:
        report.format = form.name
