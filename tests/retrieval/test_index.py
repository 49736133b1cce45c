"""The exact index against a loop over all vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from instructerc.retrieval import ExactIndex, index

# Products of these are exact, so that equal cosines are equal in the loop too.
NUMBERS = st.sampled_from([-0.5, -0.25, 0.0, 0.25, 0.5])


def _naive(queries, vectors, k):
    ids, cosines = [], []
    for query in queries:
        found = sorted((-sum(float(a) * float(b) for a, b in zip(query, vector, strict=True)), number)
                       for number, vector in enumerate(vectors))[:k]  # fmt: skip
        ids.append([number for _, number in found])
        cosines.append([-cosine for cosine, _ in found])
    return ids, cosines


@given(st.data())
def test_nearest_first_and_ties_by_lower_number_in_pieces_of_any_size(data):
    n_vectors, n_queries = data.draw(st.integers(1, 30)), data.draw(st.integers(0, 7))
    vectors = data.draw(arrays(data.draw(st.sampled_from([np.float32, np.float16])), (n_vectors, 4), elements=NUMBERS))
    queries = data.draw(arrays(np.float32, (n_queries, 4), elements=NUMBERS))
    k = data.draw(st.integers(0, 35))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "_VECTORS_AT_ONCE", data.draw(st.integers(1, 12)))
        patch.setattr(index, "_QUERIES_AT_ONCE", data.draw(st.integers(1, 4)))
        patch.setattr(index, "_PAIRS_AT_ONCE", data.draw(st.integers(1, 9)))
        ids, cosines = ExactIndex(vectors).search(queries, k)
    naive_ids, naive_cosines = _naive(queries, vectors, k)
    assert ids.shape == cosines.shape == (n_queries, min(k, n_vectors))
    assert ids.tolist() == naive_ids
    assert cosines.tolist() == naive_cosines


def _units(seed, n_vectors, hidden):
    vectors = np.random.default_rng(seed).standard_normal((n_vectors, hidden)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("hidden", [5, 383, 384])
def test_equal_vectors_have_equal_cosines_wherever_they_stand(hidden):
    different = _units(0, 7, hidden)
    order = np.random.default_rng(1).permutation(7 * 300) % 7
    query = _units(2, 1, hidden)
    ids, cosines = ExactIndex(different[order]).search(query, 2100)
    assert len(np.unique(cosines)) == 7
    best = order[ids[0, 0]]
    assert ids[0, :300].tolist() == np.flatnonzero(order == best).tolist()


def test_a_memory_mapped_file_gives_the_same(tmp_path):
    vectors = _units(3, 500, 16)
    np.save(tmp_path / "vectors.npy", vectors)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    read, held = ExactIndex(mapped).search(vectors[:9], 4), ExactIndex(vectors).search(vectors[:9], 4)
    for ours, theirs in zip(read, held, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_one_query_gets_what_it_gets_among_many():
    vectors = _units(4, 400, 24)
    queries = _units(5, 300, 24)
    ids, cosines = ExactIndex(vectors).search(queries, 3)
    for row in (0, 255, 256, 299):
        alone_ids, alone_cosines = ExactIndex(vectors).search(queries[row : row + 1], 3)
        np.testing.assert_array_equal(alone_ids[0], ids[row])
        np.testing.assert_array_equal(alone_cosines[0], cosines[row])


def test_cosines_stay_between_minus_one_and_one():
    vectors = _units(6, 200, 48)
    _, cosines = ExactIndex(np.concatenate([vectors, -vectors])).search(vectors, 400)
    assert cosines.max() <= 1
    assert cosines.min() >= -1
    assert cosines[:, 0] == pytest.approx(np.ones(200), abs=1e-6)


def test_memory_does_not_grow_with_the_queries(monkeypatch):
    widest = []
    partition = np.partition

    def counted(array, *arguments, **named):
        widest.append(array.size)
        return partition(array, *arguments, **named)

    monkeypatch.setattr(np, "partition", counted)
    monkeypatch.setattr(index, "_VECTORS_AT_ONCE", 64)
    ExactIndex(_units(7, 500, 8)).search(_units(8, 1000, 8), 1)
    assert max(widest) <= 64 * index._QUERIES_AT_ONCE
