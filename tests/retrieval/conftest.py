"""Embedders that need no model: one of exact numbers, where equal cosines are frequent, and one of letters."""

from __future__ import annotations

import itertools
import zlib

import numpy as np
import pytest

from instructerc.conversation import Conversation, Utterance

# Products of these are exact in float32, in whatever order they are summed.
GRID = np.array(
    [*np.eye(4), *-np.eye(4), *itertools.product((0.5, -0.5), repeat=4)],
    np.float32,
)


class GridEmbedder:
    """One of 24 vectors in four dimensions for each text; counts what it is asked for."""

    name = "grid"

    def __init__(self):
        self.texts = []

    def embed(self, texts):
        self.texts += texts
        return GRID[[zlib.crc32(text.encode()) % len(GRID) for text in texts]]


class LetterEmbedder:
    """Texts that share letters three by three are near; an empty text has a vector too."""

    name = "letters"

    def __init__(self, hidden=32):
        self.hidden = hidden

    def embed(self, texts):
        vectors = np.zeros((len(texts), self.hidden), np.float32)
        for row, text in enumerate(texts):
            padded = f"  {text.casefold()}  "
            for begin in range(len(padded) - 2):
                vectors[row, zlib.crc32(padded[begin : begin + 3].encode()) % self.hidden] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def grid():
    return GridEmbedder()


@pytest.fixture
def letters():
    return LetterEmbedder()


@pytest.fixture(scope="session")
def grid_embedder():
    return GridEmbedder


@pytest.fixture(scope="session")
def letter_embedder():
    return LetterEmbedder


@pytest.fixture
def train():
    """Three invented conversations; every label of MELD that stands here stands at least twice but fear."""
    return [
        Conversation(
            "t1",
            [
                Utterance("Ann", "We won the cup!", "joy"),
                Utterance("Bo", "No way, we won?", "surprise"),
                Utterance("Ann", "I told you so.", "neutral"),
            ],
        ),
        Conversation(
            "t2",
            [
                Utterance("Cy", "Someone is in the house.", "fear"),
                Utterance("Dee", "Okay.", "neutral"),
                Utterance("Cy", "Hm.", None),
                Utterance("Dee", "We lost the cup...", "sadness"),
            ],
        ),
        Conversation(
            "t3",
            [
                Utterance("Ann", "okay!", "joy"),
                Utterance("Eve", "You lost the cup? Wow!", "surprise"),
                Utterance("Ann", "We lost, we lost.", "sadness"),
            ],
        ),
    ]
