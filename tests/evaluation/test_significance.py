"""McNemar's test, Holm's correction and Student's interval against what scipy and hand computation give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from instructerc.errors import InputError
from instructerc.evaluation import holm, mcnemar, seed_spread
from instructerc.evaluation.significance import format_p


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (7, 3), (30, 60), (900, 1000), (2000, 1500)])
def test_mcnemar_is_the_exact_binomial_test(only_a, only_b):
    gold = np.zeros(only_a + only_b + 5, dtype=int)
    a, b = gold.copy(), gold.copy()
    b[:only_a] = 1
    a[only_a : only_a + only_b] = 1
    # Both are wrong once, each in its own way, which says nothing.
    a[-1], b[-1] = 1, 2
    found = mcnemar(gold, a, b)
    assert (found.only_a, found.only_b) == (only_a, only_b)
    expected = 1.0 if only_a + only_b == 0 else stats.binomtest(only_a, only_a + only_b).pvalue
    assert found.p_value == pytest.approx(expected, rel=1e-6, abs=1e-15)


def test_mcnemar_refuses_answers_of_other_utterances():
    with pytest.raises(InputError, match="have shapes"):
        mcnemar([0, 1], [0, 1], [0])


def test_holm_corrects_the_smallest_most_and_keeps_the_order():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    # Never above 1, and never below a smaller p's.
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.02, 0.021]) == [0.04, 0.04]
    assert (holm([0.5]), holm([])) == ([0.5], [])


@pytest.mark.parametrize("n", [2, 3, 5, 10, 31, 32, 60])
def test_the_interval_of_a_mean_is_students(n):
    figures = np.random.default_rng(n).normal(0.6, 0.01, n)
    found = seed_spread(figures.tolist())
    low, high = stats.t.interval(0.95, n - 1, loc=figures.mean(), scale=stats.sem(figures))
    assert found.interval == pytest.approx((low, high), rel=1e-4)
    assert found.sd == pytest.approx(figures.std(ddof=1))


def test_one_seed_has_no_spread():
    assert (seed_spread([0.5]).sd, seed_spread([0.5]).interval, seed_spread([0.5]).mean) == (None, None, 0.5)
    with pytest.raises(InputError, match="at least one"):
        seed_spread([])


def test_no_p_is_shown_as_zero():
    assert [format_p(one) for one in (0.0, 0.0009995, 0.001, 0.0312, None)] == [
        "< 0.001",
        "< 0.001",
        "0.001",
        "0.031",
        "–",
    ]
