"""Changes of level are found, and chance is not taken for one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.stats import change_points_in_shares, wilson
from evalfirst.stats.change_points import _breaking_penalties, _penalty


@pytest.mark.parametrize("false_alarm", [0.05, 0.2])
@pytest.mark.parametrize(
    ("length", "size", "share"), [(4, 50, 0.8), (16, 30, 0.95), (40, 100, 0.8)]
)
def test_false_alarms_are_as_rare_as_stated(length, size, share, false_alarm):
    # the penalty is that of the share seen, so each series has its own
    drawn = np.random.default_rng(length).binomial(size, share, (2000, length))
    n = np.full(length, size)
    totals, series = np.unique(drawn.sum(axis=1), return_inverse=True)
    # penalties change slowly with the share: some of them, and for each series the nearest
    steps = totals[::30]
    penalties = np.array([_penalty(tuple(n.tolist()), int(t), false_alarm) for t in steps])
    nearest = np.abs(totals[series][:, None] - steps).argmin(axis=1)
    alarms = np.mean(_breaking_penalties(drawn, n) > penalties[nearest])
    # four standard errors
    chance = 4 * (false_alarm * (1 - false_alarm) / 2000) ** 0.5
    assert abs(alarms - false_alarm) < chance


def test_what_is_found_is_what_the_calibration_counts_as_found():
    n = [40] * 12
    drawn = np.random.default_rng(3).binomial(40, 0.8, (30, 12))
    penalties = _breaking_penalties(drawn, np.array(n))
    for passes, breaking in zip(drawn.tolist(), penalties, strict=True):
        penalty = _penalty(tuple(n), sum(passes), 0.3)
        found = change_points_in_shares(passes, n, false_alarm=0.3).positions
        assert bool(found) == (breaking > penalty)


def cost(passes, n):
    share = sum(passes) / sum(n)
    if share in (0, 1):
        return 0.0
    right, wrong = sum(passes), sum(n) - sum(passes)
    return -2 * (right * np.log(share) + wrong * np.log(1 - share))


@settings(max_examples=30)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=9))
def test_the_breaking_penalty_is_the_largest_gain_per_change_of_all_ways_to_cut(passes):
    n, length = [9] * len(passes), len(passes)
    gains = []
    for changes in (1, 2, 3):
        for cuts in itertools.combinations(range(2, length - 1), changes):
            ends = [0, *cuts, length]
            pieces = list(itertools.pairwise(ends))
            if all(stop - start >= 2 for start, stop in pieces):
                total = sum(cost(passes[a:b], n[a:b]) for a, b in pieces)
                gains.append((cost(passes, n) - total) / changes)
    found = _breaking_penalties(np.array([passes]), np.array(n))[0]
    assert found == pytest.approx(max(gains), abs=1e-8)


def test_a_drop_of_ten_points_is_placed_within_a_week():
    rng = np.random.default_rng(1)
    hits = []
    for _ in range(40):
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
    assert result.sentence.startswith("The first 8 points lie at 90.0%, likely")
    assert "From point 9 on the level is 60.0%, likely" in result.sentence
    assert "From point 17 on the level is 89.0%" in result.sentence
    assert result.sentence.endswith("Where nothing changed, 5% of series show any change.")


def test_points_of_different_size_count_by_their_size():
    passes, n = [40, 41, 39, 2, 3, 40, 41], [50, 50, 50, 5, 5, 50, 50]
    assert change_points_in_shares(passes, n).positions == ()


def test_a_bump_of_a_few_points_is_found_by_two_changes():
    result = change_points_in_shares([90] * 10 + [70] * 3 + [90] * 10, [100] * 23)
    assert result.positions == (10, 13)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), min_size=4, max_size=20).filter(
        lambda points: sum(right + wrong for right, wrong in points) > 0
    )
)
def test_levels_follow_each_other_without_gaps_and_arrays_are_as_good_as_lists(points):
    n = [max(1, right + wrong) for right, wrong in points]
    passes = [right for right, _ in points]
    result = change_points_in_shares(passes, n)
    assert [0, *result.positions] == [segment.start for segment in result.segments]
    assert [*result.positions, len(n)] == [segment.stop for segment in result.segments]
    assert sum(segment.passes for segment in result.segments) == sum(passes)
    for segment in result.segments:
        assert segment.stop - segment.start >= 2
        assert segment.low - 1e-12 <= segment.share <= segment.high + 1e-12
    assert result == change_points_in_shares(np.array(passes), np.array(n))


def test_one_level_is_said_to_be_one():
    result = change_points_in_shares([40, 42, 41, 39], [50] * 4)
    assert result.sentence.startswith("One level explains all 4 points: 81.0%.")
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
        ([1, 2.5, 1, 1], [3, 3, 3, 3], "passes of point 1 is a count"),
        ([1, 2, 1, 1], [3, 3, None, 3], "size of point 2 is a count"),
        ([1] * 367, [2] * 367, "367 points are more than 366"),
    ],
)
def test_bad_input_is_refused(passes, n, complaint):
    with pytest.raises(ValueError, match=complaint):
        change_points_in_shares(passes, n)
    with pytest.raises(ValueError, match=r"between 0 and 0\.5"):
        change_points_in_shares([1] * 4, [2] * 4, false_alarm=0.5)
