"""Intervals for a share of right answers."""

from __future__ import annotations

from typing import Literal

from evalfirst.stats.checks import check_confidence, whole


def wilson(passes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share, as `(low, high)` between 0 and 1.

    Assumes independent examples with two outcomes. Unlike the textbook interval
    `p +- 1.96 * sqrt(p * (1 - p) / n)` it stays honest for the few dozen examples of a first
    eval set, and it has a width at 0% and 100%.

    Args:
        passes: number of right answers, 0 to `n`.
        n: number of examples, at least 1.
        confidence: between 0 and 1.

    Raises:
        ValueError: a count is not a whole number, `n` is below 1, `passes` is not within 0 to
            `n`, or `confidence` is not between 0 and 1.

    Source: E. B. Wilson (1927), as recommended by R. G. Newcombe, Statistics in Medicine 17
    (1998), 857-872; computed by scipy.

    >>> tuple(round(bound, 4) for bound in wilson(10, 100))
    (0.0552, 0.1744)
    >>> wilson(0, 20)[1] > 0.16
    True
    """
    return _interval(passes, n, confidence, "wilson")


def clopper_pearson(passes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a share, as `(low, high)` between 0 and 1.

    Assumes independent examples with two outcomes. It covers at least as often as it promises,
    whatever the true share, and pays with width: take it where a promise must hold (a release
    bar, a safety share), and `wilson` where a typical width matters.

    Args:
        passes: number of right answers, 0 to `n`.
        n: number of examples, at least 1.
        confidence: between 0 and 1.

    Raises:
        ValueError: a count is not a whole number, `n` is below 1, `passes` is not within 0 to
            `n`, or `confidence` is not between 0 and 1.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413; computed by scipy.

    >>> tuple(round(bound, 4) for bound in clopper_pearson(10, 100))
    (0.049, 0.1762)
    """
    return _interval(passes, n, confidence, "exact")


def _interval(
    passes: int, n: int, confidence: float, method: Literal["wilson", "exact"]
) -> tuple[float, float]:
    from scipy.stats import binomtest

    passes, n = whole("passes", passes), whole("n", n)
    if n < 1:
        raise ValueError(f"an interval needs at least one example, got n = {n}")
    if not 0 <= passes <= n:
        raise ValueError(f"passes must be within 0 to n = {n}, got {passes}")
    check_confidence(confidence)
    interval = binomtest(passes, n).proportion_ci(confidence, method=method)
    return float(interval.low), float(interval.high)
