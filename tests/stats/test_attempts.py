"""Estimates from more attempts than asked for, by counting every choice of `k` of them."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from evalfirst.stats import pass_at_k, pass_hat_k

counts = st.integers(1, 8).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, n))
)


@given(counts)
def test_it_is_the_share_of_choices_with_a_success_and_of_those_without_a_failure(numbers):
    right, attempts, k = numbers
    results = [True] * right + [False] * (attempts - right)
    choices = list(combinations(results, k))
    assert pass_at_k(*numbers) == pytest.approx(np.mean([any(c) for c in choices]))
    assert pass_hat_k(*numbers) == pytest.approx(np.mean([all(c) for c in choices]))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("k", [1, 3, 10])
def test_over_all_outcomes_the_mean_is_the_chance_itself_where_the_plain_formula_is_too_low(p, k):
    right = np.arange(11)
    chances = binom.pmf(right, 10, p)
    at, every = (np.array([f(r, 10, k) for r in right]) for f in (pass_at_k, pass_hat_k))
    assert chances @ at == pytest.approx(1 - (1 - p) ** k)
    assert chances @ every == pytest.approx(p**k)
    if k > 1:
        assert chances @ (1 - (1 - right / 10) ** k) < 1 - (1 - p) ** k


@given(counts)
def test_more_attempts_help_the_first_and_hurt_the_second(numbers):
    right, attempts, k = numbers
    assert pass_hat_k(*numbers) <= right / attempts + 1e-12 <= pass_at_k(*numbers) + 2e-12
    if k > 1:
        assert pass_at_k(right, attempts, k) >= pass_at_k(right, attempts, k - 1) - 1e-12
        assert pass_hat_k(right, attempts, k) <= pass_hat_k(right, attempts, k - 1) + 1e-12


def test_two_hundred_attempts_do_not_overflow():
    assert pass_at_k(1, 200, 100) == pytest.approx(0.5)
    assert pass_at_k(0, 1000, 500) == pass_hat_k(499, 1000, 500) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((1, 4, 5), "4 attempts say nothing about 5"),
        ((5, 4, 2), "within 0 to attempts = 4, got 5"),
        ((-1, 4, 2), "within 0 to attempts = 4"),
        ((1, 4, 0), "k is at least 1"),
        ((1.5, 4, 2), r"right is a count, a whole number, got 1\.5"),
        ((1, math.nan, 2), "attempts is a count"),
    ],
)
def test_senseless_input_is_refused_in_words(arguments, words):
    for estimate in (pass_at_k, pass_hat_k):
        with pytest.raises(ValueError, match=words):
            estimate(*arguments)
