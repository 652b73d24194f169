"""How honest and how wide a set of intervals is, by exact binomial sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    Interval = tuple[float, float]

# A bound rounded to a whole percent must not fall short by the rounding error of a float.
_EPSILON = 1e-9


@dataclass(frozen=True)
class Honesty:
    """What a table of intervals, one per number of passes, does over all true accuracies.

    Attributes:
        mean_coverage: share of repeats in which the interval holds the true accuracy, averaged
            over true accuracies of 0.5% to 99.5%.
        middle_coverage: the lowest such share among true accuracies of 5% to 95%.
        relative_width: mean width divided by that of Clopper-Pearson, the widest of the
            intervals in use.
    """

    mean_coverage: float
    middle_coverage: float
    relative_width: float


def honesty(intervals: Sequence[Interval]) -> Honesty:
    """Measure intervals for 0, 1, ..., n passes.

    Source: L. D. Brown, T. T. Cai, A. DasGupta, Statistical Science 16 (2001), 101-133.
    """
    import numpy as np
    from scipy.stats import binom

    n = len(intervals) - 1
    low, high = np.array(intervals, dtype=float).T
    truth = np.linspace(0.005, 0.995, 199)[:, None]
    chance = binom.pmf(np.arange(n + 1)[None, :], n, truth)
    held = (low - _EPSILON <= truth) & (truth <= high + _EPSILON)
    coverage = (chance * held).sum(axis=1)
    middle = (truth[:, 0] >= 0.05) & (truth[:, 0] <= 0.95)
    exact = [exact_width(passes, n) for passes in range(n + 1)]
    return Honesty(
        float(coverage.mean()),
        float(coverage[middle].min()),
        float((np.clip(high, 0, 1) - np.clip(low, 0, 1)).mean() / np.mean(exact)),
    )


@cache
def exact_width(passes: int, n: int) -> float:
    """Return the width of the 95% Clopper-Pearson interval."""
    return _width(passes, n, "exact")


@cache
def score_width(passes: int, n: int) -> float:
    """Return the width of the 95% Wilson interval, among the narrowest of the honest ones."""
    return _width(passes, n, "wilson")


def _width(passes: int, n: int, method: Literal["exact", "wilson"]) -> float:
    from scipy.stats import binomtest

    interval = binomtest(passes, n).proportion_ci(0.95, method=method)
    return float(interval.high - interval.low)
