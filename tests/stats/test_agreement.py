"""Agreement against published values, and what it refuses."""

from __future__ import annotations

import doctest

import pytest

from evalfirst.stats import agreement, cohen_kappa, krippendorff_alpha

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


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(agreement)
    assert result.attempted > 0
    assert result.failed == 0


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
        (lambda: cohen_kappa([1] * 20, [1] * 19 + [2]), "so rare"),
        (lambda: krippendorff_alpha([[1, 2]]), "at least two labellers"),
        (lambda: krippendorff_alpha([[1, 2], [1]]), "one entry per item"),
        (lambda: krippendorff_alpha(DATA_C, confidence=95), "such as 0.95, got 95"),
    ],
)
def test_senseless_or_too_little_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
