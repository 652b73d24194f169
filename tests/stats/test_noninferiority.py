"""No worse than before: published values, and error rates summed up over all outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multinomial

from evalfirst.stats import (
    drop_p_value,
    drop_power,
    drop_sample_size,
    largest_drop,
    mcnemar,
    mcnemar_power,
    noninferiority_p,
)


def test_tangos_own_example_of_44_patients():
    # one of 44 got worse, drop of 0.1: z = 1.709
    assert noninferiority_p(44, better=0, worse=1, drop=0.1) == pytest.approx(0.0437, abs=1e-4)


def test_with_no_drop_to_exclude_it_is_mcnemars_test():
    result = mcnemar(better=16, worse=6)
    assert noninferiority_p(161, 16, 6, drop=1e-9) == pytest.approx(
        result.chi_square_p / 2, rel=1e-6
    )


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (3, 3), (0, 9), (12, 1), (30, 20)])
def test_the_largest_drop_is_where_the_test_no_longer_excludes(better, worse):
    most = largest_drop(100, better, worse)
    assert (worse - better) / 100 < most < 1
    if most > 0:
        assert noninferiority_p(100, better, worse, most + 1e-4) < 0.05
        assert noninferiority_p(100, better, worse, most - 1e-4) > 0.05


def test_a_clear_rise_excludes_every_drop():
    assert largest_drop(100, better=30, worse=2) < 0


@pytest.mark.parametrize("n", [1, 5, 20])
def test_when_everything_got_worse_no_drop_is_excluded(n):
    assert largest_drop(n, better=0, worse=n) == 1.0


def test_the_p_value_of_a_drop_is_half_the_exact_two_sided_one():
    assert drop_p_value(better=6, worse=16) == pytest.approx(mcnemar(6, 16).exact_p / 2)
    assert drop_p_value(better=0, worse=0) == 1.0


def test_the_power_agrees_with_the_two_sided_test_at_twice_the_level():
    two_sided = mcnemar_power(200, better=0.05, worse=0.15, alpha=0.10, exact=True)
    assert drop_power(200, 0.1, changed=0.2, alpha=0.05) == pytest.approx(two_sided, abs=1e-6)


@pytest.mark.parametrize("changed", [0.1, 0.15, 0.3, 0.6])
def test_the_sample_size_has_the_power_it_promises_and_three_quarters_of_it_has_not(changed):
    n = drop_sample_size(0.1, changed)
    assert drop_power(n, 0.1, changed) >= 0.8
    assert drop_power(3 * n // 4, 0.1, changed) < 0.8


@pytest.mark.parametrize("n", [10, 25, 44, 80, 150])
@pytest.mark.parametrize("drop", [0.05, 0.1, 0.2])
def test_a_true_drop_is_excluded_by_mistake_about_as_often_as_promised(n, drop):
    better, worse = np.array([(b, w) for b in range(n + 1) for w in range(n + 1 - b)]).T
    excluded = np.array(
        [noninferiority_p(n, b, w, drop) <= 0.05 for b, w in zip(better, worse, strict=True)]
    )
    counts = np.stack([better, worse, n - better - worse], axis=-1)
    for changed in np.linspace(drop, 0.5, 5):
        shares = [(changed - drop) / 2, (changed + drop) / 2, 1 - changed]
        mistaken = multinomial.pmf(counts, n, shares)[excluded].sum()
        assert mistaken <= 0.09


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drop_p_value(-1, 2), "counts start at 0"),
        (lambda: noninferiority_p(0, 0, 0, 0.1), "at least one example"),
        (lambda: noninferiority_p(5, 3, 3, 0.1), "of 5 examples at most 5 change"),
        (lambda: noninferiority_p(5, 0, 0, 1.0), "drop must be between 0 and 1"),
        (lambda: largest_drop(5, 0, 0, confidence=95), "confidence must be between"),
        (lambda: drop_power(10, 0.3, changed=0.2), "changed = 0.2 is not between drop = 0.3"),
        (lambda: drop_sample_size(0.1, changed=0.2, alpha=0.6), "alpha must be between 0 and 0.5"),
        (lambda: noninferiority_p(10, 1.5, 2, 0.1), r"better is a count, a whole number, got 1\.5"),
        (lambda: drop_sample_size(0.1, changed=1.2), "at most everything"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
