"""Run lengths against published tables, and charts against what they flag."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from evalfirst.stats import (
    cusum_arl,
    cusum_chart,
    ewma_arl,
    ewma_chart,
    shewhart_arl,
    shewhart_chart,
)


def test_three_sigma_gives_a_false_alarm_every_370_points():
    assert round(shewhart_arl(), 1) == 370.4


@pytest.mark.parametrize(
    ("h", "shift", "arl", "digits"),
    [
        # Montgomery, table 9.3
        (5, 0, 465, 0),
        (5, 0.5, 38.0, 1),
        (5, 1, 10.4, 1),
        # Lucas and Crosier (1982)
        (4, 0, 168, 0),
        (4, 0.5, 26.6, 1),
        (4, 1, 8.38, 2),
        (4, 2, 3.34, 2),
    ],
)
def test_cusum_run_lengths_are_the_published_ones(h, shift, arl, digits):
    assert round(cusum_arl(shift, 0.5, h), digits) == arl


@pytest.mark.parametrize(
    ("weight", "width", "shift", "arl", "digits"),
    # Montgomery, tables 9.11 and 9.12
    [(0.2, 2.962, 0, 500, 0), (0.1, 2.814, 0, 500, 0), (0.1, 2.814, 1, 10.3, 1)],
)
def test_ewma_run_lengths_are_the_published_ones(weight, width, shift, arl, digits):
    assert round(ewma_arl(shift, weight, width), digits) == arl


def ewma_arl_by_markov_chain(weight: float, width: float, states: int) -> float:
    half = width * math.sqrt(weight / (2 - weight))
    step = 2 * half / states
    centre = (np.arange(states) - states // 2) * step
    middle = centre[None, :] - (1 - weight) * centre[:, None]
    stay = ndtr((middle + step / 2) / weight) - ndtr((middle - step / 2) / weight)
    return np.linalg.solve(np.eye(states) - stay, np.ones(states))[states // 2]


def test_markov_chains_of_more_and_more_states_arrive_at_the_run_length_of_the_integral_equation():
    # a chain of 201 states gives 499.14, as if the published 500 were off by one: its states are
    # too coarse. Finer ones close in on 499.58 from below
    chains = [ewma_arl_by_markov_chain(0.1, 2.814, states) for states in (201, 401, 801)]
    exact = ewma_arl(0, 0.1, 2.814)
    errors = [exact - chain for chain in chains]
    assert errors[0] == pytest.approx(0.435, abs=0.005)
    for coarse, fine in itertools.pairwise(errors):
        assert fine == pytest.approx(coarse / 4, rel=0.02)


@pytest.mark.parametrize("shift", [7, 8, 10, 40])
def test_a_shift_beyond_all_limits_is_found_at_once_by_every_chart(shift):
    # the other side of a CUSUM then never raises an alarm
    for arl in (shewhart_arl, cusum_arl, ewma_arl):
        assert 1 <= arl(shift) <= 1.1
        assert arl(-shift) == pytest.approx(arl(shift))


def test_runs_too_long_to_be_computed_are_infinite():
    assert shewhart_arl(0, 40) == cusum_arl(0, 0.5, 40) == math.inf
    assert shewhart_arl(0, 6) == pytest.approx(5.068e8, rel=1e-3)


def test_a_simulated_ewma_runs_as_long_as_computed():
    rng, half = np.random.default_rng(0), 2.962 * math.sqrt(0.2 / 1.8)
    average, lengths = np.zeros(2000), np.zeros(2000)
    running = np.ones(2000, bool)
    while running.any():
        average = 0.8 * average + 0.2 * rng.normal(1.0, 1, 2000)
        lengths += running
        running &= np.abs(average) <= half
    standard_error = lengths.std() / math.sqrt(len(lengths))
    assert abs(lengths.mean() - ewma_arl(1.0)) < 3 * standard_error


def test_an_ewma_of_weight_one_is_a_shewhart_chart():
    assert ewma_arl(0.7, 1, 3) == pytest.approx(shewhart_arl(0.7, 3))


# each run length solves some hundred equations
@settings(max_examples=10)
@given(st.floats(0, 3), st.floats(0.1, 1))
def test_a_larger_shift_is_found_sooner_and_its_direction_does_not_matter(shift, more):
    for arl in (shewhart_arl, ewma_arl, cusum_arl):
        assert arl(shift + more) < arl(shift)
        assert arl(-shift) == pytest.approx(arl(shift))


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30))
def test_a_mirrored_series_raises_the_same_alarms(series):
    mirrored = [-x for x in series]
    for chart in (shewhart_chart, ewma_chart, cusum_chart):
        assert chart(series, 0, 1).signals == chart(mirrored, 0, 1).signals


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: shewhart_chart([], 0, 1), "at least one point"),
        (lambda: shewhart_chart([1, math.nan], 0, 1), "point 1 of the series is nan"),
        (lambda: ewma_chart([1], 0, 0), "sd must be above 0"),
        (lambda: shewhart_chart([1, None], 0, 1), "point 1 of the series is None"),
        (lambda: ewma_arl(0, 1e-6), r"weight must be at least 0\.001"),
        (lambda: ewma_arl(0, 1.5), "weight must be above 0 and at most 1"),
        (lambda: cusum_arl(0, -1), "k must be at least 0"),
        (lambda: cusum_chart([1], 0, 1, h=0), "h must be above 0"),
        (lambda: shewhart_arl(math.inf), "finite"),
    ],
)
def test_senseless_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
