"""Nearest vectors: one question that every index answers, and the exact answer in numpy."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from instructerc.retrieval.embedder import FloatArray

IntArray = npt.NDArray[np.int64]
AnyFloatArray = npt.NDArray[np.floating[Any]]

_QUERIES_AT_ONCE = 256
_VECTORS_AT_ONCE = 16_384
_PAIRS_AT_ONCE = 8_192


class VectorIndex(Protocol):
    """Vectors of unit length that can be searched; their numbers count from 0.

    An index knows nothing of labels or conversations: who may not have some of the answers asks again for more.
    Since more may be all, nothing that is allowed can be missed.
    """

    def __len__(self) -> int:
        """Returns the number of vectors, M."""
        ...

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Returns numbers and cosines of the nearest vectors, nearest first, of equal ones the lower number first.

        Args:
            queries: of unit length. Shape: [N, H].
            k: how many are asked for; there are never fewer than min(k, M).

        Shape: [N, min(k, M)] each
        """
        ...


class ExactIndex:
    """All vectors, compared with each query in pieces, so that memory does not grow with them.

    Args:
        vectors: float32 or float16, of unit length; may be a memory-mapped file. Shape: [M, H].
    """

    def __init__(self, vectors: AnyFloatArray) -> None:
        self.vectors = vectors

    def __len__(self) -> int:
        return len(self.vectors)

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Returns numbers and cosines of the nearest vectors; see `VectorIndex.search`."""
        k = min(k, len(self))
        ids = np.zeros((len(queries), k), np.int64)
        cosines = np.zeros((len(queries), k), np.float32)
        if k > 0:
            for begin in range(0, len(queries), _QUERIES_AT_ONCE):
                block = slice(begin, begin + _QUERIES_AT_ONCE)
                ids[block], cosines[block] = self._search_block(queries[block], k)
        return ids, cosines

    def _search_block(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        best = Nearest(k)
        for begin in range(0, len(self), _VECTORS_AT_ONCE):
            part = np.asarray(self.vectors[begin : begin + _VECTORS_AT_ONCE], np.float32)
            rough = queries @ part.T  # [N, part]
            position = max(len(part) - k, 0)
            kth = np.partition(rough, position, axis=1)[:, position]
            # A matrix product may round equal vectors differently, so all that could be the kth are compared again.
            slack = queries.shape[1] * np.finfo(np.float32).eps
            rows, near = np.nonzero(rough >= (kth - slack)[:, None])
            best.add(rows, near + begin, pair_cosines(queries, part, rows, near))
        return best.table(len(queries))


class Nearest:
    """The k best pairs of query and vector so far, for each query."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.rows = np.zeros(0, np.int64)
        self.ids = np.zeros(0, np.int64)
        self.cosines = np.zeros(0, np.float32)

    def add(self, rows: IntArray, ids: IntArray, cosines: FloatArray) -> None:
        """Takes pairs in and drops what is no longer among the best. Shape: [P] each."""
        rows, ids = np.concatenate([self.rows, rows]), np.concatenate([self.ids, ids])
        cosines = np.concatenate([self.cosines, cosines])
        order = np.lexsort((ids, -cosines, rows))
        rows = rows[order]
        kept = np.arange(len(rows)) - np.searchsorted(rows, rows) < self.k
        self.rows, self.ids, self.cosines = rows[kept], ids[order][kept], cosines[order][kept]

    def table(self, n_queries: int) -> tuple[IntArray, FloatArray]:
        """Returns numbers and cosines when every query has as many. Shape: [N, k] each."""
        return self.ids.reshape(n_queries, -1), self.cosines.reshape(n_queries, -1)


def pair_cosines(queries: FloatArray, vectors: AnyFloatArray, rows: IntArray, ids: IntArray) -> FloatArray:
    """Returns the cosine of each pair of query and vector; equal pairs get equal numbers. Shape: [P]

    Args:
        queries: Shape: [N, H].
        vectors: Shape: [M, H].
        rows: number of the query. Shape: [P].
        ids: number of the vector. Shape: [P].
    """
    cosines = np.empty(len(rows), np.float32)
    for begin in range(0, len(rows), _PAIRS_AT_ONCE):
        piece = slice(begin, begin + _PAIRS_AT_ONCE)
        near = np.asarray(vectors[ids[piece]], np.float32)
        np.einsum("ph,ph->p", queries[rows[piece]], near, out=cosines[piece])
    return np.clip(cosines, -1, 1, out=cosines)
