"""The footer of a Parquet file: which columns it has and where they lie.

It is read here and not by pyarrow, which ends the whole process on some damaged footers. The structures are those of
parquet.thrift, from `FileMetaData` on.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from instructerc.formats.parquet.thrift import BINARY, I32, I64, LIST, STRUCT, Struct, read_struct

MAGIC = b"PAR1"
MAX_FOOTER = 8 * 1024 * 1024

_MAX_VALUES = 1_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column of a row group.

    Attributes:
        start: place in the file of its first page.
        end: place after its last one.
        unpacked: bytes that its pages are said to unpack to.
    """

    start: int
    end: int
    unpacked: int


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Some rows of all columns.

    Attributes:
        n_rows: how many.
        chunks: of each column that is not nested, and of each innermost one that is.
    """

    n_rows: int
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Footer:
    """What the end of a file says.

    Attributes:
        size: bytes of the file.
        paths: of the columns of each row group; a nested one has the names of those around it before its own.
        groups: the row groups.
        metadata: what the writer had to say, by key.
    """

    size: int
    paths: tuple[tuple[bytes, ...], ...]
    groups: tuple[RowGroup, ...]
    metadata: Mapping[bytes, bytes]

    @property
    def n_rows(self) -> int:
        """Rows of all groups."""
        return sum(group.n_rows for group in self.groups)


def read_footer(stream: BinaryIO) -> Footer:
    """Returns the footer of a file that can be read at any place; the stream is left at its beginning.

    Raises:
        ValueError: no Parquet file, or one that is cut off or contradicts itself.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    start = stream.read(len(MAGIC))
    stream.seek(max(size - 8, 0))
    end = stream.read(8)
    if start != MAGIC or size < 12:
        raise ValueError("it does not begin with PAR1")
    if end[4:] != MAGIC:
        raise ValueError("it does not end with PAR1")
    length = int.from_bytes(end[:4], "little")
    if not 0 < length <= min(size - 12, MAX_FOOTER):
        raise ValueError(f"its footer is cut off, or longer than {MAX_FOOTER >> 20} MiB")
    stream.seek(size - 8 - length)
    data = stream.read(length)
    stream.seek(0)
    try:
        found, _ = read_struct(data, _MAX_VALUES)
    except EOFError:
        raise ValueError("its footer is cut off") from None
    except ValueError as error:
        raise ValueError(f"its footer {error}") from error
    try:
        return _footer(found, size)
    except (TypeError, AttributeError, KeyError, IndexError) as error:
        raise ValueError(f"its footer has another form ({type(error).__name__})") from error


def _footer(found: Struct, size: int) -> Footer:
    paths = _paths(found[2, LIST])
    groups = tuple(_group(group, len(paths), size) for group in found[4, LIST])
    pairs = found.get((5, LIST), [])
    footer = Footer(size, paths, groups, {pair[1, BINARY]: pair.get((2, BINARY), b"") for pair in pairs})
    if footer.n_rows != found[3, I64]:
        raise ValueError("its row groups do not add up")
    return footer


def _paths(elements: list[Struct]) -> tuple[tuple[bytes, ...], ...]:
    """Returns the paths of the innermost columns; elements stand in the order in which a tree is walked."""
    paths: list[tuple[bytes, ...]] = []
    # Columns around the next element, and how many elements each still has to come.
    around: list[tuple[tuple[bytes, ...], int]] = [((), elements[0][5, I32])]
    for element in elements[1:]:
        path, n_left = around.pop()
        path, n_children = (*path, element[4, BINARY]), element.get((5, I32), 0)
        if n_left > 1:
            around.append((path[:-1], n_left - 1))
        if n_children > 0:
            around.append((path, n_children))
        else:
            paths.append(path)
    return tuple(paths)


def _group(group: Struct, n_columns: int, size: int) -> RowGroup:
    n_rows, columns = group[3, I64], group[1, LIST]
    if len(columns) != n_columns or n_rows < 0:
        raise ValueError("a row group has not the columns that the file has")
    if not n_rows:
        # Its columns have no page, so that their places may be any number.
        return RowGroup(0, (Chunk(len(MAGIC), len(MAGIC), 0),) * n_columns)
    return RowGroup(n_rows, tuple(_chunk(column[3, STRUCT], size) for column in columns))


def _chunk(column: Struct, size: int) -> Chunk:
    start, dictionary = column[9, I64], column.get((11, I64), 0)
    # Where pyarrow begins to read.
    start = dictionary if 0 < dictionary < start else start
    end = start + column[7, I64]
    if not 0 < start <= end <= size:
        raise ValueError("a column lies outside the file")
    return Chunk(start, end, column[6, I64])
