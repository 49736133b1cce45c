"""Files that are either whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from instructerc.errors import InputError


@contextmanager
def new_file(path: Path, force: bool = False) -> Iterator[Path]:
    """Gives a name beside `path` to write to; the file takes its own name at the end, and is gone where an error came.

    Args:
        path: what the file is called in the end.
        force: write over a file of that name.

    Raises:
        InputError: a file of that name, or a place where none can be written.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file")
    if not force and path.exists():
        raise InputError(f"{path}: already exists; --force overwrites it")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
