"""Pipes: a file that is read from its end is kept in a temporary one meanwhile, so that a pipe is read as a file is."""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from instructerc.errors import InputError
from instructerc.formats.shared.lines import HEAD_BYTES, Rejoined, Source, open_source, read_chunks


@contextmanager
def go_back(source: Source, marks: Collection[bytes]) -> Iterator[Source]:
    """Gives a source that can go back where it begins with one of the marks; everything else is as it was.

    Args:
        source: a path, `-` for standard input, or an open stream.
        marks: the bytes with which files begin that are read from their end.

    Raises:
        InputError: no such file; a pipe that cannot be read, or that there is no place to keep.
    """
    if isinstance(source, str | Path) and str(source) != "-" and (Path(source).is_file() or not Path(source).exists()):
        yield source
        return
    with open_source(source) as (stream, name, _):
        binary = getattr(stream, "buffer", stream)
        if not hasattr(binary, "seekable") or binary.seekable():
            yield source
            return
        chunks, head = read_chunks(stream), b""
        try:
            # No more than tells whether it is one: somebody may be typing.
            while any(mark.startswith(head) and mark != head for mark in marks) and (chunk := next(chunks, b"")):
                head += chunk
        except (OSError, ValueError) as error:
            raise InputError(f"{name}: cannot be read: {error}") from error
        rest = Rejoined(head, chunks, name)
        if not head.startswith(tuple(marks)):
            yield io.BufferedReader(rest, HEAD_BYTES)
            return
        with _make_folder(name) as folder:
            path = Path(folder) / "input"
            _keep(rest, path, name)
            with io.FileIO(path) as raw:
                # Messages name what was given.
                raw.name = name
                yield io.BufferedReader(raw)


def _make_folder(name: str) -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="instructerc-")
    except OSError:
        raise InputError(
            f"{name}: must be stored before it can be read, and there is no temporary folder; give it as a file"
        ) from None


def _keep(pipe: io.RawIOBase, path: Path, name: str) -> None:
    try:
        with path.open("xb") as kept:
            while chunk := pipe.read(HEAD_BYTES):
                kept.write(chunk)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise InputError(f"{name}: cannot be stored in a temporary file: {reason}; give it as a file") from None
