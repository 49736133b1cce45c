"""Files of old Office programs, opened: a small file system in one file, of which only its top folder counts."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from instructerc.errors import InputError

MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The largest that is read; a workbook of 65536 rows of chat is a tenth of it.
MOST_BYTES = 256 << 20

# The stream of an Excel workbook: of 97 and later, and of 5 and 95.
WORKBOOKS = ("Workbook", "Book")

_ENTRY = 128
_NO_ENTRY = 0xFFFFFFFF
# Numbers from here on say that a chain ends, or what a sector is for.
_LAST = 0xFFFFFFFA
_MOST_ENTRIES = 100_000
# What a file is, by what stands in its top folder, and how it becomes one that is read.
_KINDS = (
    ("EncryptedPackage", "is an Office file with a password; save it without one"),
    ("WordDocument", "is a document of old Word (.doc); open it in Word or LibreOffice, and save it as .docx"),
    (
        "__properties_version1.0",
        "is a message of Outlook (.msg); new Outlook and Outlook on the web save it as .eml",
    ),
    ("PowerPoint Document", "is a presentation of old PowerPoint (.ppt); save its text as .txt"),
)
_DAMAGED = (struct.error, IndexError, KeyError, ValueError)


@dataclass(frozen=True, slots=True)
class _Entry:
    begin: int
    size: int


def advise(data: bytes, source: str) -> InputError:
    """Returns, without raising it, what is wrong with a file of an old Office program that nobody reads.

    Args:
        data: the file.
        source: its name for error messages.
    """
    try:
        entries = CompoundFile(data, source).entries
    except InputError as error:
        return error
    said = next((said for name, said in _KINDS if name in entries), None)
    if said is None and any(name in entries for name in WORKBOOKS):
        said = "is a workbook of old Excel (.xls); leave out --input-format"
    return InputError(f"{source}: {said or 'is a file of a program that is not known; save its text as .txt'}")


class CompoundFile:
    """The streams of such a file.

    Attributes:
        entries: of the top folder, by name: streams and folders.

    Args:
        data: the file.
        source: name for error messages.

    Raises:
        InputError: it is damaged, or no such file.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self._data = data
        self._source = source
        if not data.startswith(MARK):
            raise InputError(f"{source}: is not a file of an old Office program; leave out --input-format")
        try:
            (shift,) = struct.unpack_from("<H", data, 30)
            if shift not in (9, 12):
                raise ValueError(f"it has sectors of 2^{shift} bytes")
            self._sector = 1 << shift
            _, directory, _, self._cutoff, mini, _, more, _ = struct.unpack_from("<I I I I I I I I", data, 44)
            self._table = self._read_table(more)
            self.entries = self._read_folder(b"".join(self._chain(directory)))
            self._mini_table = _numbers(b"".join(self._chain(mini)))
        except _DAMAGED as error:
            raise self._damaged(error) from None

    def stream(self, name: str) -> bytes:
        """Returns what a stream of the top folder holds.

        Raises:
            InputError: it is damaged.
        """
        entry = self.entries[name]
        try:
            if entry.size >= self._cutoff:
                return b"".join(self._chain(entry.begin))[: entry.size]
            small = b"".join(self._chain(self._small))
            places = _follow(entry.begin, self._mini_table, len(small) // 64)
            return b"".join(small[place * 64 : place * 64 + 64] for place in places)[: entry.size]
        except _DAMAGED as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InputError:
        return InputError(f"{self._source}: is a file of an old Office program that is damaged: {str(error)[:80]}")

    def _read_table(self, more: int) -> Sequence[int]:
        """Returns, of each sector, the number of the one after it."""
        places = [place for place in struct.unpack_from("<109I", self._data, 76) if place < _LAST]
        n_left = len(self._data) // self._sector
        while more < _LAST and n_left > 0:
            *found, more = _numbers(self._at(more))
            places += [place for place in found if place < _LAST]
            n_left -= 1
        if len(set(places)) != len(places):
            raise ValueError("a sector counts twice")
        return _numbers(b"".join(map(self._at, places)))

    def _at(self, place: int) -> bytes:
        # The header fills the first sector, however long it is.
        begin = (place + 1) * self._sector
        if begin >= len(self._data):
            raise ValueError("it is cut")
        return self._data[begin : begin + self._sector].ljust(self._sector, b"\0")

    def _chain(self, place: int) -> Iterator[bytes]:
        return map(self._at, _follow(place, self._table, len(self._data) // self._sector))

    def _read_folder(self, directory: bytes) -> dict[str, _Entry]:
        root = directory[:_ENTRY]
        (self._small,) = struct.unpack_from("<I", root, 116)
        waiting, seen, found = [struct.unpack_from("<I", root, 76)[0]], set[int](), dict[str, _Entry]()
        while waiting and len(seen) < _MOST_ENTRIES:
            place = waiting.pop()
            if place == _NO_ENTRY or place in seen:
                continue
            seen.add(place)
            entry = directory[place * _ENTRY : (place + 1) * _ENTRY]
            length, before, after = struct.unpack_from("<H xx I I", entry, 64)
            waiting += [before, after]
            begin, size = struct.unpack_from("<I I", entry, 116)
            found[entry[: min(length, 64)].decode("utf-16-le", "replace").rstrip("\0")] = _Entry(begin, size)
        return found


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data)


def _follow(place: int, table: Sequence[int], most: int) -> Iterator[int]:
    """Yields the places of a chain.

    Raises:
        ValueError: it has more places than there are.
    """
    for _ in range(most + 1):
        if place >= _LAST:
            return
        yield place
        place = table[place]
    raise ValueError("a chain has no end")
