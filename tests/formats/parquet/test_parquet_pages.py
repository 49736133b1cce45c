"""Page headers and the structures that they are: sizes, and bytes that are no such thing."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.formats.parquet.footer import read_footer
from instructerc.formats.parquet.pages import MAX_PAGE, ColumnSize, measure_column
from instructerc.formats.parquet.thrift import I32, LIST, STRUCT, read_struct


def _varint(value: int) -> bytes:
    head = b""
    while value > 127:
        head += bytes([value & 127 | 128])
        value >>= 7
    return head + bytes([value])


def _numbers(*values: int) -> bytes:
    """A structure of 32-bit numbers, fields 1 and on."""
    return b"".join(b"\x15" + _varint(value << 1) for value in values) + b"\0"


def _page(kind: int, unpacked: int, n_values: int, encoding: int = 0, packed: bytes = b"xyz") -> bytes:
    sizes = _numbers(kind, unpacked, len(packed))[:-1]
    # The field of the page's own header comes 2, 4 or 5 after the last one.
    step = {0: 2, 2: 4, 3: 5}[kind]
    own = _numbers(n_values, encoding) if kind != 3 else _numbers(n_values, 0, n_values, encoding)
    return sizes + bytes([step << 4 | STRUCT]) + own + b"\0" + packed


def _measure(*pages: bytes) -> ColumnSize:
    data = b"".join(pages)
    return measure_column(io.BytesIO(b"before" + data + b"after"), 6, 6 + len(data))


def test_pages_add_up_and_a_row_has_its_share_of_one() -> None:
    assert _measure(_page(0, 1000, 10), _page(3, 500, 2)) == ColumnSize(1500, 250)
    assert _measure(_page(2, 400, 20), _page(0, 10, 1000, 8)) == ColumnSize(410, 400)
    assert _measure() == ColumnSize(0, 0)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (_page(0, MAX_PAGE + 1, 10), "a page has 134,217,729 bytes; at most 134,217,728 are read"),
        (_page(0, 10, 1)[:-1], "beyond its column"),
        (_page(0, 10, 1, 6), "has an unsupported encoding"),
        (_page(3, 10, 1, 7), "has an unsupported encoding"),
        (_page(2, 10, 11), "a dictionary has more values than bytes"),
        (_numbers(0), "a page has no size"),
        (b"\x15", "a page header is cut off"),
        (b"\x1d\x00", "unknown kind 13"),
        (b"\x05\x02\x02\x05\x02\x02", "field 1 comes twice"),
        (b"\x1c" * 40, "nests them too deeply"),
        (b"\x15" + b"\xff" * 12, "a number that is too long"),
        (b"\x15" + b"\xff" * 5 + b"\x01", "a number that is too large"),
        (b"\x19\xfc" + _varint(2**31) + b"\0" * 2000, "too many values"),
    ],
)
def test_what_is_no_page_or_too_large_a_one_is_refused(page: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _measure(page)


def test_a_structure_keeps_what_has_a_meaning() -> None:
    data = b"\x11\x12\x15\x03\x18\x02hi\x19\x25\x02\x04\x17" + b"\0" * 8 + b"\x1c\x15\x02\0\0rest"
    found, end = read_struct(data, 100)
    assert end == len(data) - 4
    assert found == {
        **{(1, 1): True, (2, 2): False, (3, I32): -2, (4, 8): b"hi", (5, LIST): [1, 2], (6, 7): None},
        (7, STRUCT): {(1, I32): 1},
    }


@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_structure_or_an_error(data: bytes) -> None:
    try:
        _, end = read_struct(data, 50)
    except (ValueError, EOFError):
        return
    assert 0 < end <= len(data)


@given(st.binary(max_size=60))
def test_any_footer_ends_in_a_value_error(footer: bytes) -> None:
    stream = io.BytesIO(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(ValueError, match="its footer"):
        read_footer(stream)
