"""Vectors of the texts that are asked for, none embedded twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import numpy as np

from instructerc.retrieval.embedder import Embedder, FloatArray
from instructerc.retrieval.entries import checked
from instructerc.retrieval.index import AnyFloatArray
from instructerc.sharing import BoundedCache

_TEXTS_AT_ONCE = 4_096
_REMEMBERED = 65_536


class QueryVectors:
    """Embeds queries; a text that the bank holds has the bank's vector, and others are kept for a while.

    Many threads may share one.

    Args:
        embedder: made the bank's vectors.
        known: place of each text of the bank. Training prompts ask for these.
        vectors: the bank's. Shape: [M, H].
    """

    def __init__(self, embedder: Embedder, known: Mapping[str, int], vectors: AnyFloatArray) -> None:
        self._embedder = embedder
        self._known = known
        self._vectors = vectors
        self._remembered = BoundedCache[str, FloatArray](_REMEMBERED)

    def of(self, texts: Sequence[str]) -> FloatArray:
        """Returns the vectors of one or more texts. Shape: [N, H]"""
        known = self._known
        others = iter(self._find(texts))
        queries = [self._vectors[known[text]] if text in known else next(others) for text in texts]
        return np.stack(queries).astype(np.float32)

    def remember(self, texts: Iterable[str]) -> None:
        """Embeds texts that will be asked for."""
        waiting = iter(texts)
        while some := list(islice(waiting, _TEXTS_AT_ONCE)):
            self._find(some)

    def _find(self, texts: Sequence[str]) -> list[FloatArray]:
        """Returns the vectors of those texts that the bank does not hold."""
        return self._remembered.find([text for text in texts if text not in self._known], self._embed)

    def _embed(self, texts: Sequence[str]) -> FloatArray:
        return checked(self._embedder.embed(texts), len(texts), self._embedder)
