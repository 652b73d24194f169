"""Paired comparisons against published values, against each other and against their promise."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.stats import (
    mcnemar,
    paired,
    paired_bootstrap,
    paired_interval,
    paired_permutation,
    paired_scores,
    paired_shares,
)

answers = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=80)


def split(pairs):
    return [one for one, _ in pairs], [other for _, other in pairs]


def test_it_reproduces_the_textbook_values_of_mcnemars_test():
    assert mcnemar(121, 59).chi_square == pytest.approx(21.36, abs=5e-3)
    small = mcnemar(16, 6)
    assert small.chi_square == pytest.approx(4.55, abs=5e-3)
    assert small.chi_square_p == pytest.approx(0.033, abs=5e-4)
    assert small.corrected_chi_square == pytest.approx(3.68, abs=5e-3)
    assert small.corrected_p == pytest.approx(0.055, abs=5e-4)
    assert small.mid_p == pytest.approx(0.035, abs=5e-4)
    assert small.exact_p == pytest.approx(0.0525, abs=5e-5)


@pytest.mark.parametrize(
    ("both", "better", "worse", "neither", "low", "high"),
    [
        # Newcombe (1998), table II, method 10
        (36, 12, 2, 0, 0.0569, 0.3404),
        # Cavo et al. (2012) and Bentur et al. (2009), in M. W. Fagerland, S. Lydersen and
        # P. Laake, Statistical Analysis of Contingency Tables (2017), chapter 8
        (59, 6, 16, 80, -0.1186, -0.0046),
        (1, 1, 7, 12, -0.5069, -0.0256),
    ],
)
def test_it_reproduces_published_paired_intervals(both, better, worse, neither, low, high):
    interval = paired_interval(both, better, worse, neither)
    assert interval == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    "shares",
    # both right, better, worse, both wrong
    [
        (0.70, 0.10, 0.10, 0.10),
        (0.72, 0.08, 0.08, 0.12),
        (0.60, 0.20, 0.10, 0.10),
        # few changes, nearly all in one direction: where it is weakest
        (0.49, 0.09, 0.01, 0.41),
    ],
)
def test_at_fifty_examples_the_interval_covers_what_it_promises(shares, monkeypatch):
    # the same few shares come up again and again
    monkeypatch.setattr(paired, "wilson", lru_cache(paired.wilson))
    tables = np.random.default_rng(0).multinomial(50, shares, size=4000)
    seen, times = np.unique(tables, axis=0, return_counts=True)
    low, high = np.array([paired_interval(*map(int, table)) for table in seen]).T
    truth = shares[1] - shares[2]
    covered = times[(low <= truth) & (truth <= high)].sum() / times.sum()
    assert 0.93 <= covered <= 0.97


def test_without_a_difference_mid_p_alarms_no_more_often_than_it_says():
    tables = np.random.default_rng(1).multinomial(50, (0.7, 0.1, 0.1, 0.1), size=4000)
    changes, times = np.unique(tables[:, 1:3], axis=0, return_counts=True)
    p = np.array([mcnemar(int(better), int(worse)).mid_p for better, worse in changes])
    assert 0.02 < times[p <= 0.05].sum() / times.sum() <= 0.055


def test_the_bootstrap_interval_covers_what_it_promises_at_fifty_examples():
    rng = np.random.default_rng(2)
    before = rng.normal(size=(300, 50))
    after = before + 0.3 + rng.normal(size=(300, 50))
    intervals = [paired_bootstrap(b, a, resamples=499) for b, a in zip(before, after, strict=True)]
    covered = np.mean([low <= 0.3 <= high for low, high in intervals])
    assert 0.91 <= covered <= 0.97


@given(answers)
def test_the_interval_holds_the_difference_and_swapping_the_versions_mirrors_all(pairs):
    before, after = split(pairs)
    there, back = paired_shares(before, after), paired_shares(after, before)
    assert -1 <= there.low <= there.effect + 1e-12
    assert there.effect - 1e-12 <= there.high <= 1
    assert (back.effect, back.better, back.worse) == (-there.effect, there.worse, there.better)
    assert (back.low, back.high) == (pytest.approx(-there.high), pytest.approx(-there.low))
    assert back.p_value == pytest.approx(there.p_value)
    assert there.effect == pytest.approx(np.mean(after) - np.mean(before))


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_forms_of_mcnemars_test_stay_in_order(better, worse):
    result = mcnemar(better, worse)
    assert 0 < result.mid_p <= result.exact_p <= 1
    if better + worse:
        assert result.chi_square_p <= result.corrected_p + 1e-12


@settings(max_examples=25)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=10))
def test_all_swaps_of_right_and_wrong_answers_are_mcnemars_exact_test(pairs):
    before, after = split(pairs)
    shares = paired_shares(before, after)
    exact = mcnemar(shares.better, shares.worse).exact_p
    assert paired_permutation(before, after) == pytest.approx(exact)


def test_on_right_and_wrong_answers_bootstrap_and_newcombe_tell_the_same_story():
    before = [1] * 60 + [0] * 6 + [1] * 16 + [0] * 80
    after = [1] * 60 + [1] * 6 + [0] * 16 + [0] * 80
    shares, scores = paired_shares(before, after), paired_scores(before, after)
    assert scores.effect == pytest.approx(shares.effect)
    assert (scores.low, scores.high) == (
        pytest.approx(shares.low, abs=0.01),
        pytest.approx(shares.high, abs=0.01),
    )
    assert scores.p_value == pytest.approx(mcnemar(6, 16).exact_p, abs=0.01)


def test_the_same_seed_gives_the_same_answer_and_another_one_nearly_so():
    rng = np.random.default_rng(3)
    before, after = rng.normal(size=60), rng.normal(0.4, size=60)
    first, again = (paired_scores(before, after) for _ in range(2))
    other = paired_scores(before, after, seed=1)
    assert first == again
    assert first.low != other.low
    assert first.low == pytest.approx(other.low, abs=0.03)


def test_one_example_gives_no_interval_and_says_why():
    for result in (paired_shares([0], [1]), paired_scores([0.2], [0.9])):
        assert math.isnan(result.low)
        assert math.isnan(result.high)
        assert math.isnan(result.p_value)
        assert not result.clear
        assert "no verdict" in result.sentence()
        assert "one example says nothing" in result.sentence()


def test_scores_that_all_move_alike_give_no_interval_instead_of_certainty():
    result = paired_scores([1.0] * 30, [1.1] * 30)
    assert math.isnan(result.low)
    assert "the same amount" in result.sentence()


def test_few_examples_and_few_changes_are_flagged():
    assert "too narrow" in paired_scores([1, 2, 3, 4, 5], [2, 3, 5, 6, 4]).caution
    assert (
        "only 4 of 60 examples differ" in paired_scores([0.0] * 60, [1.0] * 4 + [0.0] * 56).caution
    )
    assert "only 1 example differs" in paired_scores([0.0] * 60, [1.0] + [0.0] * 59).caution
    assert paired_scores([0.0] * 60, [1.0] * 5 + [0.0] * 55).caution == ""
    assert "only 4 examples changed" in paired_shares([0] * 50, [1] * 4 + [0] * 46).caution
    assert "only 1 example changed" in paired_shares([0] * 50, [1] + [0] * 49).caution
    assert "no example changed" in paired_shares([0] * 50, [0] * 50).caution
    assert paired_shares([0] * 50, [1] * 5 + [0] * 45).caution == ""
    assert "has 22: read mid_p" in mcnemar(16, 6).caution
    assert mcnemar(121, 59).caution == ""
    assert mcnemar(0, 0).caution == "no example changed"
    assert math.isnan(mcnemar(0, 0).chi_square_p)


def test_a_clear_gain_a_clear_loss_and_an_open_question_read_differently():
    before, after = [0] * 20 + [1] * 30, [1] * 15 + [0] * 5 + [1] * 30
    assert "Prompt 2 is 30.0 points better than prompt 1" in paired_shares(before, after).sentence(
        "prompt 1", "prompt 2"
    )
    assert "is 30.0 points worse than" in paired_shares(after, before).sentence()
    unsure = paired_shares([1] * 25 + [0] * 25, [1] * 22 + [0] * 3 + [1] * 5 + [0] * 20)
    assert not unsure.clear
    assert "cannot tell the new version from the old version" in unsure.sentence()
    assert "5 got better and 3 got worse" in unsure.sentence()


def test_two_lucky_examples_look_better_and_are_no_clear_gain():
    for result in (paired_shares([0, 0], [1, 1]), paired_scores([1.0, 2.0], [2.0, 4.0])):
        assert result.low > 0
        assert result.p_value >= 0.25
        assert not result.clear
        assert "The new version looks" in result.sentence()
        assert "chance alone may explain it" in result.sentence()


@given(answers)
def test_a_clear_difference_is_one_of_the_interval_and_of_the_test(pairs):
    result = paired_shares(*split(pairs))
    if result.clear:
        assert result.p_value <= 0.05 + 1e-12
        assert (result.low > 0) == (result.effect > 0)
        assert "too few" not in result.caution


@pytest.mark.parametrize("compare", [paired_shares, paired_scores])
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([1, 0], [1], "2 before and 1 after"),
        ([], [], "at least one example, got 0"),
        ([1, 0, 1], [1, math.nan, 1], "example 1 .* missing answer counts as wrong"),
    ],
)
def test_unmatched_and_missing_answers_are_refused_in_words(compare, before, after, words):
    with pytest.raises(ValueError, match=words):
        compare(before, after)


def test_other_senseless_input_is_refused_in_words():
    with pytest.raises(ValueError, match=r"got 0.5: compare scores with paired_scores"):
        paired_shares([1, 0.5], [1, 1])
    with pytest.raises(ValueError, match=r"such as 0.95, got 95"):
        paired_shares([1, 0], [1, 1], 95)
    with pytest.raises(ValueError, match=r"such as 0.95, got 95"):
        paired_bootstrap([1, 0], [1, 1], 95)
    with pytest.raises(ValueError, match="fewer than 99 resamples"):
        paired_scores([1, 0], [1, 1], resamples=10)
    with pytest.raises(ValueError, match="at least 2 examples"):
        paired_permutation([1], [0])
    with pytest.raises(ValueError, match=r"better is a count, a whole number, got 1\.5"):
        mcnemar(1.5, 2)
    with pytest.raises(ValueError, match="both is a count, a whole number, got nan"):
        paired_interval(math.nan, 1, 1, 1)
    with pytest.raises(ValueError, match="better = -1"):
        mcnemar(-1, 3)
    with pytest.raises(ValueError, match="counts start at 0"):
        paired_interval(1, -1, 0, 3)
