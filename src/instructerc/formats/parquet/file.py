"""A Parquet file that is unpacked in small batches, and never to more than a file of its size could honestly hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from instructerc.errors import InputError, MissingExtra
from instructerc.formats.parquet.footer import MAX_FOOTER, RowGroup, read_footer
from instructerc.formats.parquet.pages import measure_column

# More than this for its size no file is taken to hold: real dialogues pack to a tenth at best.
_FREE_BYTES, _BYTES_PER_BYTE = 64 * 1024 * 1024, 256
_FREE_ROWS, _ROWS_PER_BYTE = 100_000, 8
_BATCH_ROWS, _BATCH_BYTES = 1024, 32 * 1024 * 1024
# A row of a list has any number of values; so much larger than the mean it is taken to be.
_SKEW = 4
_BUFFER_BYTES = 1024 * 1024
# Of a list in the footer, such as that of row groups.
_MAX_ITEMS = 100_000


def import_parquet(feature: str) -> Any:
    """Returns pyarrow's module for Parquet.

    Args:
        feature: what it is for, to begin the error message with.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingExtra(feature, "parquet") from error
    return pyarrow.parquet


class ParquetFile:
    """An opened Parquet file.

    Attributes:
        source: name for error messages.
        schema: its columns, as pyarrow describes them.
        names: of its columns.
        metadata: what its writer said about it.
        n_rows: as its footer says.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a file that is none, damaged or cut off.
    """

    def __init__(self, stream: BinaryIO, source: str) -> None:
        parquet = import_parquet("reading Parquet")
        self.source = source
        self._stream = stream
        self._n_bytes = 0
        with self.explained():
            self._footer = read_footer(stream)
            limits = {"thrift_string_size_limit": MAX_FOOTER, "thrift_container_size_limit": _MAX_ITEMS}
            self._file = parquet.ParquetFile(stream, pre_buffer=False, buffer_size=_BUFFER_BYTES, **limits)
            self.schema = self._file.schema_arrow
            self.names: list[str] = list(self.schema.names)
        self.metadata = self._footer.metadata
        self.n_rows = self._footer.n_rows

    def is_nested(self, name: str) -> bool:
        """Returns whether a column holds lists or objects."""
        import pyarrow

        return bool(pyarrow.types.is_nested(self.schema.field(self.names.index(name)).type))

    def is_number(self, name: str) -> bool:
        """Returns whether a column holds numbers."""
        import pyarrow

        kind = self.schema.field(self.names.index(name)).type
        return bool(pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind))

    def is_moment(self, name: str) -> bool:
        """Returns whether a column holds dates with a time of day."""
        import pyarrow

        return bool(pyarrow.types.is_timestamp(self.schema.field(self.names.index(name)).type))

    def check_type(self, name: str, role: str) -> None:
        """Raises `InputError` unless a column holds what its role can take."""
        import pyarrow

        types = pyarrow.types
        kind = self.schema.field(self.names.index(name)).type
        words = kind.value_type if types.is_dictionary(kind) else kind
        is_text = types.is_string(words) or types.is_large_string(words) or types.is_string_view(words)
        accepted, wanted = is_text, "text"
        if role in ("conversation", "speaker"):
            accepted, wanted = is_text or types.is_integer(kind), "text or whole numbers"
        elif role in ("start", "end"):
            accepted = is_text or types.is_integer(kind) or types.is_floating(kind)
            accepted = accepted or types.is_timestamp(kind) or types.is_duration(kind)
            wanted = "seconds as numbers, or text such as 0:01:12,500, or timestamps"
        elif role == "turn":
            accepted, wanted = types.is_integer(kind), "whole numbers"
        if not accepted and not types.is_null(kind):
            shown = " ".join(str(kind).split())[:80]
            raise InputError(f"{self.source}: column {name!r} is of type {shown}; the {role} must be {wanted}")

    def unpacked_bytes(self, columns: Iterable[str]) -> int:
        """Returns the bytes that columns unpack to, as the footer says.

        Raises:
            InputError: two columns have one of these names.
        """
        with self.explained():
            places = [place for name in columns for place in self._places(name)]
        return sum(group.chunks[place].unpacked for group in self._footer.groups for place in places)

    def batches(self, n_rows: int) -> Iterator[Any]:
        """Yields all columns in record batches, in the order of the rows.

        Args:
            n_rows: at most so many rows of a batch; fewer where they take much.

        Raises:
            InputError: the file is damaged.
        """
        for number, group in self._groups():
            per_row = max(1, sum(chunk.unpacked for chunk in group.chunks) // group.n_rows)
            with self.explained():
                size = max(1, min(n_rows, _BATCH_BYTES // per_row))
                batches = self._file.iter_batches(size, [number], use_threads=False)
            while (batch := self._next_batch(batches)) is not None:
                yield batch

    def rows(self, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yields number, from 1, and values by role of each row; text that is not UTF-8 comes as bytes.

        Args:
            columns: names of columns by role.

        Raises:
            InputError: the file is damaged, or holds more than one of its size could.
        """
        number = n_characters = 0
        with self.explained():
            places = [place for name in columns.values() for place in self._places(name)]
            if self._footer.n_rows > _FREE_ROWS + _ROWS_PER_BYTE * self._footer.size:
                raise ValueError(f"{self._footer.n_rows:,} rows in {self._footer.size:,} bytes are not dialogues")
        for group, _ in self._groups():
            with self.explained():
                size = self._batch_rows(group, places)
                batches = self._file.iter_batches(size, [group], list(columns.values()), use_threads=False)
            while (values := self._next_values(batches, columns)) is not None:
                n_characters += sum(_n_characters(word) for words in values.values() for word in words)
                self._check_unpacked(n_characters)
                for row in zip(*values.values(), strict=True):
                    number += 1
                    yield number, dict(zip(values, row, strict=True))
        if number != self._footer.n_rows:
            raise InputError(f"{self.source}: holds {number} rows and says {self._footer.n_rows}; it is damaged")

    def _groups(self) -> Iterator[tuple[int, RowGroup]]:
        """Yields number and facts of each row group that has rows."""
        yield from ((number, group) for number, group in enumerate(self._footer.groups) if group.n_rows)

    def _next_batch(self, batches: Iterator[Any]) -> Any:
        with self.explained():
            return next(batches, None)

    def _next_values(self, batches: Iterator[Any], columns: Mapping[str, str]) -> dict[str, list[Any]] | None:
        batch = self._next_batch(batches)
        if batch is None:
            return None
        with self.explained():
            return {role: _values(batch.column(name)) for role, name in columns.items()}

    def _places(self, name: str) -> list[int]:
        """Returns the places of a column, and of all inside it where it is nested, among the innermost ones."""
        # As pyarrow takes a name: what stands before a dot may be a column around others.
        paths = [b".".join(path).decode("utf-8", "replace") for path in self._footer.paths]
        found = [place for place, path in enumerate(paths) if path == name or path.startswith(f"{name}.")]
        if self.names.count(name) != 1 or not found or (len(found) > 1 and not self.is_nested(name)):
            raise ValueError(f"{max(len(found), self.names.count(name))} columns are called {name!r}")
        return found

    def _batch_rows(self, group: int, places: Sequence[int]) -> int:
        """Returns how many rows of a row group may be unpacked at once."""
        per_row = 1
        for place in places:
            chunk = self._footer.groups[group].chunks[place]
            size = measure_column(self._stream, chunk.start, chunk.end)
            self._n_bytes += max(size.pages, chunk.unpacked)
            self._check_unpacked(self._n_bytes)
            per_row = max(per_row, size.per_row)
            if len(self._footer.paths[place]) > 1:
                per_row = max(per_row, _SKEW * size.pages // max(self._footer.groups[group].n_rows, 1))
        return max(1, min(_BATCH_ROWS, _BATCH_BYTES // per_row))

    def _check_unpacked(self, n_bytes: int) -> None:
        size = self._footer.size
        if n_bytes > _FREE_BYTES + _BYTES_PER_BYTE * size:
            raise InputError(
                f"{self.source}: {size:,} bytes unpack to {n_bytes:,} or more; dialogues do not compress that well"
            )

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Gives what pyarrow raises on a damaged file as an error that names the file.

        Raises:
            InputError: it is damaged.
        """
        import pyarrow

        try:
            yield
        except (pyarrow.ArrowException, OSError, ValueError, LookupError, OverflowError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(f"{self.source}: cannot be read as Parquet, it may be damaged: {reason}") from error


def _n_characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(_n_characters, value)) if isinstance(value, list) else 0


def _values(array: Any) -> list[Any]:
    """Returns a column's values; what rows of a dictionary repeat is unpacked once."""
    import pyarrow

    if pyarrow.types.is_dictionary(array.type):
        places = array.indices.to_pylist()
        # One by one, since only then is checked that a place lies inside the dictionary.
        words = {place: _value(array.dictionary[place]) for place in set(places) - {None}}
        return [None if place is None else words[place] for place in places]
    try:
        return list(array.to_pylist())
    except UnicodeDecodeError:
        return [_value(item) for item in array]


def _value(item: Any) -> Any:
    """Returns a value; text that is not UTF-8 as bytes."""
    try:
        return item.as_py()
    except UnicodeDecodeError:
        # A list of texts cannot be had as bytes; its row is then wrong.
        return bytes(item.as_buffer()) if hasattr(item, "as_buffer") else None
