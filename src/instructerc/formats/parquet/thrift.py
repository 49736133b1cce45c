"""Thrift's compact protocol, as far as Parquet uses it: structures become dicts, without knowing what they mean.

Stricter than Thrift itself, so that nothing is read here otherwise than by a library that knows the structures: a field
that comes twice is refused, where libraries differ in what they make of it.
"""

from __future__ import annotations

from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12)
_MAX_DEPTH = 16
_BITS = {I16: 16, I32: 32, I64: 64}

# Values by number and kind of their fields.
Struct = dict[tuple[int, int], Any]


def read_struct(data: bytes, max_values: int) -> tuple[Struct, int]:
    """Returns the structure at the beginning of some bytes, and where it ends.

    Whole numbers are ints, texts bytes, lists lists; floating numbers are passed over as None.

    Args:
        data: the bytes.
        max_values: how many values it may have, those of structures inside it included.

    Raises:
        ValueError: they are not such a structure.
        EOFError: they end before it does.
    """
    reader = _Reader(data, max_values)
    return reader.struct(0), reader.place


class _Reader:
    def __init__(self, data: bytes, max_values: int) -> None:
        self._data = data
        self._n_left = max_values
        self.place = 0

    def struct(self, depth: int) -> Struct:
        found: Struct = {}
        numbers: set[int] = set()
        number = 0
        while head := self._byte():
            kind = head & 15
            number = number + (head >> 4) if head >> 4 else self._integer(I16)
            if number in numbers or number > 0x7FFF:
                raise ValueError(f"field {number} comes twice or is out of range")
            numbers.add(number)
            # The kind of such a field is its value.
            found[number, kind] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        self._n_left -= 1
        if self._n_left < 0 or depth > _MAX_DEPTH:
            raise ValueError("has too many values, or nests them too deeply")
        if kind in _BITS:
            return self._integer(kind)
        if kind == BINARY:
            return self._bytes(self._varint(32))
        if kind == STRUCT:
            return self.struct(depth + 1)
        if kind in (LIST, SET):
            head = self._byte()
            size = self._varint(32) if head >> 4 == 15 else head >> 4
            return [self._value(head & 15, depth + 1) for _ in range(size)]
        if kind in (TRUE, FALSE, BYTE):
            return self._byte()
        if kind == DOUBLE:
            self._bytes(8)
            return None
        raise ValueError(f"has a value of unknown kind {kind}")

    def _bytes(self, size: int) -> bytes:
        begin = self.place
        self.place += size
        if self.place > len(self._data):
            raise EOFError
        return self._data[begin : self.place]

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _varint(self, n_bits: int) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
            if shift > 63:
                raise ValueError("has a number that is too long")
        if value >> n_bits:
            raise ValueError("has a number that is too large")
        return value

    def _integer(self, kind: int) -> int:
        value = self._varint(_BITS[kind])
        return (value >> 1) ^ -(value & 1)
