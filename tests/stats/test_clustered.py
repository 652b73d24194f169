"""Intervals over grouped examples know of the groups."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS

from evalfirst.stats import clopper_pearson, clustered_difference, clustered_mean, paired_scores
from evalfirst.stats.clustered import _standard_error

groups_of_answers = st.lists(
    st.lists(st.booleans(), min_size=1, max_size=8), min_size=2, max_size=25
)


def flat(groups):
    values = [float(value) for group in groups for value in group]
    return values, [name for name, group in enumerate(groups) for _ in group]


def by_statsmodels(values, groups):
    fitted = OLS(np.asarray(values, float), np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.asarray(groups), "use_correction": True}
    )
    return float(fitted.bse[0])


def by_matrices(y, groups):
    """Bell and McCaffrey's estimator for any regression, written out, for a constant alone."""
    n, ones = len(y), np.ones((len(y), 1))
    hat = ones @ ones.T / n
    residuals = y - y.mean()
    variance, vectors = 0.0, []
    for name in np.unique(groups):
        own = groups == name
        values, axes = np.linalg.eigh(np.eye(own.sum()) - hat[np.ix_(own, own)])
        root = axes @ np.diag(values**-0.5) @ axes.T
        weights = root @ ones[own, 0] / n
        variance += float(weights @ residuals[own]) ** 2
        vectors.append((np.eye(n) - hat)[:, own] @ weights)
    spread = np.array(vectors) @ np.array(vectors).T
    return math.sqrt(variance), np.trace(spread) ** 2 / np.trace(spread @ spread)


def test_the_standard_error_and_its_degrees_of_freedom_are_those_of_the_matrices():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(12), rng.integers(1, 15, 12))
    y = rng.normal(size=len(groups)) + 0.3 * groups
    ours = _standard_error(y, groups)
    assert ours == pytest.approx(by_matrices(y, groups), rel=1e-9)
    assert ours[1] < 11


def test_with_groups_of_one_size_it_is_the_usual_one_with_one_degree_less_than_groups():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(25), 8)
    y = rng.normal(size=200) + 0.1 * groups
    error, freedom = _standard_error(y, groups)
    assert error == pytest.approx(by_statsmodels(y, groups), rel=1e-9)
    assert freedom == pytest.approx(24)


def test_separate_examples_have_the_plain_standard_error_and_no_design_effect():
    rng = np.random.default_rng(3)
    values = rng.normal(size=40)
    result = clustered_mean(values, range(40))
    assert result.standard_error == pytest.approx(values.std(ddof=1) / math.sqrt(40))
    assert result.design_effect == pytest.approx(1)


def test_memory_does_not_grow_with_the_square_of_the_number_of_groups():
    # a cell for each pair of groups would take 80 GB
    groups = np.arange(200_000) // 2
    result = clustered_mean(groups % 5 > 0, groups.tolist())
    assert result.mean == pytest.approx(0.8)
    assert result.design_effect == pytest.approx(2, rel=1e-4)


def test_copies_of_an_example_add_nothing():
    once = [1, 0, 1, 1, 0, 1, 1, 1, 0, 1] * 3
    groups = list(range(30))
    single = clustered_mean(once, groups)
    copied = clustered_mean(once * 4, groups * 4)
    assert copied.standard_error == pytest.approx(single.standard_error)
    assert (copied.low, copied.high) == pytest.approx((single.low, single.high))
    assert copied.n / copied.design_effect == pytest.approx(30, rel=0.03)


@settings(max_examples=60)
@given(groups_of_answers)
def test_the_interval_of_a_share_holds_it_within_0_and_1_and_mirrors_for_wrong_answers(groups):
    values, names = flat(groups)
    right = clustered_mean(values, names)
    wrong = clustered_mean([1 - value for value in values], names)
    assert wrong.mean == pytest.approx(1 - right.mean)
    if math.isnan(right.low):
        assert math.isnan(wrong.low)
        assert "same mean" in right.caution
    else:
        assert 0 <= right.low <= right.mean + 1e-12
        assert right.mean - 1e-12 <= right.high <= 1
        assert (wrong.low, wrong.high) == pytest.approx((1 - right.high, 1 - right.low), abs=1e-9)
        wide = clustered_mean(values, names, confidence=0.99)
        assert wide.low <= right.low
        assert right.high <= wide.high


def test_the_order_of_examples_and_the_names_of_groups_do_not_matter():
    rng = np.random.default_rng(4)
    values, names = rng.integers(0, 2, 60), rng.integers(0, 12, 60)
    order = rng.permutation(60)
    shuffled = clustered_mean(values[order], [f"article {names[i]}" for i in order])
    plain = clustered_mean(values, names)
    assert (shuffled.low, shuffled.high) == pytest.approx((plain.low, plain.high))


def test_all_right_counts_each_group_once():
    result = clustered_mean([True] * 60, [i // 3 for i in range(60)])
    assert (result.low, result.high) == clopper_pearson(20, 20)
    assert "each of the 20 groups once" in result.caution


@pytest.mark.parametrize(
    ("values", "groups", "why"),
    [
        ([1], ["a"], "all examples are of one group"),
        ([1, 1, 1], ["a"] * 3, "all examples are of one group"),
        ([1, 0, 1], ["a"] * 3, "all examples are of one group"),
        ([1, 0, 1, 0], ["a", "a", "b", "b"], "every group has the same mean"),
        ([0.3, 0.3], ["a", "b"], "every group has the same mean"),
    ],
)
def test_what_cannot_be_known_is_nan_with_a_reason(values, groups, why):
    result = clustered_mean(values, groups)
    assert math.isnan(result.low)
    assert math.isnan(result.high)
    assert math.isnan(result.standard_error)
    assert why in result.caution
    assert "without an interval" in result.sentence


def test_few_groups_are_flagged_with_what_was_measured():
    rng = np.random.default_rng(2)
    values, groups = rng.integers(0, 2, 60).tolist(), [i % 9 for i in range(60)]
    caution = clustered_mean(values, groups).caution
    assert "in simulations with 8, " in caution
    assert "held the truth in 96% to 99% of cases" in caution
    change = clustered_difference(values, values[::-1], groups)
    assert "9 groups are few; in simulations with 8, " in change.sentence()
    assert clustered_mean(values, [i % 20 for i in range(60)]).caution == ""


def test_a_share_reads_as_percent_and_a_score_as_a_number():
    groups = [i // 2 for i in range(40)]
    assert "40 examples in 20 groups: 52.5%, 95% interval" in (
        clustered_mean([1, 0] * 19 + [1, 1], groups).sentence
    )
    scores = clustered_mean([2, 3, 2, 3] * 9 + [2, 4, 2, 3], groups)
    assert scores.sentence == (
        "40 examples in 20 groups: 2.52, 95% interval 2.47 to 2.58. The groups differ no more "
        "than separate examples would."
    )
    alike = clustered_mean([1, 1, 0, 0, 1, 1, 1, 1] * 5, groups)
    assert alike.sentence.endswith("They know as much as 19 separate ones.")


def test_a_score_between_0_and_1_has_an_interval_between_0_and_1():
    result = clustered_mean([1.0] * 18 + [0.9, 0.4], [i // 2 for i in range(20)])
    assert 0 < result.low < result.mean < result.high < 1
    assert result.kind == "score"


def test_a_difference_is_that_of_the_pairs():
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 2, 90), rng.integers(0, 2, 90)
    groups = [i // 3 for i in range(90)]
    change = clustered_difference(before, after, groups)
    assert change.effect == pytest.approx((after - before).mean())
    assert (change.better, change.worse) == ((after > before).sum(), (after < before).sum())
    back = clustered_difference(after, before, groups)
    assert (back.low, back.high) == pytest.approx((-change.high, -change.low))
    assert back.p_value == pytest.approx(change.p_value)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_the_interval_leaves_out_no_difference_where_p_is_below_five_percent(seed):
    rng = np.random.default_rng(seed)
    change = rng.normal(0.25, 1, 60)
    result = clustered_difference(np.zeros(60), change, rng.integers(0, 15, 60))
    assert result.clear == (result.p_value < 0.05)


def test_separate_examples_give_about_what_the_bootstrap_gives():
    rng = np.random.default_rng(5)
    before, after = rng.normal(size=80), rng.normal(0.4, size=80)
    grouped = clustered_difference(before, after, range(80))
    plain = paired_scores(before, after)
    assert (grouped.low, grouped.high) == pytest.approx((plain.low, plain.high), abs=0.04)


@pytest.mark.parametrize(
    ("before", "after", "groups", "why"),
    [
        ([1, 0], [1, 0], ["a", "b"], "every group changed by the same amount"),
        ([0, 0], [1, 1], ["a", "b"], "every group changed by the same amount"),
        ([0, 1], [1, 1], ["a", "a"], "all examples are of one group"),
    ],
)
def test_a_difference_that_cannot_be_judged_gives_no_verdict_and_says_why(
    before, after, groups, why
):
    result = clustered_difference(before, after, groups)
    assert math.isnan(result.low)
    assert math.isnan(result.p_value)
    assert "no verdict" in result.sentence()
    assert why in result.sentence()


@pytest.mark.parametrize(
    ("values", "groups", "complaint"),
    [
        ([], [], "no values"),
        ([1], ["a", "b"], "1 values but 2 groups"),
        ([1, math.nan], ["a", "b"], "number 1 .* is nan"),
        ([1, 0], ["a", None], "clusters: entry 1"),
        ([[1], [0]], ["a", "b"], "flat sequence"),
    ],
)
def test_bad_input_is_refused(values, groups, complaint):
    with pytest.raises(ValueError, match=complaint):
        clustered_mean(values, groups)
    with pytest.raises(ValueError, match="between 0 and 1"):
        clustered_mean([1, 0], ["a", "b"], confidence=95)
    with pytest.raises(ValueError, match="between 0 and 1"):
        clustered_difference([1, 0], [1, 1], ["a", "b"], confidence=95)
    with pytest.raises(ValueError, match="2 values before but 1 after"):
        clustered_difference([1, 0], [1], ["a", "b"])
