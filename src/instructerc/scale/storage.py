"""Local paths and object stores: how an input is opened, and how an output takes its name only when it is whole."""

from __future__ import annotations

import errno
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, BinaryIO, cast

from instructerc.errors import InputError, InstructERCError, MissingExtra, one_line, reason_of

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LOCKED = (errno.EACCES, errno.EPERM, errno.EROFS)
# Read ahead of an object store: a request costs far more than its bytes.
_BLOCK_BYTES = 8 * 1024 * 1024
# Stores in which the first name of a path is a bucket's, and what stands below it needs no folder.
_BUCKETS = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci"})
# Packages of stores whose errors, such as of missing credentials or a lost connection, are no errors of the system.
_STORES = frozenset({"aiobotocore", "aiohttp", "azure", "botocore", "gcsfs", "google", "requests", "s3fs"})


def is_url(text: str) -> bool:
    """Returns whether a text names something in an object store, such as `s3://bucket/chats`."""
    return _URL.match(text) is not None


def file_system(url: str) -> tuple[Any, str]:
    """Returns the file system of a URL, and the path of the URL in it.

    Raises:
        MissingExtra: fsspec is not installed.
        InputError: a store that fsspec does not know, or whose own package is missing.
    """
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError as error:
        raise MissingExtra(f"{url}: reading URLs", "urls") from error
    try:
        found: tuple[Any, str] = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(f"{url}: cannot be opened: {one_line(error)}") from error
    return found


def _protocols(fs: Any) -> set[str]:
    return {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)


def place_of(text: str) -> tuple[str, PurePath]:
    """Returns where a path or URL lies: the kind of store, and the path in it; local URLs and paths are of one kind."""
    if not is_url(text):
        return "file", Path(text).resolve()
    fs, path = file_system(text)
    kinds = _protocols(fs)
    if kinds & {"file", "local"}:
        return "file", Path(path).resolve()
    return min(kinds), PurePosixPath(path)


def _is_outside(error: Exception) -> bool:
    """Returns whether an error is one of the system or of a store, and not our own."""
    return isinstance(error, OSError) or type(error).__module__.partition(".")[0] in _STORES


@contextmanager
def asking_store(url: str) -> Iterator[None]:
    """Says of an error of a store what was asked of it.

    Raises:
        InputError: there is no such thing, nobody may see it, or the store cannot be reached.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{url}: no such file") from error
    except Exception as error:
        if not _is_outside(error):
            raise
        raise InputError(f"{url}: cannot be opened: {reason_of(error)}") from error


class _NamedStream(io.BufferedReader):
    """A stream whose messages name what a user gave."""

    def __init__(self, raw: Any, name: str) -> None:
        super().__init__(raw)
        self._given = name

    @property
    def name(self) -> str:
        return self._given


@contextmanager
def open_binary(source: str) -> Iterator[BinaryIO]:
    """Opens a path or a URL for reading; the stream's name is what was given.

    Raises:
        InputError: no such file, or one that cannot be opened.
    """
    try:
        if is_url(source):
            fs, path = file_system(source)
            with asking_store(source):
                stream = fs.open(path, "rb", block_size=_BLOCK_BYTES)
        else:
            stream = Path(source).open("rb")  # noqa: SIM115
    except FileNotFoundError as error:
        raise InputError(f"{source}: no such file") from error
    except OSError as error:
        raise InputError(f"{source}: cannot be opened: {error.strerror or error}") from error
    with stream:
        yield cast(BinaryIO, _NamedStream(stream, source))


@contextmanager
def resumable(target: str) -> Iterator[None]:
    """Says of an error of the system what is left of a run, and how it goes on.

    Args:
        target: the output, which is named where the system names no file.

    Raises:
        InstructERCError: something could not be read or written.
    """
    try:
        yield
    except Exception as error:
        if not _is_outside(error):
            raise
        code, name = (error.errno, error.filename) if isinstance(error, OSError) else (None, None)
        todo = "make room" if code in _FULL else "make it writable" if code in _LOCKED else "mend this"
        # Libraries put words of their own around those of the system.
        reason = reason_of(OSError(code, os.strerror(code)) if code else error)
        raise InstructERCError(
            f"{name or target}: {reason}; what is written so far stays usable: {todo}, and the same command "
            "continues from there"
        ) from error


class Output:
    """A folder, or a prefix in an object store, to which whole files are written.

    Args:
        target: path or URL.

    Attributes:
        staging: folder for files on their way to an object store; the system's own where None.
    """

    def __init__(self, target: str) -> None:
        self.target = target.rstrip("/") or "/"
        self.staging: Path | None = None
        self._fs: Any = None
        self._path = target
        if is_url(target):
            self._fs, self._path = file_system(self.target)
        self._has_buckets = bool(self._fs) and not _BUCKETS.isdisjoint(_protocols(self._fs))

    @property
    def folder(self) -> Path | None:
        """The folder; None for an object store."""
        return None if self._fs else Path(self.target)

    def _where(self, name: str) -> str:
        return f"{self._path}/{name}"

    def names(self) -> list[str]:
        """Returns what stands in it."""
        if self._fs:
            return (
                [Path(one).name for one in self._fs.ls(self._path, detail=False)] if self._fs.exists(self._path) else []
            )
        folder = Path(self._path)
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    def exists(self, name: str) -> bool:
        """Returns whether a file is there."""
        return bool(self._fs.exists(self._where(name))) if self._fs else Path(self._where(name)).is_file()

    def read(self, name: str) -> str | None:
        """Returns a text file of it, or None."""
        if not self.exists(name):
            return None
        if self._fs:
            return bytes(self._fs.cat_file(self._where(name))).decode()
        return Path(self._where(name)).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        """Writes a text file, whole or not at all."""
        with self.writing(name) as part:
            part.write_text(text, encoding="utf-8")

    def remove(self, name: str) -> None:
        """Removes a file if it is there."""
        if self.exists(name):
            self._fs.rm_file(self._where(name)) if self._fs else Path(self._where(name)).unlink()

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Gives a local file to write to, which becomes a file of the output when no error came."""
        if self._fs:
            with tempfile.TemporaryDirectory(dir=self.staging) as folder:
                part = Path(folder) / Path(name).name
                yield part
                # Objects need no folder, and for a bucket that is missing by a slip none is to be made.
                if not self._has_buckets:
                    self._fs.makedirs(self._where(name).rpartition("/")[0], exist_ok=True)
                self._fs.put_file(str(part), self._where(name))
            return
        path = Path(self._where(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
