"""Changes of level are found, and chance is not taken for one."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from evalfirst.stats import change_points, change_points_in_shares, wilson


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(change_points)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("length", [8, 16, 52])
def test_false_alarms_are_as_rare_as_stated(length):
    rng = np.random.default_rng(length)
    n = [100] * length
    found = [
        bool(change_points_in_shares(rng.binomial(100, 0.8, length).tolist(), n).positions)
        for _ in range(200)
    ]
    assert 0.015 <= np.mean(found) <= 0.09


def test_a_drop_of_ten_points_is_placed_within_a_week():
    rng = np.random.default_rng(1)
    hits = []
    for _ in range(60):
        shares = [0.84] * 10 + [0.72] * 8
        result = change_points_in_shares(rng.binomial(200, shares).tolist(), [200] * 18)
        hits.append(bool(result.positions) and abs(result.positions[0] - 10) <= 1)
    assert np.mean(hits) > 0.85


def test_two_changes_are_two_and_segments_carry_intervals():
    result = change_points_in_shares([180] * 8 + [120] * 8 + [178] * 8, [200] * 24)
    assert result.positions == (8, 16)
    middle = result.segments[1]
    assert (middle.start, middle.stop, middle.n, middle.passes) == (8, 16, 1600, 960)
    assert (middle.low, middle.high) == wilson(960, 1600)
    assert "From point 8 on 60.0% instead of 90.0%." in result.sentence


def test_points_of_different_size_count_by_their_size():
    passes, n = [40, 41, 39, 2, 3, 40, 41], [50, 50, 50, 5, 5, 50, 50]
    assert change_points_in_shares(passes, n).positions == ()


def test_one_level_is_said_to_be_one():
    result = change_points_in_shares([40, 42, 41, 39], [50] * 4)
    assert result.sentence.startswith("One level explains all points: 81.0%.")
    assert "4 points are few" in result.caution


@pytest.mark.parametrize("passes", [[50] * 8, [0] * 8])
def test_all_right_and_all_wrong_have_one_level(passes):
    assert change_points_in_shares(passes, [50] * 8).positions == ()


@pytest.mark.parametrize(
    ("passes", "n", "complaint"),
    [
        ([1, 2], [3], "2 counts of passes but 1 sizes"),
        ([1, 2, 3], [3, 3, 3], "at least 4 points, got 3"),
        ([1, 2, 3, 9], [3, 3, 3, 3], "point 3: 9 of 3 makes no sense"),
        ([0, 0, 0, 0], [3, 3, 0, 3], "point 2: 0 of 0"),
    ],
)
def test_bad_input_is_refused(passes, n, complaint):
    with pytest.raises(ValueError, match=complaint):
        change_points_in_shares(passes, n)
    with pytest.raises(ValueError, match=r"between 0 and 0\.5"):
        change_points_in_shares([1] * 4, [2] * 4, false_alarm=0.5)
