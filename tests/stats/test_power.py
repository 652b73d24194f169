"""Sizes and smallest visible changes, against published values and by counting every outcome."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from evalfirst.stats import (
    clopper_pearson,
    mcnemar,
    mcnemar_power,
    mcnemar_sample_size,
    paired_minimum_effect,
    paired_sample_size,
    share_minimum_effect,
    share_sample_size,
)


def test_it_reproduces_millers_values():
    assert paired_sample_size(0.03, omega_squared=1 / 9) == 969
    smallest = paired_minimum_effect(198, omega_squared=1 / 9, sigma_squared=1 / 6, samples=1)
    assert smallest == pytest.approx(0.133, abs=5e-4)


def test_no_difference_is_so_large_that_one_example_would_show_it():
    assert paired_sample_size(10.0) == 2


def test_it_reproduces_the_power_of_mcnemars_exact_test_in_obriens_example():
    # O'Brien (2002), one-sided 5%, as recomputed in the manual of G*Power 3.1: power .839 with
    # shares of .32 and .08, and an actual false alarm rate of .0326 on one side
    assert mcnemar_power(50, 0.32, 0.08, alpha=0.10, exact=True) == pytest.approx(0.839, abs=5e-4)
    alarms = mcnemar_power(50, 0.20, 0.20, alpha=0.10, exact=True)
    assert alarms / 2 == pytest.approx(0.0326, abs=5e-5)


def test_the_size_found_for_two_versions_has_the_power_asked_for():
    n, difference = 240, 0.12
    smallest = paired_minimum_effect(n, omega_squared=0.2, sigma_squared=0.1, samples=4)
    assert paired_sample_size(smallest, omega_squared=0.2, sigma_squared=0.1, samples=4) == n
    rng = np.random.default_rng(0)
    n = paired_sample_size(difference, omega_squared=0.2, sigma_squared=0.1, samples=4)
    runs = rng.normal(difference, np.sqrt(0.2 + 0.1 / 4 + 0.1 / 4), size=(4000, n))
    z = runs.mean(axis=1) / (runs.std(axis=1, ddof=1) / np.sqrt(n))
    assert np.mean(np.abs(z) > NormalDist().inv_cdf(0.975)) == pytest.approx(0.8, abs=0.025)


def test_asking_again_helps_until_the_examples_themselves_are_the_limit():
    once, ten, thousand = (
        paired_minimum_effect(198, sigma_squared=1 / 6, samples=k) for k in (1, 10, 1000)
    )
    assert once > ten > thousand
    assert thousand == pytest.approx(paired_minimum_effect(198), rel=0.01)


def noticed(n: int, baseline: float, share: float) -> float:
    below = [k for k in range(n + 1) if clopper_pearson(k, n)[1] < baseline]
    return float(binom.pmf(below, n, share).sum())


@pytest.mark.parametrize(("n", "baseline"), [(20, 0.9), (50, 0.8), (120, 0.95)])
def test_the_smallest_drop_is_noticed_as_often_as_promised_counting_every_outcome(n, baseline):
    drop = share_minimum_effect(n, baseline)
    assert noticed(n, baseline, baseline - drop) == pytest.approx(0.8, abs=1e-6)
    assert noticed(n, baseline, baseline - drop / 2) < 0.8


@pytest.mark.parametrize(("baseline", "changed"), [(0.8, 0.6), (0.95, 0.85)])
def test_from_the_size_returned_on_every_larger_set_has_the_power(baseline, changed):
    n = share_sample_size(baseline, changed)
    assert noticed(n - 1, baseline, changed) < 0.8
    assert all(noticed(n + more, baseline, changed) >= 0.8 for more in (0, 1, 2, 5, 11, 40))


@settings(max_examples=40)
@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_a_rise_of_right_answers_needs_what_a_drop_of_wrong_ones_needs(baseline, changed):
    if abs(baseline - changed) < 0.03:
        changed = 0.99
    there = share_sample_size(baseline, changed)
    assert there == share_sample_size(1 - baseline, 1 - changed)
    assert there >= share_sample_size(baseline, changed, power=0.6)


@pytest.mark.parametrize(("better", "worse"), [(0.15, 0.05), (0.10, 0.02), (0.05, 0.20)])
def test_the_size_for_mcnemars_test_has_about_the_power_asked_for(better, worse):
    n = mcnemar_sample_size(better, worse)
    assert mcnemar_power(n, better, worse) == pytest.approx(0.8, abs=0.04)


def test_mcnemar_power_is_the_share_of_simulated_runs_that_the_test_notices():
    n, better, worse = 60, 0.25, 0.08
    shares = (better, worse, 1 - better - worse)
    runs = np.random.default_rng(1).multinomial(n, shares, size=4000)
    changes, times = np.unique(runs[:, :2], axis=0, return_counts=True)
    p = np.array([mcnemar(int(more), int(less)).mid_p for more, less in changes])
    found = times[p <= 0.05].sum() / times.sum()
    assert mcnemar_power(n, better, worse) == pytest.approx(found, abs=0.025)
    assert mcnemar_power(n, better, worse, exact=True) < mcnemar_power(n, better, worse)


def test_more_shuffling_around_needs_more_examples_for_the_same_gain():
    assert mcnemar_sample_size(0.20, 0.15) > 2 * mcnemar_sample_size(0.10, 0.05)
    assert mcnemar_power(100, 0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: share_sample_size(0.8, 0.8), "a change that is not there"),
        (lambda: share_sample_size(80, 70), "share must lie between 0 and 1, got 80"),
        (lambda: share_sample_size(0.8, 0.7999), "more than a million"),
        (lambda: share_sample_size(0.8, 0.7, power=0.01), r"between alpha = 0\.05 and 1"),
        (lambda: share_minimum_effect(0, 0.8), "at least one example, got n = 0"),
        (lambda: share_minimum_effect(2, 0.8), "2 examples cannot show any drop below 0"),
        (lambda: share_minimum_effect(50, 1.0), "share must lie between"),
        (lambda: paired_sample_size(0), "a difference of 0"),
        (lambda: paired_sample_size(0.03, omega_squared=0), "not both 0"),
        (lambda: paired_sample_size(0.03, alpha=5), r"such as 0\.05, got 5"),
        (lambda: paired_minimum_effect(1), "one example says nothing"),
        (lambda: paired_minimum_effect(50, samples=0), "answered at least once"),
        (lambda: paired_sample_size(float("nan")), "a difference of nan"),
        (lambda: paired_sample_size(0.03, sigma_squared=float("nan")), "variances are 0 or more"),
        (lambda: paired_minimum_effect(50, samples=1.5), "samples is a count"),
        (lambda: share_minimum_effect(2.5, 0.8), r"n is a count, a whole number, got 2\.5"),
        (lambda: mcnemar_power(10, float("nan"), 0.1), "together at most 1"),
        (lambda: mcnemar_sample_size(0.1, 0.1), "nothing to notice"),
        (lambda: mcnemar_power(50, 0.9, 0.2), "together at most 1"),
        (lambda: mcnemar_power(50, 0.2, 0.1, alpha=0), "alpha must be between"),
    ],
)
def test_senseless_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
