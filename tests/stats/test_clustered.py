"""Intervals over grouped examples know of the groups."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest

from evalfirst.stats import (
    clopper_pearson,
    clustered,
    clustered_difference,
    clustered_mean,
    log_odds,
)


def test_the_examples_in_the_docstrings_are_true():
    for module in (clustered, log_odds):
        result = doctest.testmod(module)
        assert result.attempted > 0
        assert result.failed == 0


def by_hand(values, groups):
    """Cameron and Miller's formula, written out."""
    y, mean = np.asarray(values, float), np.mean(values)
    sums = [
        sum(v - mean for v, g in zip(y, groups, strict=True) if g == name) for name in set(groups)
    ]
    count = len(sums)
    return math.sqrt(count / (count - 1) * sum(s**2 for s in sums)) / len(y)


def test_the_standard_error_is_that_of_the_formula():
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 25, 200).tolist()
    values = rng.normal(size=200) + np.array(groups) * 0.1
    result = clustered_mean(values.tolist(), groups)
    assert result.standard_error == pytest.approx(by_hand(values, groups), rel=1e-9)


def test_copies_of_an_example_add_nothing():
    once = [1, 0, 1, 1, 0, 1, 1, 1, 0, 1] * 3
    groups = list(range(30))
    single = clustered_mean(once, groups)
    copied = clustered_mean(once * 4, groups * 4)
    assert copied.standard_error == pytest.approx(single.standard_error, rel=1e-6)
    assert copied.design_effect == pytest.approx(4 * single.design_effect, rel=1e-6)
    assert single.design_effect == pytest.approx(30 / 29, rel=1e-6)


def test_a_share_keeps_its_interval_within_0_and_1():
    result = clustered_mean([1] * 19 + [0], [i // 2 for i in range(20)])
    assert 0 < result.low < result.mean < result.high < 1


def test_all_right_counts_each_group_once():
    result = clustered_mean([1] * 60, [i // 3 for i in range(60)])
    assert (result.low, result.high) == clopper_pearson(20, 20)


@pytest.mark.parametrize(
    ("values", "groups", "why"),
    [
        ([1, 0, 1], ["a"] * 3, "all examples are of one group"),
        ([1, 0, 1, 0], ["a", "a", "b", "b"], "every group has the same mean"),
        ([0.3, 0.3], ["a", "b"], "every group has the same mean"),
    ],
)
def test_what_cannot_be_known_is_nan_with_a_reason(values, groups, why):
    result = clustered_mean(values, groups)
    assert math.isnan(result.low)
    assert math.isnan(result.standard_error)
    assert why in result.caution
    assert "no interval" in result.sentence


def test_few_groups_are_flagged_with_what_was_measured():
    rng = np.random.default_rng(2)
    values, groups = rng.integers(0, 2, 60).tolist(), [i % 9 for i in range(60)]
    assert "in simulations with 8 groups, 95% to 98%" in clustered_mean(values, groups).caution
    assert clustered_mean(values, [i % 20 for i in range(60)]).caution == ""
    assert "They know as much as" in clustered_mean(values, groups).sentence


def test_a_difference_is_that_of_the_pairs():
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 2, 90), rng.integers(0, 2, 90)
    groups = [i // 3 for i in range(90)]
    change = clustered_difference(before.tolist(), after.tolist(), groups)
    assert change.mean == pytest.approx((after - before).mean())
    assert change.standard_error == pytest.approx(by_hand(after - before, groups), rel=1e-9)
    back = clustered_difference(after.tolist(), before.tolist(), groups)
    assert (back.low, back.high) == pytest.approx((-change.high, -change.low))
    same = clustered_difference([1, 0], [1, 0], ["a", "b"])
    assert math.isnan(same.low)
    assert "same amount" in same.caution


@pytest.mark.parametrize(
    ("values", "groups", "complaint"),
    [
        ([], [], "no values"),
        ([1], ["a", "b"], "1 values but 2 groups"),
        ([1, math.nan], ["a", "b"], "must be a number"),
    ],
)
def test_bad_input_is_refused(values, groups, complaint):
    with pytest.raises(ValueError, match=complaint):
        clustered_mean(values, groups)
    with pytest.raises(ValueError, match="between 0 and 1"):
        clustered_mean([1, 0], ["a", "b"], confidence=95)
    with pytest.raises(ValueError, match="2 values before but 1 after"):
        clustered_difference([1, 0], [1], ["a", "b"])
