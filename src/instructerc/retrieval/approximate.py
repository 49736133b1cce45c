"""Approximate indexes: usearch for a large bank of one machine, Qdrant for one that several share.

Both only propose; cosines and order are computed from the bank's own vectors as in the exact index, and where
they propose too few, the exact index answers.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from instructerc.errors import ModelError, one_line
from instructerc.retrieval.embedder import FloatArray
from instructerc.retrieval.index import AnyFloatArray, ExactIndex, IntArray, Nearest, pair_cosines
from instructerc.retrieval.optional import import_optional

# More than asked for: the order among equal cosines is ours, and a near miss is found.
_MARGIN = 16
_CONNECTIONS = 16
_EXPANSION = 128
_UPLOADED_AT_ONCE = 256


class UsearchIndex:
    """A graph of near vectors in this process.

    Args:
        vectors: of unit length. Shape: [M, H].
        graph: file of a graph of these vectors; one is built where None.

    Raises:
        MissingExtra: usearch is not installed.
        ModelError: a file that is not a graph of these vectors.
    """

    def __init__(self, vectors: AnyFloatArray, graph: Path | None = None) -> None:
        feature = f"an approximate index of {len(vectors)} demonstrations (index 'numpy' needs none)"
        self._package = import_optional("usearch.index", feature)
        self._exact = ExactIndex(vectors)
        self._graph = self._built() if graph is None else self._opened(graph)
        # Searches that run on one thread each share a place in the graph's memory.
        self._searching = Lock()

    def __len__(self) -> int:
        return len(self._exact)

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Returns numbers and cosines of the nearest vectors; see `VectorIndex.search`."""
        return _search_proposals(self._exact, self._propose, queries, k)

    def save(self, path: Path) -> None:
        """Writes the graph."""
        self._graph.save(str(path))

    def _propose(self, queries: FloatArray, count: int) -> list[IntArray]:
        # A batch of one would come back in another form.
        with self._searching:
            return [np.asarray(self._graph.search(query, count, threads=1).keys, np.int64) for query in queries]

    def _built(self) -> Any:
        vectors = self._exact.vectors
        graph = self._package.Index(
            ndim=vectors.shape[1],
            metric="ip",
            dtype="f16",
            connectivity=_CONNECTIONS,
            expansion_add=_EXPANSION,
            expansion_search=_EXPANSION,
        )
        for begin in range(0, len(vectors), 16_384):
            part = np.asarray(vectors[begin : begin + 16_384], np.float32)
            # One thread builds the same graph each time.
            graph.add(np.arange(begin, begin + len(part)), part, threads=1)
        return graph

    def _opened(self, path: Path) -> Any:
        try:
            graph = self._package.Index.restore(str(path), view=True)
        except Exception as error:
            raise ModelError(f"{path} is not a usearch graph: {one_line(error, 200)}") from error
        if graph is None or (len(graph), graph.ndim) != self._exact.vectors.shape:
            raise ModelError(f"{path} is not a graph of these {len(self)} vectors; build the bank again")
        return graph


class QdrantIndex:
    """A collection of a Qdrant server, filled once: its name is the digest of the vectors.

    A key for the server is read from the environment variable QDRANT_API_KEY.

    Args:
        vectors: of unit length. Shape: [M, H].
        url: address of the server; `:memory:` is one in this process, for tests.

    Raises:
        MissingExtra: qdrant-client is not installed.
        ModelError: a server that does not answer, or refuses.
    """

    def __init__(self, vectors: AnyFloatArray, url: str) -> None:
        self._package = import_optional("qdrant_client", "a demonstration bank on a Qdrant server")
        self._exact = ExactIndex(vectors)
        self._url = url
        self.collection = "instructerc-" + hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()[:32]
        with self._explained():
            key = None if url == ":memory:" else os.environ.get("QDRANT_API_KEY")
            place = {"location": url} if url == ":memory:" else {"url": url, "api_key": key}
            self._client = self._package.QdrantClient(**place, check_compatibility=False)
            self._fill()

    def __len__(self) -> int:
        return len(self._exact)

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Returns numbers and cosines of the nearest vectors; see `VectorIndex.search`."""
        return _search_proposals(self._exact, self._propose, queries, k)

    def _propose(self, queries: FloatArray, count: int) -> list[IntArray]:
        models = self._package.models
        with self._explained():
            answers = self._client.query_batch_points(
                self.collection,
                requests=[models.QueryRequest(query=query.tolist(), limit=count) for query in queries],
            )
        return [np.array([point.id for point in answer.points], np.int64) for answer in answers]

    def _fill(self) -> None:
        models, client = self._package.models, self._client
        if not client.collection_exists(self.collection):
            vector = models.VectorParams(size=self._exact.vectors.shape[1], distance=models.Distance.DOT)
            try:
                client.create_collection(self.collection, vectors_config=vector)
            except Exception:
                # Another process may have been quicker.
                if not client.collection_exists(self.collection):
                    raise
        if client.count(self.collection, exact=True).count == len(self):
            return
        # Points are numbered, so an upload that was cut off is completed by doing it again.
        for begin in range(0, len(self), _UPLOADED_AT_ONCE):
            part = np.asarray(self._exact.vectors[begin : begin + _UPLOADED_AT_ONCE], np.float32)
            points = models.Batch(ids=list(range(begin, begin + len(part))), vectors=part.tolist())
            client.upsert(self.collection, points=points, wait=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Gives the client's many errors one name."""
        try:
            yield
        except Exception as error:
            raise ModelError(
                f"the Qdrant server at {self._url} failed: {one_line(error, 200)}; "
                "check the address and QDRANT_API_KEY, or take index 'numpy'"
            ) from error


def _search_proposals(
    exact: ExactIndex, propose: Callable[[FloatArray, int], list[IntArray]], queries: FloatArray, k: int
) -> tuple[IntArray, FloatArray]:
    """Returns numbers and cosines of the nearest vectors among those proposed; see `VectorIndex.search`.

    Args:
        exact: the vectors.
        propose: gives numbers of vectors near each query, about as many as it is asked for.
        queries: Shape: [N, H].
        k: how many are asked for.
    """
    k = min(k, len(exact))
    # So many at once are no shorter way than all.
    if 2 * (k + _MARGIN) >= len(exact):
        return exact.search(queries, k)
    ids, cosines = np.zeros((len(queries), k), np.int64), np.zeros((len(queries), k), np.float32)
    for row, proposed in enumerate(propose(queries, k + _MARGIN)):
        query, near = queries[row : row + 1], np.unique(proposed)
        if len(near) < k:
            (ids[row],), (cosines[row],) = exact.search(query, k)
            continue
        best, first = Nearest(k), np.zeros(len(near), np.int64)
        best.add(first, near, pair_cosines(query, exact.vectors, first, near))
        ids[row], cosines[row] = best.ids, best.cosines
    return ids, cosines
