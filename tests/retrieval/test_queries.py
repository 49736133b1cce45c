"""Queries are embedded once, and what is kept of them is bounded."""

from __future__ import annotations

import numpy as np

from instructerc.retrieval import queries
from instructerc.retrieval.queries import QueryVectors


def test_a_text_of_the_bank_has_the_bank_s_vector(grid):
    vectors = np.eye(4, dtype=np.float16)[:2]
    found = QueryVectors(grid, {"a": 1, "b": 0}, vectors).of(["b", "a", "b"])
    assert grid.texts == []
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, vectors[[0, 1, 0]])


def test_others_are_embedded_once(grid):
    vectors = QueryVectors(grid, {}, np.zeros((0, 4), np.float32))
    np.testing.assert_array_equal(vectors.of(["x", "y", "x"]), grid.embed(["x", "y", "x"]))
    grid.texts.clear()
    vectors.of(["y", "z"])
    assert grid.texts == ["z"]


def test_what_was_asked_for_first_is_forgotten_first(grid, monkeypatch):
    monkeypatch.setattr(queries, "_REMEMBERED", 2)
    monkeypatch.setattr(queries, "_TEXTS_AT_ONCE", 3)
    vectors = QueryVectors(grid, {}, np.zeros((0, 4), np.float32))
    texts = [f"text {number}" for number in range(10)]
    vectors.remember(texts)
    assert grid.texts == texts
    vectors.of(texts[-2:])
    assert grid.texts == texts
    # More at once than are kept.
    np.testing.assert_array_equal(vectors.of(texts), grid.embed(texts))
    assert len(vectors._remembered) == 2


def test_a_text_is_not_forgotten_while_another_is_embedded(grid, monkeypatch):
    monkeypatch.setattr(queries, "_REMEMBERED", 2)
    vectors = QueryVectors(grid, {}, np.zeros((0, 4), np.float32))
    vectors.of(["x"])
    embed = grid.embed

    def interrupted(texts):
        grid.embed = embed
        # As another thread may.
        vectors.of(["a", "b", "c"])
        return embed(texts)

    grid.embed = interrupted
    np.testing.assert_array_equal(vectors.of(["x", "y"]), embed(["x", "y"]))
