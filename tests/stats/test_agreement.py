"""Agreement against published values, and what it refuses."""

from __future__ import annotations

import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.stats import cohen_kappa, krippendorff_alpha
from evalfirst.stats.agreement import _alpha, _drawn_alpha

N = None
# Krippendorff's data 'C': four observers, twelve units
DATA_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]


def labels(table):
    pairs = [(i, j) for i in (0, 1) for j in (0, 1) for _ in range(table[i][j])]
    return [i for i, _ in pairs], [j for _, j in pairs]


@pytest.mark.parametrize(
    ("table", "kappa"), [([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)]
)
def test_kappa_reproduces_the_textbook(table, kappa):
    result = cohen_kappa(*labels(table))
    assert round(result.value, 4) == kappa
    assert result.low < kappa < result.high


@pytest.mark.parametrize(
    ("level", "alpha"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_reproduces_krippendorffs_data_c(level, alpha):
    result = krippendorff_alpha(DATA_C, level, resamples=200)
    assert round(result.value, 3) == alpha
    assert result.low < alpha < result.high
    assert result.items == 11


def test_the_same_seed_gives_the_same_interval_and_more_items_a_narrower_one():
    few, many = labels([[9, 3], [5, 3]]), labels([[90, 30], [50, 30]])
    assert cohen_kappa(*few, seed=4) == cohen_kappa(*few, seed=4)
    narrow, wide = cohen_kappa(*many), cohen_kappa(*few)
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cohen_kappa([1], [1, 2]), "1 labels of the first labeller but 2"),
        (lambda: cohen_kappa([1, 2], [1, 2]), "2 items with two labels are too few"),
        (lambda: cohen_kappa([1] * 20, [1] * 20), "only one label is in use"),
        (lambda: cohen_kappa([1, None] * 20, [1, 2] * 20), "first labeller: entry 1 .* missing"),
        (lambda: cohen_kappa([1, 2] * 20, [math.nan, 2] * 20), "second labeller: entry 0"),
        (lambda: cohen_kappa([1, 2] * 20, [1, 2] * 20, resamples=50), "fewer than 200 resamples"),
        (lambda: krippendorff_alpha(DATA_C, "cardinal"), "nominal, ordinal, .* got 'cardinal'"),
        (lambda: krippendorff_alpha([["a", "b"] * 9] * 2, "ordinal"), "at the ordinal level"),
        (lambda: krippendorff_alpha([[1, math.inf] * 9] * 2, "interval"), "a finite number"),
        (lambda: krippendorff_alpha([[-1, 1] * 9] * 2, "ratio"), "no label is below 0"),
        (lambda: krippendorff_alpha([[1, 2]]), "at least two labellers"),
        (lambda: krippendorff_alpha([[1, 2], [1]]), "one entry per item"),
        (lambda: krippendorff_alpha(DATA_C, confidence=95), "such as 0.95, got 95"),
    ],
)
def test_senseless_or_too_little_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_labellers_who_always_agree_are_no_proof_that_they_always_will():
    labels_of_both = ["good"] * 15 + ["bad"] * 5
    kappa = cohen_kappa(labels_of_both, labels_of_both)
    alpha = krippendorff_alpha([labels_of_both] * 3)
    for result in (kappa, alpha):
        assert result.value == result.high == 1
        assert 0.3 < result.low < 0.9


def test_a_label_that_came_up_once_leaves_a_wide_interval():
    result = cohen_kappa(["good"] * 20, ["good"] * 19 + ["bad"])
    assert result.value == 0
    assert result.high - result.low > 0.5


def test_few_items_are_flagged_with_what_was_measured():
    few, many = labels([[9, 3], [5, 3]]), labels([[90, 30], [50, 30]])
    assert "20 items are few" in cohen_kappa(*few).caution
    assert "90% to 97%" in krippendorff_alpha(few).caution
    assert cohen_kappa(*many).caution == krippendorff_alpha(many).caution == ""
    assert cohen_kappa(*many).sentence.startswith(
        "Agreement beyond chance on 200 items: 0.13, 95% interval "
    )
    assert "Caution: 20 items are few" in cohen_kappa(*few).sentence


def test_words_are_labels_as_good_as_numbers_at_the_nominal_level():
    numbers = [[N if x is N else int(x) for x in row] for row in DATA_C]
    words = [[N if x is N else "abcde"[x - 1] for x in row] for row in numbers]
    assert krippendorff_alpha(words) == krippendorff_alpha(numbers)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_without_traces_and_with_equal_weights_a_draw_is_alpha_itself(level):
    data = np.array(DATA_C, dtype=float)
    domain = np.array([1.0, 2, 3, 4, 5])
    counts = (data[:, :, None] == domain).sum(axis=0)
    counts = counts[counts.sum(axis=1) > 1]
    given = counts.sum(axis=1)
    scaled = (counts / (given - 1)[:, None]).T
    coincidences = scaled @ counts - np.diag(scaled.sum(axis=1))
    alpha = float(_alpha(coincidences[None], domain, level)[0])
    n = given.sum()
    # counts know that a label is not compared with itself, weights do not
    published = krippendorff.alpha(
        value_counts=counts, value_domain=domain, level_of_measurement=level
    )
    assert 1 - (1 - alpha) * (n - 1) / n == pytest.approx(published)


def test_the_draws_lie_around_alpha():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 3, 400)
    second = np.where(rng.random(400) < 0.8, first, rng.integers(0, 3, 400))
    counts = (np.array([first, second])[:, :, None] == np.arange(3)).sum(axis=0).astype(float)
    drawn = _drawn_alpha(counts, np.arange(3.0), "nominal", 2000, rng)
    result = krippendorff_alpha([first.tolist(), second.tolist()])
    assert drawn.mean() == pytest.approx(result.value, abs=0.01)


two_labellers = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=10, max_size=60
).filter(lambda pairs: len({label for pair in pairs for label in pair}) > 1)


@settings(max_examples=30)
@given(two_labellers)
def test_the_interval_holds_the_value_and_labellers_may_change_places(pairs):
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    for there, back in (
        (cohen_kappa(first, second), cohen_kappa(second, first)),
        (krippendorff_alpha([first, second]), krippendorff_alpha([second, first])),
    ):
        assert -1 <= there.low <= there.value <= there.high <= 1
        assert there.value == pytest.approx(back.value)
        assert (back.low, back.high) == (
            pytest.approx(there.low, abs=0.1),
            pytest.approx(there.high, abs=0.1),
        )
