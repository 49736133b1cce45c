"""usearch and Qdrant find what the exact index finds, and never too few."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from instructerc.errors import MissingExtra, ModelError
from instructerc.retrieval import ExactIndex
from instructerc.retrieval.approximate import QdrantIndex, UsearchIndex


@pytest.fixture(scope="module")
def vectors():
    drawn = np.random.default_rng(0).standard_normal((400, 16)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def queries():
    drawn = np.random.default_rng(1).standard_normal((30, 16)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _usearch(vectors):
    pytest.importorskip("usearch.index", reason="usearch is not installed")
    return UsearchIndex(vectors)


def _qdrant(vectors):
    pytest.importorskip("qdrant_client", reason="qdrant-client is not installed")
    return QdrantIndex(vectors, ":memory:")


@pytest.mark.parametrize("build", [_usearch, _qdrant])
@pytest.mark.parametrize("k", [1, 5, 60])
def test_a_small_bank_gives_what_the_exact_index_gives(build, k, vectors, queries):
    ids, cosines = build(vectors).search(queries, k)
    exact_ids, exact_cosines = ExactIndex(vectors).search(queries, k)
    np.testing.assert_array_equal(ids, exact_ids)
    np.testing.assert_array_equal(cosines, exact_cosines)


@pytest.mark.parametrize("build", [_usearch, _qdrant])
def test_all_of_them_can_be_asked_for(build, vectors, queries):
    index = build(vectors)
    assert len(index) == 400
    ids, _ = index.search(queries, 10_000)
    assert np.array_equal(np.sort(ids, axis=1), np.tile(np.arange(400), (len(queries), 1)))


@pytest.mark.parametrize("build", [_usearch, _qdrant])
def test_one_query_and_none_keep_their_shape(build, vectors, queries):
    index = build(vectors)
    assert [part.shape for part in index.search(queries[:1], 3)] == [(1, 3), (1, 3)]
    assert [part.shape for part in index.search(queries[:0], 3)] == [(0, 3), (0, 3)]


@pytest.mark.parametrize("build", [_usearch, _qdrant])
def test_too_few_proposals_are_made_up_for_exactly(build, vectors, queries, monkeypatch):
    index = build(vectors)
    monkeypatch.setattr(index, "_propose", lambda some, count: [np.array([3, 3, 7])] * len(some))
    for ours, theirs in zip(index.search(queries, 3), ExactIndex(vectors).search(queries, 3), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_graph_is_the_same_each_time_and_opens_again(vectors, queries, tmp_path):
    for name in ("one", "two"):
        _usearch(vectors).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    opened = UsearchIndex(vectors, tmp_path / "one")
    np.testing.assert_array_equal(opened.search(queries, 5)[0], _usearch(vectors).search(queries, 5)[0])


def test_a_graph_of_other_vectors_is_refused(vectors, tmp_path):
    _usearch(vectors[:300]).save(tmp_path / "graph")
    with pytest.raises(ModelError, match="is not a graph of these 400 vectors"):
        UsearchIndex(vectors, tmp_path / "graph")
    (tmp_path / "graph").write_bytes(b"no graph at all, but long enough to hold a header" * 9)
    with pytest.raises(ModelError, match=r"usearch graph|not a graph"):
        UsearchIndex(vectors, tmp_path / "graph")


def test_a_collection_is_filled_once_and_completed_where_it_was_cut_off(vectors, queries):
    index = _qdrant(vectors)
    client = index._client
    client.delete(index.collection, points_selector=list(range(350, 400)))
    index._fill()
    assert client.count(index.collection).count == 400
    calls = []
    client.upsert = lambda *arguments, **named: calls.append(named)
    index._fill()
    assert calls == []
    np.testing.assert_array_equal(index.search(queries, 5)[0], ExactIndex(vectors).search(queries, 5)[0])


def test_a_collection_is_named_by_its_vectors(vectors):
    assert _qdrant(vectors).collection == _qdrant(vectors.copy()).collection
    assert _qdrant(vectors).collection != _qdrant(vectors[::-1]).collection


def test_a_server_that_does_not_answer_is_named(vectors):
    pytest.importorskip("qdrant_client", reason="qdrant-client is not installed")
    with pytest.raises(ModelError, match=r"the Qdrant server at http://127\.0\.0\.1:9 failed"):
        QdrantIndex(vectors, "http://127.0.0.1:9")


def test_missing_packages_name_the_extra(vectors, monkeypatch):
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    with pytest.raises(MissingExtra, match=r"400 demonstrations .*instructerc\[retrieval\]"):
        UsearchIndex(vectors)
    with pytest.raises(MissingExtra, match=r"Qdrant server .*instructerc\[retrieval\]"):
        QdrantIndex(vectors, ":memory:")
