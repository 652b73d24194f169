"""The correction of a judge's share, against its definition and its own promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalfirst.stats import calibration, corrected_share, judge_rates, rogan_gladen, wilson
from evalfirst.stats.calibration import JudgeRates


def test_it_reproduces_the_definition():
    assert round(rogan_gladen(0.80, 0.92, 0.88), 4) == 0.85


@given(st.floats(0, 1), st.floats(0.6, 1), st.floats(0.6, 1))
def test_the_correction_undoes_the_judges_errors(share, tpr, tnr):
    observed = share * tpr + (1 - share) * (1 - tnr)
    assert rogan_gladen(observed, tpr, tnr) == pytest.approx(share, abs=1e-9)


def test_rates_come_with_wilson_intervals():
    human = [True] * 80 + [False] * 20
    judge = [True] * 74 + [False] * 6 + [True] * 2 + [False] * 18
    rates = judge_rates(human, judge)
    assert (rates.tpr, rates.tnr) == (0.925, 0.9)
    assert rates.tpr_interval == wilson(74, 80)
    assert rates.tnr_interval == wilson(18, 20)


def test_a_95_percent_interval_covers_with_100_labels_and_50_unlabelled_items():
    rng = np.random.default_rng(7)
    share, tpr, tnr, sets = 0.80, 0.92, 0.88, 3000
    human_passes = rng.binomial(100, share, sets)
    human_fails = 100 - human_passes
    true_passes, true_fails = rng.binomial(human_passes, tpr), rng.binomial(human_fails, tnr)
    passes = rng.binomial(50, share * tpr + (1 - share) * (1 - tnr), sets)
    draws = calibration._draws(
        true_passes, human_passes, true_fails, human_fails, passes, 50, 1000, rng
    )
    low, high = np.nanquantile(draws, [0.025, 0.975], axis=0)
    assert 0.93 <= np.mean((low <= share) & (share <= high)) <= 0.97


@settings(max_examples=25)
@given(st.integers(15, 60), st.integers(15, 60), st.integers(20, 200), st.data())
def test_the_corrected_share_lies_in_its_interval_and_rises_with_the_passes(good, bad, n, data):
    rates = JudgeRates(good - 1, good, bad - 1, bad)
    passes = data.draw(st.integers(1, n))
    fewer, more = (
        corrected_share(rates, count, n, resamples=1000) for count in (passes - 1, passes)
    )
    for result in (fewer, more):
        assert 0 <= result.low <= result.share <= result.high <= 1
        assert result.low < result.high
    assert fewer.share <= more.share
    # a judge that errs alike on both sides sees the mirror image in the fails
    even = JudgeRates(good - 1, good, good - 1, good)
    there = corrected_share(even, passes, n, resamples=4000)
    back = corrected_share(even, n - passes, n, resamples=4000)
    assert back.share == pytest.approx(1 - there.share)
    assert back.low == pytest.approx(1 - there.high, abs=0.05)


@pytest.mark.parametrize("n", [20, 100, 2000])
def test_fewer_passes_than_errors_alone_would_make_is_no_certainty_and_is_flagged(n):
    # this judge passes one in ten fails by mistake, and here it passes nothing
    rates = JudgeRates(45, 50, 45, 50)
    none, all_pass = corrected_share(rates, 0, n), corrected_share(rates, n, n)
    assert none.share == none.low == 0
    assert 0 < none.high < 0.25
    assert all_pass.share == all_pass.high == 1
    assert all_pass.low == pytest.approx(1 - none.high, abs=0.03)
    assert "the judge passes fewer items than its errors alone" in none.sentence
    assert "the judge fails fewer items than its errors alone" in all_pass.sentence
    assert corrected_share(rates, n // 2, n).caution == ""


def test_shares_near_zero_are_covered():
    rng = np.random.default_rng(11)
    share, sets = 0.03, 500
    held = []
    for _ in range(sets):
        rates = JudgeRates(int(rng.binomial(50, 0.92)), 50, int(rng.binomial(50, 0.88)), 50)
        passes = int(rng.binomial(200, share * 0.92 + (1 - share) * 0.12))
        result = corrected_share(rates, passes, 200, resamples=1000)
        held.append(result.low <= share <= result.high)
        assert result.low < result.high
    assert 0.93 <= np.mean(held) <= 0.99


def test_the_same_seed_gives_the_same_interval():
    rates = JudgeRates(74, 80, 18, 20)
    assert corrected_share(rates, 40, 50, seed=3) == corrected_share(rates, 40, 50, seed=3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: judge_rates([True], []), "1 human verdicts but 0"),
        (lambda: judge_rates([2], [True]), "true or false, got 2"),
        (lambda: JudgeRates(50, 50, 3, 3), "3 human fails"),
        (lambda: JudgeRates(51, 50, 20, 20), "51 of 50"),
        (lambda: rogan_gladen(0.8, 0.5, 0.5), "no better than chance"),
        (lambda: rogan_gladen(80, 0.9, 0.9), "observed must be between 0 and 1"),
        (lambda: corrected_share(JudgeRates(74, 80, 18, 20), 3, 3), "too few"),
        (lambda: corrected_share(JudgeRates(74, 80, 18, 20), 51, 50), "within 0 to n"),
        (lambda: corrected_share(JudgeRates(74, 80, 18, 20), 40.5, 50), r"passes is a count"),
        (lambda: corrected_share(JudgeRates(74, 80, 18, 20), 40, 50, resamples=99), "1,000 resam"),
        (lambda: JudgeRates(20.5, 50, 20, 20), "the judge's passes is a count"),
        (lambda: corrected_share(JudgeRates(7, 12, 6, 12), 6, 12), "do not show"),
    ],
)
def test_senseless_or_too_little_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_judge_that_is_always_right_still_has_an_interval_and_says_so():
    result = corrected_share(JudgeRates(80, 80, 20, 20), 50, 50, confidence=0.9)
    assert result.share == result.high == 1
    assert 0.85 < result.low < 0.99
    assert result.sentence.startswith(
        "The judge passes 100.0%. Allowing for its errors, 100.0% pass, 90% interval 9"
    )


@given(st.integers(0, 50), st.integers(15, 20), st.integers(60, 80))
@example(12, 15, 72)  # one pass more, and the share is no longer cut off at 0
def test_the_corrected_share_lies_in_its_interval_and_rises_with_what_the_judge_passes(
    passes, true_fails, true_passes
):
    rates = JudgeRates(true_passes, 80, true_fails, 20)
    result = corrected_share(rates, passes, 50, resamples=1000)
    assert 0 <= result.low <= result.share <= result.high <= 1
    if passes < 50:
        more = corrected_share(rates, passes + 1, 50, resamples=1000)
        assert more.share >= result.share
        assert more.high >= result.high - 0.02
