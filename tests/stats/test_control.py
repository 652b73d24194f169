"""Run lengths against published tables, and charts against what they flag."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.stats import (
    control,
    cusum_arl,
    cusum_chart,
    ewma_arl,
    ewma_chart,
    shewhart_arl,
    shewhart_chart,
)


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(control)
    assert result.attempted > 0
    assert result.failed == 0


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
    ("weight", "width", "shift", "arl", "within"),
    # Montgomery prints 500 for limits that were rounded to three decimals
    [(0.2, 2.962, 0, 500, 1), (0.1, 2.814, 0, 500, 1), (0.1, 2.814, 1, 10.3, 0.05)],
)
def test_ewma_run_lengths_are_the_published_ones(weight, width, shift, arl, within):
    assert abs(ewma_arl(shift, weight, width) - arl) <= within


def test_an_ewma_of_weight_one_is_a_shewhart_chart():
    assert ewma_arl(0.7, 1, 3) == pytest.approx(shewhart_arl(0.7, 3))


# a run length solves 201 equations, slower on a busy machine than the deadline of hypothesis
@settings(deadline=None, max_examples=20)
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
        (lambda: ewma_arl(0, 1.5), "weight must be above 0 and at most 1"),
        (lambda: cusum_arl(0, -1), "k must be at least 0"),
        (lambda: cusum_chart([1], 0, 1, h=0), "h must be above 0"),
        (lambda: shewhart_arl(math.inf), "finite"),
    ],
)
def test_senseless_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
