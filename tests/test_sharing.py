"""The cache that threads share, and values that are made once."""

from __future__ import annotations

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.sharing import BoundedCache, made_once

N_THREADS = 8
WAIT_S = 10.0


class _Doubling:
    """Gives twice each key, and remembers for which it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, keys):
        self.asked.append(list(keys))
        return [2 * key for key in keys]


@given(st.integers(0, 5), st.lists(st.lists(st.integers(0, 9))))
def test_values_are_right_and_their_number_is_bounded(size, calls):
    cache, double = BoundedCache(size), _Doubling()
    for keys in calls:
        assert cache.find(keys, double) == [2 * key for key in keys]
        assert len(cache) <= size
    for keys in double.asked:
        assert keys
        assert len(keys) == len(set(keys))


def test_what_is_kept_is_not_computed_again():
    cache, double = BoundedCache(3), _Doubling()
    cache.find([1, 2, 1], double)
    cache.find(iter([2, 3]), double)
    assert double.asked == [[1, 2], [3]]
    assert cache.find([3, 1, 2], double) == [6, 2, 4]
    assert double.asked == [[1, 2], [3]]


def test_what_was_asked_for_last_stays():
    cache, double = BoundedCache(2), _Doubling()
    for key in (1, 2, 1, 3, 1):
        cache.find([key], double)
    assert double.asked == [[1], [2], [3]]
    cache.find([2], double)
    assert double.asked[-1] == [2]


def test_what_is_not_worth_keeping_is_not_kept():
    cache, double = BoundedCache(9), _Doubling()
    assert cache.find([1, 2, 3], double, keep=lambda key: key == 2) == [2, 4, 6]
    assert len(cache) == 1
    cache.find([1, 2, 3], double)
    assert double.asked == [[1, 2, 3], [1, 3]]


def test_a_value_that_counts_as_nothing_is_one():
    cache, asked = BoundedCache(9), []

    def nothing(keys):
        asked.extend(keys)
        return [None] * len(keys)

    assert cache.find(["a"], nothing) == cache.find(["a"], nothing) == [None]
    assert asked == ["a"]


def test_as_many_values_as_keys_are_asked_for():
    cache = BoundedCache(9)
    with pytest.raises(ValueError, match="shorter"):
        cache.find([1, 2], lambda keys: [0])
    assert len(cache) == 0


def test_a_copy_begins_empty():
    cache = BoundedCache(3)
    cache.find([1], _Doubling())
    for other in (copy.deepcopy(cache), pickle.loads(pickle.dumps(cache))):
        assert (other.size, len(other)) == (3, 0)
        assert other.find([4], _Doubling()) == [8]


def test_a_value_does_not_vanish_while_others_push_it_out():
    cache = BoundedCache(4)

    def compute(keys):
        # While the missing ones are computed, others fill the cache.
        cache.find(range(100, 110), _Doubling())
        return [2 * key for key in keys]

    cache.find([1, 2, 3], _Doubling())
    assert cache.find([1, 2, 3, 4], compute) == [2, 4, 6, 8]


def test_threads_compute_beside_one_another():
    cache, both = BoundedCache(4), threading.Barrier(2)

    def compute(keys):
        both.wait(WAIT_S)
        return keys

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda key: cache.find([key], compute), [1, 2])) == [[1], [2]]


def test_many_threads_and_more_keys_than_are_kept():
    cache = BoundedCache(50)

    def work(seed):
        for begin in range(0, 4_000, 7):
            keys = [(begin * seed + step) % 1_000 for step in range(20)]
            assert cache.find(keys, lambda some: [2 * key for key in some]) == [2 * key for key in keys]

    with ThreadPoolExecutor(N_THREADS) as threads:
        list(threads.map(work, range(1, N_THREADS + 1)))
    assert len(cache) == 50


class _Slow:
    """Has a value that is not made before all threads ask for it, or a moment has passed."""

    def __init__(self):
        self.n_made = 0
        self.fails = False

    @made_once
    def value(self):
        """What it is."""
        self.n_made += 1
        threading.Event().wait(0.05)
        if self.fails:
            raise OSError("not now")
        return object()


def test_a_value_is_made_once_for_all_threads_and_once_for_each_object():
    one, other = _Slow(), _Slow()
    begin = threading.Barrier(N_THREADS)

    def ask(_):
        begin.wait(WAIT_S)
        return one.value

    with ThreadPoolExecutor(N_THREADS) as threads:
        found = list(threads.map(ask, range(N_THREADS)))
    assert {id(value) for value in found} == {id(one.value)}
    assert other.value is not one.value
    assert (one.n_made, other.n_made) == (1, 1)
    # Nothing is left that could not be copied.
    assert copy.deepcopy(one).n_made == 1


def test_a_value_that_could_not_be_made_is_tried_again():
    one = _Slow()
    one.fails = True
    with pytest.raises(OSError, match="not now"):
        _ = one.value
    one.fails = False
    assert one.value is one.value
    assert one.n_made == 2
