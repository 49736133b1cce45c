"""Vectors of the texts that are asked for, none embedded twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import numpy as np

from instructerc.retrieval.embedder import Embedder, FloatArray
from instructerc.retrieval.entries import checked
from instructerc.retrieval.index import AnyFloatArray

_TEXTS_AT_ONCE = 4_096
_REMEMBERED = 65_536


class QueryVectors:
    """Embeds queries; a text that the bank holds has the bank's vector, and others are kept for a while.

    Args:
        embedder: made the bank's vectors.
        known: place of each text of the bank. Training prompts ask for these.
        vectors: the bank's. Shape: [M, H].
    """

    def __init__(self, embedder: Embedder, known: Mapping[str, int], vectors: AnyFloatArray) -> None:
        self._embedder = embedder
        self._known = known
        self._vectors = vectors
        self._remembered: OrderedDict[str, FloatArray] = OrderedDict()

    def of(self, texts: Sequence[str]) -> FloatArray:
        """Returns the vectors of one or more texts. Shape: [N, H]"""
        self._embed(texts)
        known = self._known
        queries = [self._vectors[known[text]] if text in known else self._remembered[text] for text in texts]
        self._forget()
        return np.stack(queries).astype(np.float32)

    def remember(self, texts: Iterable[str]) -> None:
        """Embeds texts that will be asked for."""
        waiting = iter(texts)
        while some := list(islice(waiting, _TEXTS_AT_ONCE)):
            self._embed(some)
            self._forget()

    def _embed(self, texts: Sequence[str]) -> None:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known and text not in self._remembered]
        if fresh:
            vectors = checked(self._embedder.embed(fresh), len(fresh), self._embedder)
            self._remembered.update(zip(fresh, vectors, strict=True))

    def _forget(self) -> None:
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
