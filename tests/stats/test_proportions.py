"""Intervals against published values and against their own promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.stats import clopper_pearson, wilson


@pytest.mark.parametrize(
    ("passes", "n", "low", "high"),
    [
        # Newcombe (1998), table I
        (10, 100, 0.0552, 0.1744),
        (0, 100, 0.0, 0.0370),
        (81, 263, 0.2553, 0.3662),
        (0, 20, 0.0, 0.1611),
    ],
)
def test_it_reproduces_newcombes_values(passes, n, low, high):
    assert wilson(passes, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def coverage(p: float, n: int) -> float:
    inside = (k for k in range(n + 1) if wilson(k, n)[0] <= p <= wilson(k, n)[1])
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in inside)


def test_at_fifty_examples_it_covers_about_what_it_promises_where_the_textbook_interval_does_not():
    shares = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    covered = [coverage(p, 50) for p in shares]
    assert sum(covered) / len(covered) > 0.94
    assert min(covered) > 0.92


@pytest.mark.parametrize(
    ("passes", "n", "low", "high"),
    [
        # Newcombe (1998), table I, method 5
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_exact_interval_reproduces_newcombes_values(passes, n, low, high):
    expected = (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert clopper_pearson(passes, n) == expected


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95, 0.99])
def test_the_exact_interval_never_covers_less_than_it_promises(p):
    inside = (k for k in range(51) if clopper_pearson(k, 50)[0] <= p <= clopper_pearson(k, 50)[1])
    assert sum(math.comb(50, k) * p**k * (1 - p) ** (50 - k) for k in inside) >= 0.95


@given(st.integers(1, 400), st.data())
def test_it_contains_the_share_and_stays_within_bounds(n, data):
    passes = data.draw(st.integers(0, n))
    low, high = wilson(passes, n)
    assert 0 <= low <= passes / n + 1e-12
    assert passes / n - 1e-12 <= high <= 1
    assert high > low


@pytest.mark.parametrize(
    ("passes", "n", "confidence", "words"),
    [
        (0, 0, 0.95, "at least one example"),
        (5, 4, 0.95, "within 0 to n = 4"),
        (-1, 4, 0.95, "within 0 to n"),
        (1, 4, 95, "such as 0.95, got 95"),
        (1, 4, None, r"such as 0\.95, got None"),
        (1, 4, "95%", r"such as 0\.95, got '95%'"),
        (8.7, 10, 0.95, r"passes is a count, a whole number, got 8\.7"),
        (1, math.nan, 0.95, "n is a count, a whole number, got nan"),
    ],
)
def test_senseless_input_is_refused_in_words(passes, n, confidence, words):
    for interval in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match=words):
            interval(passes, n, confidence)


def test_counts_from_numpy_and_whole_floats_are_counts():
    assert wilson(np.int64(8), np.float64(10.0)) == wilson(8, 10)
    assert wilson(np.float32(8), np.float32(10)) == wilson(8, 10)
    assert wilson(True, 1) == wilson(1, 1)


@given(st.integers(1, 400), st.data())
def test_the_interval_of_the_wrong_answers_is_the_mirror_image(n, data):
    passes = data.draw(st.integers(0, n))
    for interval in (wilson, clopper_pearson):
        low, high = interval(passes, n)
        assert interval(n - passes, n) == (pytest.approx(1 - high), pytest.approx(1 - low))


@given(st.integers(2, 400), st.data())
def test_one_more_right_answer_raises_both_ends_and_more_confidence_widens(n, data):
    passes = data.draw(st.integers(1, n))
    for interval in (wilson, clopper_pearson):
        (low, high), (low_before, high_before) = interval(passes, n), interval(passes - 1, n)
        assert low_before < low + 1e-12
        assert high_before < high + 1e-12
        wide = interval(passes, n, 0.99)
        assert wide[0] <= low + 1e-12
        assert high <= wide[1] + 1e-12
