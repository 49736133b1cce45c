"""What the pages of a Parquet column unpack to, read from their own headers before anything is unpacked.

A file's footer can say of a page what it likes: its header alone says how much memory it takes, so a file of a kilobyte
could ask for gigabytes. A header is a structure `PageHeader` of parquet.thrift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from instructerc.formats.parquet.thrift import I32, STRUCT, Struct, read_struct

# The longest text, and four bytes for each of its characters, must fit.
MAX_PAGE = 128 * 1024 * 1024

# Most headers are short; statistics of long texts make one long, though writers cut them.
_HEADER_BYTES = (1024, 64 * 1024)
_MAX_VALUES = 1000
# Kinds of page, each with the field of its own header and the encoding's field in there.
_DATA_HEADERS: dict[object, tuple[int, int]] = {0: (5, 2), 3: (8, 4)}
_DICTIONARY_PAGE, _DICTIONARY_HEADER = 2, 7
# Plain, by dictionary (two names of one encoding), numbers by their differences, and numbers split into bytes. Texts
# whose lengths are written as differences are not read: pyarrow takes gigabytes for twenty bytes that say so.
_ENCODINGS = {0, 2, 8, 5, 9}
# Fields of `PageHeader` and of the headers inside it.
_KIND, _UNPACKED, _PACKED = 1, 2, 3
_N_VALUES = 1


@dataclass(frozen=True, slots=True)
class ColumnSize:
    """What a column of a row group unpacks to, in bytes.

    Attributes:
        pages: all pages together.
        per_row: n rows on end unpack to no more than n times this and two pages.
    """

    pages: int
    per_row: int


def measure_column(stream: BinaryIO, start: int, end: int) -> ColumnSize:
    """Returns the size of the pages that stand one after another between two places of a file.

    Raises:
        ValueError: a header that is none, or a page that unpacks to more than `MAX_PAGE`.
    """
    pages = per_row = 0
    while start < end:
        page, start = _read_header(stream, start, end)
        unpacked, packed = page.get((_UNPACKED, I32), -1), page.get((_PACKED, I32), -1)
        start += packed
        if unpacked < 0 or packed < 0 or start > end:
            raise ValueError("a page has no size, or one beyond its column")
        if unpacked > MAX_PAGE:
            raise ValueError(f"a page has {unpacked:,} bytes; at most {MAX_PAGE:,} are read")
        pages += unpacked
        per_row = max(per_row, unpacked // max(_rows_of(page, unpacked), 1))
    return ColumnSize(pages, per_row)


def _read_header(stream: BinaryIO, start: int, end: int) -> tuple[Struct, int]:
    """Returns the header that begins at `start`, and where it ends."""
    for size in _HEADER_BYTES:
        stream.seek(start)
        try:
            header, n_bytes = read_struct(stream.read(min(size, end - start)), _MAX_VALUES)
        except EOFError:
            continue
        except ValueError as error:
            raise ValueError(f"a page header {error}") from error
        return header, start + n_bytes
    raise ValueError("a page header is cut off")


def _rows_of(page: Struct, unpacked: int) -> int:
    """Returns how many rows share what a page holds; none for a dictionary, of which any number may have one value."""
    kind = page.get((_KIND, I32))
    if kind in _DATA_HEADERS:
        field, encoding = _DATA_HEADERS[kind]
        header = page.get((field, STRUCT), {})
        if header.get((encoding, I32)) not in _ENCODINGS:
            raise ValueError("a page has an unsupported encoding; write the file with dictionary or plain encoding")
        return int(header.get((_N_VALUES, I32), 0))
    header = page.get((_DICTIONARY_HEADER, STRUCT), {})
    if kind == _DICTIONARY_PAGE and not 0 <= header.get((_N_VALUES, I32), -1) <= unpacked:
        raise ValueError("a dictionary has more values than bytes")
    return 0
