"""Noise between examples and noise within one are told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.stats import (
    paired_minimum_effect,
    paired_sample_size,
    paired_variance_parts,
    variance_parts,
)
from evalfirst.stats.variance_components import FEW_ITEMS, MEASURED_COVERAGE


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


def test_they_are_the_mean_squares_of_the_analysis_of_variance():
    scores = np.array(simulated(np.random.default_rng(6), 30, 3)[0], dtype=float)
    parts = variance_parts(scores.tolist())
    means = scores.mean(axis=1)
    between_items = 3 * ((means - means.mean()) ** 2).sum() / 29
    within_items = ((scores - means[:, None]) ** 2).sum() / 60
    assert parts.within == pytest.approx(within_items)
    assert parts.between == pytest.approx((between_items - within_items) / 3)


def test_the_interval_comes_from_leaving_out_each_example():
    scores = simulated(np.random.default_rng(7), 60, 3)[0]
    whole = variance_parts(scores)
    others = [variance_parts(scores[:i] + scores[i + 1 :]).between for i in range(60)]
    error = math.sqrt(59 / 60 * np.square(np.array(others) - np.mean(others)).sum())
    reach = 2.000995 * error  # Student's t, 59 degrees of freedom
    assert whole.between_low == pytest.approx(max(0, whole.between - reach), abs=1e-6)
    further = min(reach, reach**2 / (4 * whole.between))
    assert whole.between_high == pytest.approx(whole.between + reach + further, abs=1e-6)


@pytest.mark.parametrize("repeats", [2, 5])
def test_from_fifty_examples_on_their_intervals_cover_what_they_promise(repeats):
    rng = np.random.default_rng(2)
    between, within = 4 / (25 * 6), 4 / (5 * 6)
    found = [variance_parts(simulated(rng, 50, repeats)[0]) for _ in range(600)]
    assert np.mean([p.between_low <= between <= p.between_high for p in found]) >= 0.92
    assert 0.92 <= np.mean([p.within_low <= within <= p.within_high for p in found]) <= 0.98


def test_few_examples_are_flagged_with_what_was_measured():
    scores = simulated(np.random.default_rng(5), 25, 3)[0]
    caution = variance_parts(scores).caution
    assert "in simulations with 20" in caution
    assert "held the truth in 90% to 100% of cases" in caution
    assert "Caution: 25 examples are few" in variance_parts(scores).sentence
    assert variance_parts(scores * 2).caution == ""


def drawn(rng, kind, items, repeats):
    """Return scores, their variance between examples, and that within."""
    if kind[0] == "normal":
        scores = rng.normal(0, kind[1], (items, 1)) + rng.normal(0, 1, (items, repeats))
        return scores.tolist(), kind[1] ** 2, 1.0
    _, a, b = kind
    between = a * b / ((a + b) ** 2 * (a + b + 1))
    return simulated(rng, items, repeats, a, b)[0], between, a * b / ((a + b) * (a + b + 1))


KINDS = (
    *(("beta", 4, 1), ("beta", 0.8, 0.2), ("beta", 40, 10), ("beta", 2, 2)),
    *(("normal", 0.5), ("normal", 2)),
)


@pytest.mark.slow
@pytest.mark.parametrize("items", [*MEASURED_COVERAGE, FEW_ITEMS])
def test_the_coverage_that_cautions_tell_is_found_again(items):
    lowest, highest = MEASURED_COVERAGE.get(items, (0.93, 0.99))
    rng, shares = np.random.default_rng(items), []
    for kind in KINDS:
        for repeats in (2, 5):
            held = []
            for _ in range(1000):
                scores, truth, _ = drawn(rng, kind, items, repeats)
                parts = variance_parts(scores)
                if not math.isnan(parts.between_low):
                    held.append(parts.between_low <= truth <= parts.between_high)
            shares.append(np.mean(held))
    chance = 3 * (0.1 * 0.9 / 1000) ** 0.5
    assert min(shares) == pytest.approx(lowest, abs=chance)
    assert max(shares) == pytest.approx(highest, abs=chance)


def test_they_sum_up_to_the_variance_of_one_score():
    scores, _ = simulated(np.random.default_rng(3), 2000, 5)
    parts = variance_parts(scores)
    single = np.array(scores)[:, 0].var(ddof=1)
    assert parts.between + parts.within == pytest.approx(single, rel=0.05)
    assert parts.standard_error(repeats=1) == pytest.approx(math.sqrt(single / 2000), rel=0.03)


def test_at_hand_the_standard_error_is_that_of_the_examples_means():
    scores = np.array(simulated(np.random.default_rng(8), 80, 4)[0])
    means = scores.mean(axis=1)
    error = means.std(ddof=1) / math.sqrt(80)
    assert variance_parts(scores.tolist()).standard_error() == pytest.approx(error)


def test_temperature_zero_has_no_noise_within_and_no_interval_that_reads_as_certainty():
    parts = variance_parts([[1, 1], [0, 0], [1, 1]] * 20)
    assert parts.within == 0
    assert math.isnan(parts.within_low)
    assert math.isnan(parts.within_high)
    assert "no score changed" in parts.caution
    assert "Asking every example twice as often narrows the interval by 0%" in parts.sentence
    assert "by 29%. Asking each example once is enough." in parts.sentence


def test_scores_that_are_all_alike_say_nothing_about_either():
    parts = variance_parts([[0.1, 0.1, 0.1]] * 60)
    assert (parts.between, parts.within) == (0, 0)
    assert math.isnan(parts.between_high)
    assert parts.sentence.startswith("All scores are alike")


def test_pure_chance_has_no_variance_between():
    rng = np.random.default_rng(4)
    parts = variance_parts(rng.integers(0, 2, (300, 8)).tolist())
    assert parts.between < 0.01
    assert parts.within == pytest.approx(0.25, abs=0.01)
    alike = variance_parts([[0, 1], [1, 0]] * 30)
    assert alike.repeats_that_pay == math.inf
    assert "worth nearly as much as new examples" in alike.sentence


def test_from_the_repeats_that_pay_on_endless_repeats_would_gain_at_most_a_twentieth():
    parts = variance_parts(simulated(np.random.default_rng(9))[0])
    enough, endless = parts.repeats_that_pay, parts.standard_error(repeats=10**9)
    assert parts.standard_error(repeats=enough) <= 1.05 * endless
    assert parts.standard_error(repeats=enough - 1) > 1.05 * endless
    assert f"More than {enough} answers to each example do not pay" in parts.sentence


def test_one_repeat_is_nan_with_a_reason():
    parts = variance_parts([[1], [0]] * 10)
    assert math.isnan(parts.between)
    assert math.isnan(parts.within_high)
    assert math.isnan(parts.repeats_that_pay)
    assert "asked once" in parts.caution
    assert parts.sentence.startswith("No advice")


def test_a_pair_of_versions_gives_what_the_sample_size_asks_for():
    rng = np.random.default_rng(10)
    items, repeats = 3000, 4
    talent, change = rng.normal(0, 2, items), rng.normal(0.1, 0.6, items)
    before = talent[:, None] + rng.normal(0, 1, (items, repeats))
    after = (talent + change)[:, None] + rng.normal(0, 1, (items, repeats))
    parts = paired_variance_parts(before.tolist(), after.tolist())
    assert parts.between == pytest.approx(0.36, rel=0.1)
    assert parts.within == pytest.approx(1, rel=0.05)
    # what differs between examples in both versions alike does not count
    assert variance_parts(before.tolist()).between == pytest.approx(4, rel=0.1)
    difference = after.mean(axis=1) - before.mean(axis=1)
    error = difference.std(ddof=1) / math.sqrt(items)
    assert parts.standard_error() == pytest.approx(error)
    settings = {"omega_squared": parts.between, "sigma_squared": parts.within}
    smallest = paired_minimum_effect(items, samples=repeats, **settings)
    assert smallest == pytest.approx(2.80159 * error, rel=1e-4)
    more = paired_sample_size(0.05, samples=4 * repeats, **settings)
    assert more < paired_sample_size(0.05, samples=repeats, **settings)


rows = st.integers(10, 40).flatmap(
    lambda n: st.lists(
        st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=3, max_size=3),
        min_size=n,
        max_size=n,
    )
)


@settings(max_examples=60)
@given(rows, st.floats(-5, 5).map(lambda x: round(x, 2)))
def test_the_parts_lie_in_their_intervals_and_a_shift_changes_nothing(scores, shift):
    parts = variance_parts(scores)
    assert parts.between >= 0
    assert math.isnan(parts.between_low) or (
        0 <= parts.between_low <= parts.between <= parts.between_high
    )
    assert math.isnan(parts.within_low) or (
        0 < parts.within_low <= parts.within <= parts.within_high
    )
    moved = variance_parts([[score + shift for score in row] for row in scores])
    assert moved.between == pytest.approx(parts.between, rel=1e-6, abs=1e-6)
    assert moved.within == pytest.approx(parts.within, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("scores", "complaint"),
    [
        ([[1, 0]] * 9, "scores: 9 examples are too few"),
        ([[1, 0]] * 10 + [[1]], "same number of scores"),
        ([[1, 0]] * 9 + [[1, math.nan]], "scores, example 9: number 1 .* is nan"),
        ([[]] * 10, "same number of scores"),
        ([["a", "b"]] * 10, "no number"),
    ],
)
def test_bad_input_is_refused(scores, complaint):
    with pytest.raises(ValueError, match=complaint):
        variance_parts(scores)


def test_other_senseless_input_is_refused_in_words():
    good = [[1, 0], [0, 1]] * 10
    with pytest.raises(ValueError, match=r"such as 0\.95, got 95"):
        variance_parts(good, confidence=95)
    with pytest.raises(ValueError, match="at least one example once"):
        variance_parts(good).standard_error(items=0)
    with pytest.raises(ValueError, match="repeats is a count"):
        variance_parts(good).standard_error(repeats=1.5)
    with pytest.raises(ValueError, match="20 examples with 2 scores before, but 10 with 2 after"):
        paired_variance_parts(good, good[:10])
