"""A judge sharpens the labels, and a useless one does no harm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalfirst.stats import prediction_powered_mean, wilson


def drawn(rng, n, share=0.8, tpr=0.92, tnr=0.88):
    truth = rng.random(n) < share
    judged = np.where(truth, rng.random(n) < tpr, rng.random(n) > tnr)
    return truth.astype(int).tolist(), judged.astype(int).tolist()


def test_the_estimate_is_the_papers_formula():
    rng = np.random.default_rng(1)
    y, f = drawn(rng, 100)
    g = drawn(rng, 400)[1]
    result = prediction_powered_mean(y, f, g)
    every = np.array([*f, *g])
    weight = np.cov(y, f)[0, 1] / ((1 + 100 / 400) * every.var(ddof=1))
    assert result.weight == pytest.approx(weight)
    expected = weight * np.mean(g) + np.mean(np.array(y) - weight * np.array(f))
    assert result.mean == pytest.approx(expected)


def test_a_good_judge_narrows_the_interval_and_a_useless_one_does_not_widen_it():
    rng = np.random.default_rng(2)
    y, f = drawn(rng, 100, tpr=0.97, tnr=0.97)
    good = prediction_powered_mean(y, f, drawn(rng, 2000, tpr=0.97, tnr=0.97)[1])
    low, high = wilson(sum(y), 100)
    assert good.high - good.low < 0.6 * (high - low)
    assert good.saved > 200
    coin = rng.integers(0, 2, 2100).tolist()
    useless = prediction_powered_mean(y, coin[:100], coin[100:])
    assert useless.weight < 0.15
    assert useless.high - useless.low < 1.1 * (high - low)


def test_a_judge_that_always_passes_leaves_the_labels_alone():
    y = [1] * 40 + [0] * 10
    result = prediction_powered_mean(y, [1] * 50, [1] * 500)
    assert (result.weight, result.mean, result.saved) == (0, 0.8, 0)
    assert "adds nothing" in result.sentence


def test_all_right_falls_back_on_what_the_labels_say():
    result = prediction_powered_mean([1] * 50, [1] * 50, [1] * 100)
    assert (result.low, result.high) == wilson(50, 50)


def test_a_biased_judge_is_corrected():
    rng = np.random.default_rng(4)
    estimates = [
        prediction_powered_mean(
            *drawn(rng, 100, tpr=0.99, tnr=0.5), drawn(rng, 400, tpr=0.99, tnr=0.5)[1]
        ).mean
        for _ in range(200)
    ]
    assert np.mean(estimates) == pytest.approx(0.8, abs=0.01)


def test_scores_that_are_no_shares_have_a_symmetric_interval():
    rng = np.random.default_rng(5)
    y = rng.normal(3, 1, 60)
    f, g = y + rng.normal(0, 0.5, 60), rng.normal(3, 1.1, 500)
    result = prediction_powered_mean(y.tolist(), f.tolist(), g.tolist())
    assert result.mean - result.low == pytest.approx(result.high - result.mean)
    assert "fewer than 100 labels" in result.caution
    assert f"{result.mean:.3g}, 95% interval" in result.sentence
    assert "%" not in result.sentence.split("(")[1].split(")")[0]
    many = prediction_powered_mean([*y, *y], [*f, *f], g.tolist())
    assert many.caution == ""


def test_labels_that_are_all_alike_are_no_certainty():
    judged = [1] * 28 + [0] * 12
    shares = prediction_powered_mean([1] * 40, judged, judged)
    assert (shares.low, shares.high) == wilson(40, 40)
    assert "all labels are alike" in shares.sentence
    scores = prediction_powered_mean([3.0] * 40, judged, judged)
    assert math.isnan(scores.low)
    assert "3, without an interval" in scores.sentence


def test_an_estimate_beyond_the_scale_is_moved_to_its_end_and_stays_in_its_interval():
    # nearly all labels pass, and the judge passes far more of the others than of the labelled
    result = prediction_powered_mean([1] * 38 + [0] * 2, [1] * 30 + [0] * 10, [1] * 400)
    assert result.mean == result.high == 1
    assert result.low == wilson(38, 40)[0]


verdicts = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=30, max_size=80)


@given(verdicts, st.lists(st.booleans(), min_size=1, max_size=80))
def test_the_estimate_lies_in_its_interval_and_counting_fails_mirrors_it(pairs, others):
    y, f = [one for one, _ in pairs], [other for _, other in pairs]
    result = prediction_powered_mean(y, f, others)
    assert 0 <= result.low <= result.mean <= result.high <= 1
    assert result.low < result.high
    assert 0 <= result.weight <= 1
    mirrored = prediction_powered_mean(
        [not x for x in y], [not x for x in f], [not x for x in others]
    )
    assert (mirrored.low, mirrored.mean, mirrored.high) == (
        pytest.approx(1 - result.high, abs=1e-9),
        pytest.approx(1 - result.mean, abs=1e-9),
        pytest.approx(1 - result.low, abs=1e-9),
    )


@given(verdicts, st.lists(st.booleans(), min_size=5, max_size=80))
def test_the_weight_is_the_one_with_the_smallest_variance(pairs, others):
    y, f = (np.array(values, float) for values in zip(*pairs, strict=True))
    g = np.array(others, float)
    every = np.concatenate([f, g]).var(ddof=1)
    assume(every > 0)
    best = prediction_powered_mean(y, f, g).weight

    def variance(weight):
        judge = weight**2 * every * (1 / len(g) + 1 / len(y))
        return judge - 2 * weight * np.cov(y, f)[0, 1] / len(y)

    for other in (0, 0.25, 0.5, 0.75, 1):
        assert variance(best) <= variance(other) + 1e-12


@pytest.mark.parametrize(
    ("labels", "judged", "others", "complaint"),
    [
        ([1] * 29, [1] * 29, [1], "29 labels are too few"),
        ([1] * 30, [1] * 31, [1], "30 labels but 31 verdicts"),
        ([1] * 30, [1] * 30, [], "no item is without a label"),
        ([1] * 30, [math.nan] * 30, [1], r"judged: number 0 .* is nan"),
        ([1] * 30, [1] * 30, [1, None], "judged_only: number 1"),
    ],
)
def test_bad_input_is_refused(labels, judged, others, complaint):
    with pytest.raises(ValueError, match=complaint):
        prediction_powered_mean(labels, judged, others)
    with pytest.raises(ValueError, match=r"such as 0\.95, got 95"):
        prediction_powered_mean([1] * 30, [1] * 30, [1], confidence=95)
