"""Corrections for several comparisons, against a published example and their own promise."""

from __future__ import annotations

import gc
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.stats import benjamini_hochberg, holm

# Benjamini and Hochberg (1995), section 4.1: fifteen comparisons of two treatments
PUBLISHED = (
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
)


@pytest.fixture(autouse=True, scope="module")
def quick():
    """Statsmodels' Holm collects garbage at each call, 40 ms a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda: 0)
        yield


def named(p_values) -> dict[str, float]:
    return {f"slice {i}": float(p) for i, p in enumerate(p_values)}


@pytest.mark.parametrize(("adjust", "found"), [(holm, 3), (benjamini_hochberg, 4)])
def test_it_finds_as_many_as_in_the_published_example(adjust, found):
    adjusted = adjust(named(PUBLISHED))
    assert sum(p <= 0.05 for p in adjusted.values()) == found


def test_adjusted_values_follow_from_the_definition():
    assert holm(named(PUBLISHED))["slice 3"] == pytest.approx(12 * 0.0095)
    assert benjamini_hochberg(named(PUBLISHED))["slice 3"] == pytest.approx(0.0095 * 15 / 4)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_order_and_names_stay_and_no_p_gets_smaller(p_values):
    given_values = named(p_values)
    strict, lenient = holm(given_values), benjamini_hochberg(given_values)
    assert list(strict) == list(lenient) == list(given_values)
    for name, p in given_values.items():
        assert p <= lenient[name] + 1e-12
        assert lenient[name] <= strict[name] + 1e-12
        assert strict[name] <= 1


def test_twenty_slices_without_a_change_rarely_raise_an_alarm_after_correction():
    rng = np.random.default_rng(0)
    runs = rng.uniform(size=(400, 20))
    uncorrected = np.mean(runs.min(axis=1) <= 0.05)
    alarms = [min(holm(named(run)).values()) <= 0.05 for run in runs]
    assert uncorrected > 0.5
    assert sum(alarms) / len(alarms) < 0.08


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
@pytest.mark.parametrize(
    ("p_values", "words"),
    [
        ({}, "no p-value to adjust"),
        ({"refund": 0.01, "login": math.nan}, "'login' is nan"),
        ({"refund": 1.2}, "'refund' is 1.2"),
        ({"refund": 0.01, "login": None}, "'login' is None"),
    ],
)
def test_senseless_input_is_refused_in_words(adjust, p_values, words):
    with pytest.raises(ValueError, match=words):
        adjust(p_values)
