"""A judge sharpens the labels, and a useless one does no harm."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest

from evalfirst.stats import prediction_powered, prediction_powered_mean, wilson


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(prediction_powered)
    assert result.attempted > 0
    assert result.failed == 0


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


@pytest.mark.parametrize(
    ("labels", "judged", "others", "complaint"),
    [
        ([1] * 29, [1] * 29, [1], "29 labels are too few"),
        ([1] * 30, [1] * 31, [1], "30 labels but 31 verdicts"),
        ([1] * 30, [1] * 30, [], "no item is without a label"),
        ([1] * 30, [math.nan] * 30, [1], "must be a number"),
    ],
)
def test_bad_input_is_refused(labels, judged, others, complaint):
    with pytest.raises(ValueError, match=complaint):
        prediction_powered_mean(labels, judged, others)
