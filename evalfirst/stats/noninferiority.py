"""Is the new version no worse? Tests of a drop on the same examples, for a release gate.

A gate asks two questions that are easily taken for one. Was a drop *demonstrated*? That no drop
was demonstrated is no news: a small set never demonstrates anything. So the second: can a drop
that matters be *excluded*? Both are tests of the examples that changed, in one direction.
"""

from __future__ import annotations

import math

from evalfirst.stats.checks import check_confidence, whole


def drop_p_value(better: int, worse: int) -> float:
    """Return how likely at least this many of the changes go down when nothing got worse.

    McNemar's exact test in one direction. Calling a drop demonstrated where this is 0.05 or less
    raises a false alarm in at most 5% of comparisons without a drop, at every size. Assumes
    independent examples.

    Args:
        better: examples wrong before and right after.
        worse: examples right before and wrong after.

    Raises:
        ValueError: a count is below 0 or no whole number.

    Source: Q. McNemar, Psychometrika 12 (1947), 153-157; the binomial distribution, from scipy.

    >>> drop_p_value(better=0, worse=5)
    0.03125
    """
    from scipy.stats import binom

    better, worse = whole("better", better), whole("worse", worse)
    if min(better, worse) < 0:
        raise ValueError(f"counts start at 0, got better = {better} and worse = {worse}")
    return float(binom.sf(worse - 1, better + worse, 0.5))


def noninferiority_p(n: int, better: int, worse: int, drop: float) -> float:
    """Return how likely a result at least as good as this one is if the share fell by `drop`.

    A small value excludes such a drop. Tango's score test: unlike the textbook formula it has a
    value when no example changed. Over 10 to 400 examples, drops of 0.05 to 0.20, and shares of
    changed examples up to 0.5, a value of 0.05 or less came up with a true drop of that size in
    at most 9% of cases (11 examples), and mostly in 4% to 5%. Assumes independent examples.

    Args:
        n: number of examples, at least 1.
        better: examples wrong before and right after.
        worse: examples right before and wrong after.
        drop: between 0 and 1, as a fraction (0.1 is ten percentage points).

    Raises:
        ValueError: an argument is out of range, or more examples changed than there are.

    Source: T. Tango, Statistics in Medicine 17 (1998), 891-908.

    >>> round(noninferiority_p(44, better=0, worse=1, drop=0.1), 3)
    0.044
    """
    from scipy.stats import norm

    _check_counts(n, better, worse)
    _check_between("drop", drop)
    # the likeliest share of improvements if the drop were exactly this large: the larger root of
    # a quadratic, from the derivative of the likelihood
    changed = better + worse
    linear = better * (1 - 3 * drop) + worse * (1 - drop) - 2 * (n - changed) * drop
    constant = better * drop * (1 - drop)
    improved = (linear + math.sqrt(linear**2 + 8 * n * constant)) / (4 * n)
    # improvements, as many regressions and the drop fill at most the whole set
    improved = min(max(improved, 0.0), (1 - drop) / 2)
    spread = math.sqrt(n * (2 * improved + drop * (1 - drop)))
    return float(norm.sf((better - worse + n * drop) / spread))


def largest_drop(n: int, better: int, worse: int, confidence: float = 0.95) -> float:
    """Return the largest drop that still fits the result, as a fraction; below 0 for a rise.

    The upper end of the one-sided interval that belongs to `noninferiority_p`. Assumes
    independent examples.

    Args:
        n: number of examples, at least 1.
        better: examples wrong before and right after.
        worse: examples right before and wrong after.
        confidence: between 0 and 1.

    Raises:
        ValueError: an argument is out of range, or more examples changed than there are.

    Source: T. Tango, Statistics in Medicine 17 (1998), 891-908.

    >>> round(largest_drop(100, better=3, worse=3), 3)
    0.047
    """
    from scipy.optimize import brentq

    _check_counts(n, better, worse)
    check_confidence(confidence)

    def beyond(drop: float) -> float:
        # a rise is a drop seen from the other side
        p = (
            noninferiority_p(n, better, worse, drop)
            if drop > 0
            else 1 - noninferiority_p(n, worse, better, -drop)
        )
        return p - (1 - confidence)

    # at 0 itself, where nothing changed, the statistic has no value
    ends = (-1 + 1e-9, -1e-9, 1e-9, 1 - 1e-9)
    for low, high in ((ends[2], ends[3]), (ends[0], ends[1])):
        if beyond(low) > 0 >= beyond(high):
            return float(brentq(beyond, low, high, xtol=1e-6))
    return 1.0 if beyond(ends[3]) > 0 else (-1.0 if beyond(ends[0]) <= 0 else 0.0)


def drop_power(n: int, drop: float, changed: float, *, alpha: float = 0.05) -> float:
    """Return the chance that `n` examples demonstrate a drop that is there.

    For the test of `drop_p_value`, summed over all outcomes without approximation. Assumes
    independent examples.

    Args:
        n: number of examples, at least 1.
        drop: true drop of the share, between 0 and 1, as a fraction.
        changed: share of examples that change in either direction, at least `drop`.
        alpha: one-sided chance of a false alarm, between 0 and 1.

    Raises:
        ValueError: an argument is out of range.

    Source: the binomial distribution, from scipy.

    >>> round(drop_power(200, 0.1, changed=0.2), 2)
    0.93
    """
    import numpy as np
    from scipy.stats import binom

    _check_counts(n, 0, 0)
    _check_drop(drop, changed)
    _check_between("alpha", alpha)
    count = np.arange(n + 1)
    # the fewest regressions among so many changes that are called a drop
    enough = binom.isf(alpha, count, 0.5) + 1
    down = (changed + drop) / 2 / changed
    return float(binom.pmf(count, n, changed) @ binom.sf(enough - 1, count, down))


def drop_sample_size(
    drop: float, changed: float, *, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return how many examples demonstrate a drop with the chance `power`.

    What counts is how many examples *change*: a new prompt that shuffles answers around hides a
    drop better. Starts from the normal approximation and adds examples until `drop_power` is
    reached. Assumes independent examples.

    Args:
        drop: true drop of the share, between 0 and 1, as a fraction.
        changed: share of examples that change in either direction, at least `drop`.
        power: between `alpha` and 1.
        alpha: one-sided chance of a false alarm, between 0 and 0.5.

    Raises:
        ValueError: an argument is out of range.

    Source: R. J. Connor, Biometrics 43 (1987), 207-211, for the start.

    >>> drop_sample_size(0.1, changed=0.1), drop_sample_size(0.1, changed=0.3)
    (66, 199)
    """
    from evalfirst.stats.power import mcnemar_sample_size

    _check_drop(drop, changed)
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha must be between 0 and 0.5, such as 0.05, got {alpha}")
    better, worse = (changed - drop) / 2, (changed + drop) / 2
    n = mcnemar_sample_size(max(0.0, better), worse, power=power, alpha=2 * alpha)
    while drop_power(n, drop, changed, alpha=alpha) < power:
        n += max(1, n // 100)
    return n


def _check_counts(n: int, better: int, worse: int) -> None:
    n, better, worse = whole("n", n), whole("better", better), whole("worse", worse)
    if n < 1:
        raise ValueError(f"a set has at least one example, got n = {n}")
    if min(better, worse) < 0 or better + worse > n:
        raise ValueError(
            f"of {n} examples at most {n} change, and counts start at 0: got better = {better} "
            f"and worse = {worse}"
        )


def _check_drop(drop: float, changed: float) -> None:
    _check_between("drop", drop)
    if not drop <= changed <= 1:
        raise ValueError(
            f"at least the drop itself changes and at most everything: changed = {changed} is "
            f"not between drop = {drop} and 1"
        )


def _check_between(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must be between 0 and 1, such as 0.1, got {value}")
