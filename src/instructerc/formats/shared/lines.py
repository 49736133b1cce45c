"""Bytes to lines, streaming: encodings, line ends, and files that are not text.

Only `\\n`, `\\r\\n` and `\\r` end a line. U+0085 and U+2028, at which `str.splitlines` also cuts, are
ordinary characters of an utterance. A byte that the encoding does not know becomes the lone surrogate U+DC00 + byte, so
that only its own row is wrong; `check_characters` finds it, and a copy has the byte again.
"""

from __future__ import annotations

import codecs
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from instructerc.errors import BadRow, InputError, did_you_mean
from instructerc.formats.shared import peek
from instructerc.formats.shared.likely_encoding import likely_encoding
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.peek import Peek

HEAD_BYTES = 64 * 1024
MAX_LINE = 16 * 1024 * 1024
# Error handler of the encodings: wrong bytes become marks, and marks bytes again.
MARK_BYTES = "instructerc-mark"
# What messages call a stream without a name.
NAMELESS = "<stream>"

Source = str | Path | TextIO | BinaryIO

_SURROGATE = re.compile("[\ud800-\udfff]")
# All of these but the bytes that are not UTF-8.
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_NOT_TEXT = (
    (b"\x1f\x8b", "a gzip file; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file; unpack it first"),
    (b"\xfd7zXZ\0", "an xz file; unpack it first"),
    (b"PK\x03\x04", "a zip or Office file; give it without another input format"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Office file, an Outlook message, or an Office file with a password; give an .xls without another input "
        "format, and save others as .docx or .eml, without a password",
    ),
    (b"ooBinaryFile", "a binary file of Praat; save it there as a text file"),
    (b"%PDF-", "a PDF; extract its text first"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3", "a database; export the table as CSV"),
    (b"PAR1", "a Parquet file; give it without another input format"),
)
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r\f\b\x1b")


def _mark_bytes(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeDecodeError):
        return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end
    if isinstance(error, UnicodeEncodeError):
        codes = [ord(letter) - 0xDC00 for letter in error.object[error.start : error.end]]
        if all(0 <= code <= 0xFF for code in codes):
            return bytes(codes), error.end
    raise error


codecs.register_error(MARK_BYTES, _mark_bytes)


class LineSource:
    """Lines with their ends kept; continues after a `BadRow`, unlike a generator.

    Attributes:
        source: name for error messages.
        number: physical line that was read last, from 1.
        n_lost: lines that were too long to be kept.
    """

    def __init__(self, stream: TextIO, source: str) -> None:
        self._stream = stream
        self.source = source
        self.number = 0
        self.n_lost = 0
        self._n_taken = 0
        # Lines that were looked at and are still to be read; None is one that is too long.
        self._waiting: list[str | None] = []
        self._n_read = 0
        # Read behind a line to see whether it is the only one.
        self._next: str | None = None

    def __iter__(self) -> Iterator[str]:
        # A generator takes half the time of `__next__`; behind a `BadRow` another one goes on.
        readline, limit = self._stream.readline, MAX_LINE + 1
        while True:
            while self._waiting or self._next is not None or not self._n_taken:
                line = next(self, "")
                if not line:
                    return
                yield line
            # As `_read` does it, whose call takes as long as the line.
            while not self._waiting:
                try:
                    line = readline(limit)
                except (OSError, ValueError) as error:
                    raise self._unreadable(error) from error
                if len(line) >= limit:
                    self._next = line
                    break
                if not line:
                    return
                self.number += 1
                yield line

    def __next__(self) -> str:
        if self._n_read < len(self._waiting):
            line = self._waiting[self._n_read]
            self._n_read += 1
        else:
            if self._waiting:
                self._waiting, self._n_read = [], 0
            line = self._take()
        if line:
            self.number += 1
            return line
        if line == "":
            raise StopIteration
        self.number += 1
        self.n_lost += 1
        raise BadRow(self.source, self.number, f"line is longer than {MAX_LINE >> 20} Mi characters")

    def ahead(self) -> Iterator[str]:
        """Yields the lines that are still to be read, and leaves them to be read; those that are too long left out."""
        place, readline, limit = self._n_read, self._stream.readline, MAX_LINE + 1
        while True:
            if place < len(self._waiting):
                line = self._waiting[place]
            else:
                if self._n_taken and self._next is None:
                    # As `_read` does it, whose call takes as long as the line.
                    try:
                        line = readline(limit)
                    except (OSError, ValueError) as error:
                        raise self._unreadable(error) from error
                    if len(line) >= limit:
                        self._next = line
                        line = self._take()
                else:
                    line = self._take()
                if line == "":
                    return
                self._waiting.append(line)
            place += 1
            if line is not None:
                yield line

    def rest(self) -> str | None:
        """Returns all that is still to be read, and leaves it to be read; None where a line of it may be too long."""
        next(self.ahead(), None)
        waiting = self._waiting[self._n_read :]
        whole = [line for line in waiting if line is not None]
        if self._next is not None or len(whole) < len(waiting):
            return None
        try:
            text = self._stream.read(MAX_LINE)
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error
        self._stream = _joined(text, self._stream)
        return "".join([*whole, text]) if len(text) < MAX_LINE else None

    def _take(self) -> str | None:
        """Returns the stream's next line, `""` at its end, None for one that is too long to be kept."""
        line = self._read(MAX_LINE + 1)
        self._n_taken += 1
        is_whole = len(line) <= MAX_LINE or line.endswith(("\n", "\r"))
        if self._n_taken == 1:
            # A mark alone is a line without text, not the end.
            line = line.removeprefix("\ufeff") or line
        if is_whole:
            return line
        if self._n_taken == 1 and line.lstrip()[:1] in ("{", "["):
            return self._take_document(line)
        while line and not line.endswith(("\n", "\r")):
            line = self._read(MAX_LINE)
        return None

    def _take_document(self, begin: str) -> str | None:
        """Returns a first line that is a JSON document by itself, as long as one may be; None for one among others."""
        parts, size = [begin], len(begin)
        while parts[-1] and not parts[-1].endswith(("\n", "\r")):
            part = self._read(MAX_LINE)
            size += len(part)
            if size > peek.MAX_DOCUMENT:
                parts = [part]
            else:
                parts.append(part)
        self._next = self._read(MAX_LINE + 1)
        return "".join(parts) if size <= peek.MAX_DOCUMENT and not self._next.strip() else None

    def _read(self, limit: int) -> str:
        if self._next is not None:
            line, self._next = self._next, None
            return line
        try:
            return self._stream.readline(limit)
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> InputError:
        return InputError(f"{self.source}: cannot be read after line {self.number}: {error}")


@dataclass(frozen=True, slots=True)
class OpenText:
    """A source opened for reading.

    Attributes:
        lines: its lines.
        head: its first 64 kB as text, for finding the format.
        source: name as given, `-` for standard input.
        stem: name for a conversation that has none of its own.
        extension: lower-case file extension with its dot, or `""`.
        encoding: which a copy has too.
        mark: the byte-order mark at its beginning, as a character, or `""`.
        peek: what it begins with, for finding the format.
    """

    lines: LineSource
    head: str
    source: str
    stem: str
    extension: str
    peek: Peek
    encoding: str = "utf-8"
    mark: str = ""


@contextmanager
def open_source(source: Source) -> Iterator[tuple[TextIO | BinaryIO, str, Path]]:
    """Opens a path, `-` or a stream; closes only what it opened.

    Yields:
        The stream, its name for messages, and a path for its stem and extension.

    Raises:
        InputError: no such file, or a folder.
    """
    name, path = _name(source)
    stream = _open_stream(source, name)
    try:
        yield stream, name, path
    finally:
        if isinstance(source, str | Path) and name != "-":
            stream.close()


@contextmanager
def open_text(source: Source, options: ReadOptions) -> Iterator[OpenText]:
    """Opens a path, `-` or a stream as text; closes only what it opened.

    Raises:
        InputError: no such file, a folder, an empty or a binary file, an unknown encoding.
    """
    with open_source(source) as (stream, name, path):
        chunks = read_chunks(stream)
        head = _read_head(chunks, name)
        encoding = _encoding(head, options, name)
        raw = io.BufferedReader(Rejoined(head, chunks), HEAD_BYTES)
        try:
            text = io.TextIOWrapper(raw, encoding=encoding, errors=MARK_BYTES, newline="")
            start = head.decode(encoding, errors="replace")
        except (LookupError, UnicodeError, ValueError) as error:
            raise InputError(f"{name}: encoding {encoding!r} cannot be used: {error}") from error
        mark = "\ufeff" if start.startswith("\ufeff") else ""
        lines, head_text = LineSource(text, name), start.removeprefix(mark)
        yield OpenText(
            *(lines, head_text, name, path.stem or "conversation", path.suffix.lower()),
            peek=Peek(head_text, len(head) < HEAD_BYTES, lines),
            encoding=encoding,
            mark=mark,
        )


def check_characters(text: str, source: str, line: int, of: str = "the line") -> None:
    """Raises `BadRow` for NUL characters and for bytes that were not of the file's encoding.

    `of` says what `text` is, for the position in the message.
    """
    if "\0" in text:
        raise BadRow(source, line, f"NUL character at character {text.index(chr(0)) + 1} of {of}; remove it")
    if text.isascii() or not (found := _SURROGATE.search(text)):
        return
    code = ord(found.group())
    what = f"byte 0x{code & 0xFF:02X}" if 0xDC00 <= code <= 0xDCFF else f"half a surrogate pair (U+{code:04X})"
    given = _NO_BYTE.sub("", text).encode("utf-8", "surrogateescape")
    raise BadRow(
        source,
        line,
        f"{what} at character {found.start() + 1} of {of} does not fit the file's encoding; "
        f"save it as UTF-8, or name its encoding, such as --encoding {likely_encoding(given)}",
    )


class Rejoined(io.RawIOBase):
    """The bytes that were read ahead, then the rest.

    Attributes:
        name: of the stream that they are of.
    """

    def __init__(self, head: bytes, rest: Iterator[bytes], name: str = NAMELESS) -> None:
        self.name = name
        self._now = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._now:
            chunk = next(self._rest, None)
            if chunk is None:
                return 0
            self._now = memoryview(chunk)
        size = min(len(buffer), len(self._now))
        buffer[:size] = self._now[:size]
        self._now = self._now[size:]
        return size


def _joined(text: str, rest: TextIO) -> TextIO:
    """Returns a stream with a text, and then what a stream still has."""
    parts = chain([text], iter(partial(rest.read, HEAD_BYTES), ""))
    raw = Rejoined(b"", (part.encode("utf-8", "surrogatepass") for part in parts if part))
    return io.TextIOWrapper(io.BufferedReader(raw, HEAD_BYTES), "utf-8", "surrogatepass", newline="")


def tidy_lines(text: str) -> str | None:
    """Returns a text with a line feed at each line's end; None where others have `\\r`, or characters are wrong."""
    text = text.replace("\r\n", "\n") if "\r" in text else text
    if "\r" in text or "\0" in text or not (text.isascii() or _SURROGATE.search(text) is None):
        return None
    return text if text.endswith("\n") else f"{text}\n"


def _name(source: Source) -> tuple[str, Path]:
    if isinstance(source, str | Path):
        return (str(source), Path(source)) if str(source) != "-" else ("-", Path("stdin"))
    name = getattr(source, "name", None)
    if name == "-":
        return name, Path("stdin")
    return (name, Path(name)) if isinstance(name, str) and name != NAMELESS else (NAMELESS, Path("conversation"))


def _open_stream(source: Source, name: str) -> TextIO | BinaryIO:
    if not isinstance(source, str | Path):
        return source
    if name == "-":
        if sys.stdin is None:
            raise InputError("-: there is no standard input; give a file")
        return sys.stdin
    try:
        return Path(source).open("rb")
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file{_name_beside(Path(source))}") from error
    except IsADirectoryError as error:
        raise InputError(f"{name}: is a folder; give a file") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be opened: {error}") from error


def _name_beside(path: Path) -> str:
    try:
        return did_you_mean(path.name, [entry.name for entry in path.parent.iterdir()])
    except OSError:
        return ""


def read_chunks(stream: TextIO | BinaryIO) -> Iterator[bytes]:
    """Yields the bytes of a stream; text that was decoded already is encoded again, so that all takes one way."""
    binary = getattr(stream, "buffer", stream)
    # read1 hands on what a pipe has, in place of waiting for a full block.
    read = getattr(binary, "read1", binary.read)
    while data := read(HEAD_BYTES):
        yield data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)


def _read_head(chunks: Iterator[bytes], name: str) -> bytes:
    head = b""
    try:
        while len(head) < HEAD_BYTES and (chunk := next(chunks, b"")):
            head += chunk
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read: {error}") from error
    if len(head) < HEAD_BYTES and not head.removeprefix(codecs.BOM_UTF8).strip():
        raise InputError(f"{name}: is empty; give a file with at least one utterance")
    return head


def _encoding(head: bytes, options: ReadOptions, name: str) -> str:
    if options.encoding is not None:
        try:
            return _with_byte_order(codecs.lookup(options.encoding).name, head)
        except (LookupError, ValueError) as error:
            common = ("utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "cp1251", "shift_jis", "gb18030")
            raise InputError(
                f"{name}: unknown encoding {options.encoding!r}{did_you_mean(options.encoding, common)}; "
                "give one that Python knows, such as utf-8 or cp1252"
            ) from error
    marked = next((encoding for mark, encoding in _MARKED if head.startswith(mark)), None)
    if marked is None:
        _refuse_binary(head, name)
    return marked or "utf-8"


def _with_byte_order(encoding: str, head: bytes) -> str:
    """Returns the encoding that reads the same and leaves the mark at the beginning to be seen, for a copy's sake."""
    if encoding == "utf-8-sig":
        return "utf-8"
    if encoding not in {"utf-16", "utf-32"}:
        return encoding
    marked = (exact for mark, exact in _MARKED if head.startswith(mark) and exact.startswith(encoding))
    return next(marked, f"{encoding}-{'le' if sys.byteorder == 'little' else 'be'}")


def _refuse_binary(head: bytes, name: str) -> None:
    for magic, what in _NOT_TEXT:
        if head.startswith(magic):
            raise InputError(f"{name}: is {what}")
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        here, other = head[offset::2], head[1 - offset :: 2]
        if len(head) >= 8 and here.count(0) > 0.4 * len(here) and other.count(0) < 0.1 * len(other):
            raise InputError(f"{name}: looks like UTF-16 without a byte-order mark; give --encoding {encoding}")
    if len(head) - len(head.translate(None, _CONTROLS)) > 0.3 * len(head):
        raise InputError(f"{name}: is a binary file; give JSONL, CSV, TSV or 'Speaker: text' lines")
