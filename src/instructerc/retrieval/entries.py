"""From a training split to a bank: which utterances are entries, and their vectors."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from instructerc.conversation import Conversation
from instructerc.errors import ModelError
from instructerc.labels import LabelSet
from instructerc.prompts.demonstrations import Demonstration
from instructerc.retrieval.embedder import Embedder, FloatArray
from instructerc.retrieval.index import AnyFloatArray
from instructerc.retrieval.settings import BankSettings

LARGE = 200_000
"""Entries above which an `auto` index is approximate and vectors are kept in half precision."""
_TEXTS_AT_ONCE = 4_096


def demonstrations(
    conversations: Iterable[Conversation], label_set: LabelSet, settings: BankSettings
) -> Iterator[Demonstration]:
    """Yields the utterances that have a scored label, in order."""
    for conversation in conversations:
        turns = conversation.utterances
        for index, turn in enumerate(turns):
            label = None if turn.emotion is None else label_set.resolve(turn.emotion)
            if label is None:
                continue
            yield Demonstration(
                turn.speaker if settings.speakers else None,
                turn.text,
                label,
                tuple(
                    (before.speaker if settings.speakers else "", before.text)
                    for before in turns[max(0, index - settings.history) : index]
                ),
                conversation.id,
                index,
            )


def balanced(entries: Sequence[Demonstration], seed: int) -> list[Demonstration]:
    """Returns as many entries of each label as the rarest label here has, in their order."""
    of_label: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        of_label.setdefault(entry.label, []).append(number)
    size = min(map(len, of_label.values()), default=0)
    # A draw per label, so that one label's entries do not move those of another.
    draws = (random.Random(f"{seed} {label}").sample(numbers, size) for label, numbers in of_label.items())
    return [entries[number] for number in sorted(chain.from_iterable(draws))]


def embed_all(texts: Sequence[str], embedder: Embedder) -> AnyFloatArray:
    """Returns the vectors of these texts, each different text embedded once. Shape: [M, H]"""
    first: dict[str, int] = {}
    owner = np.array([first.setdefault(text, number) for number, text in enumerate(texts)], np.int64)
    different = np.fromiter(first.values(), np.int64, len(first))
    vectors: AnyFloatArray = np.zeros((0, 0), np.float32)
    for begin in range(0, len(different), _TEXTS_AT_ONCE):
        some = different[begin : begin + _TEXTS_AT_ONCE]
        fresh = checked(embedder.embed([texts[number] for number in some]), len(some), embedder)
        if begin == 0:
            vectors = np.empty((len(texts), fresh.shape[1]), np.float32 if len(texts) <= LARGE else np.float16)
        vectors[some] = fresh
    copies = np.flatnonzero(owner != np.arange(len(texts)))
    vectors[copies] = vectors[owner[copies]]
    return vectors


def checked(vectors: FloatArray, n_texts: int, embedder: Embedder) -> FloatArray:
    """Returns what an embedder gave, if it is vectors of unit length (or 0) for so many texts."""
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2 or len(vectors) != n_texts:
        raise ModelError(
            f"embedder {embedder.name!r} gave an array of shape {vectors.shape}; [{n_texts}, H] is accepted"
        )
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.all((np.abs(lengths - 1) < 1e-3) | (lengths == 0)):
        raise ModelError(f"embedder {embedder.name!r} gave vectors of lengths other than 1; normalise them")
    return vectors
