"""Noise between examples and noise within one are told apart."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest

from evalfirst.stats import (
    paired_sample_size,
    variance_components,
    variance_parts,
)


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(variance_components)
    assert result.attempted > 0
    assert result.failed == 0


def simulated(rng, items=400, repeats=4, a=4.0, b=1.0):
    shares = rng.beta(a, b, items)
    scores = rng.random((items, repeats)) < shares[:, None]
    return scores.astype(int).tolist(), shares


def test_both_components_are_found_again():
    rng = np.random.default_rng(1)
    a, b = 4.0, 1.0
    between = a * b / ((a + b) ** 2 * (a + b + 1))
    within = a * b / ((a + b) * (a + b + 1))  # the mean of p (1 - p)
    parts = variance_parts(simulated(rng)[0])
    assert parts.between == pytest.approx(between, rel=0.25)
    assert parts.within == pytest.approx(within, rel=0.1)


def test_their_intervals_hold_the_truth_in_nine_of_ten_sets():
    rng = np.random.default_rng(2)
    truth = 4 / (25 * 6)
    held = [
        parts.between_low <= truth <= parts.between_high
        for parts in (variance_parts(simulated(rng, 100)[0], resamples=200) for _ in range(150))
    ]
    assert 0.86 <= np.mean(held) <= 1.0


def test_they_sum_up_to_the_variance_of_one_score():
    scores, _ = simulated(np.random.default_rng(3), 2000, 5)
    parts = variance_parts(scores)
    single = np.array(scores)[:, 0].var(ddof=1)
    assert parts.between + parts.within == pytest.approx(single, rel=0.05)
    assert parts.standard_error(repeats=1) == pytest.approx(math.sqrt(single / 2000), rel=0.03)


def test_temperature_zero_has_no_noise_within():
    parts = variance_parts([[1, 1], [0, 0]] * 10)
    assert parts.within == 0
    assert "Asking every example twice as often narrows the interval by 0%" in parts.sentence
    assert "by 29%" in parts.sentence


def test_pure_chance_has_no_variance_between():
    rng = np.random.default_rng(4)
    parts = variance_parts(rng.integers(0, 2, (300, 8)).tolist())
    assert parts.between < 0.01
    assert parts.within == pytest.approx(0.25, abs=0.01)


def test_one_repeat_is_nan_with_a_reason():
    parts = variance_parts([[1], [0]] * 10)
    assert math.isnan(parts.between)
    assert "asked once" in parts.caution
    assert parts.sentence.startswith("No advice")


def test_they_are_what_the_sample_size_asks_for():
    few = paired_sample_size(0.05, omega_squared=0.1, sigma_squared=0.15, samples=1)
    many = paired_sample_size(0.05, omega_squared=0.1, sigma_squared=0.15, samples=8)
    assert many < few


@pytest.mark.parametrize(
    ("scores", "complaint"),
    [
        ([[1, 0]] * 9, "9 examples are too few"),
        ([[1, 0]] * 10 + [[1]], "same number of scores"),
        ([[1, math.nan]] * 10, "must be a number"),
        ([[]] * 10, "same number of scores"),
    ],
)
def test_bad_input_is_refused(scores, complaint):
    with pytest.raises(ValueError, match=complaint):
        variance_parts(scores)
    with pytest.raises(ValueError, match="at least 200"):
        variance_parts([[1, 0]] * 10, resamples=10)
    with pytest.raises(ValueError, match="at least one example once"):
        variance_parts([[1, 0], [0, 1]] * 10).standard_error(items=0)
