"""Means over examples that come in groups: several questions on one article, turns of one chat.

Examples of one group resemble one another, so a hundred of them know less than a hundred separate
ones. An interval that ignores this is too narrow, often by half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

# below this many groups the result is flagged with what was measured
FEW_CLUSTERS = 20
# Share of 95% intervals that contained the truth, by number of groups: the lowest and the highest
# of four kinds of data (share .5 to .9, intraclass correlation .1 to .3, groups of 2 to 10),
# 20,000 simulated sets each; `python -m benchmarks coverage` simulates them again.
MEASURED_COVERAGE = {3: (0.97, 0.99), 5: (0.96, 0.98), 8: (0.95, 0.98), 12: (0.95, 0.97)}


@dataclass(frozen=True)
class ClusteredMean:
    """A mean over grouped examples.

    Attributes:
        mean, low, high: the mean and its interval; NaN where the data cannot give one.
        standard_error: of the mean, groups taken into account.
        n, clusters: examples and groups.
        design_effect: how many times larger the variance is than for as many separate examples;
            `n / design_effect` separate ones would know as much.
        confidence: of the interval.
        caution: why to be careful; empty otherwise.
    """

    mean: float
    low: float
    high: float
    standard_error: float
    n: int
    clusters: int
    design_effect: float
    confidence: float
    caution: str = ""

    @property
    def sentence(self) -> str:
        """The result in words."""
        counted = f"{self.n} examples in {self.clusters} groups"
        caution = f" Caution: {self.caution}." if self.caution else ""
        if math.isnan(self.low):
            return f"{counted}: mean {self.mean:.3g}, no interval.{caution}"
        worth = ""
        if not math.isnan(self.design_effect):
            worth = f" They know as much as {self.n / self.design_effect:.0f} separate ones."
        return (
            f"{counted}: mean {self.mean:.3g}, {self.confidence:.0%} interval {self.low:.3g} to "
            f"{self.high:.3g}.{worth}{caution}"
        )


def clustered_mean(
    values: Sequence[float], clusters: Sequence[Hashable], *, confidence: float = 0.95
) -> ClusteredMean:
    """Return the mean of grouped examples with an interval that knows of the groups.

    For shares (all values 0 or 1) the interval is built on the log-odds scale, so that it stays
    within 0 and 1 and covers with few groups. Assumes that groups are independent of one another;
    within a group anything goes.

    Args:
        values: one value an example, such as 1 for right and 0 for wrong.
        clusters: the group of each example, in the same order.
        confidence: between 0 and 1.

    Returns:
        One group gives no interval (NaN), and `caution` says so. Under 20 groups `caution` gives
        the coverage that was measured.

    Raises:
        ValueError: no values, different lengths, a value that is no number, or `confidence` is
            not between 0 and 1.

    Source: cluster-robust variance with the correction G/(G-1) and Student's t with G-1 degrees
    of freedom, A. C. Cameron and D. L. Miller, Journal of Human Resources 50 (2015), 317-372;
    computed by statsmodels. For evals: E. Miller, arXiv:2411.00640 (2024), section 2.2.

    >>> answers = [1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1]
    >>> articles = ["a", "a", "a", "b", "b", "b", "c", "c", "c", "d", "d", "d"]
    >>> result = clustered_mean(answers, articles)
    >>> round(result.mean, 3), result.clusters, round(result.design_effect, 1)
    (0.667, 4, 3.0)
    """
    import numpy as np

    y, groups = _checked(values, clusters, confidence)
    n, count = len(y), int(groups.max()) + 1
    mean = float(y.mean())
    if count == 1:
        caution = "all examples are of one group, which says nothing about other groups"
        return ClusteredMean(mean, *(math.nan,) * 3, n, 1, math.nan, confidence, caution)
    error = _standard_error(y, groups)
    share = bool(np.isin(y, (0.0, 1.0)).all())
    separate = float(y.var()) / n
    effect = error**2 / separate if separate else math.nan
    if not error and (not share or 0 < mean < 1):
        caution = "every group has the same mean, so nothing is known about how much they differ"
        return ClusteredMean(mean, *(math.nan,) * 3, n, count, math.nan, confidence, caution)
    low, high = _interval(mean, error, count, confidence, share=share)
    caution = _caution(count, share=share, mean=mean)
    return ClusteredMean(mean, low, high, error, n, count, effect, confidence, caution)


def clustered_difference(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    confidence: float = 0.95,
) -> ClusteredMean:
    """Return the mean of `after - before` on the same grouped examples, with its interval.

    Args:
        before, after: one value an example, in the same order.
        clusters: the group of each example.
        confidence: between 0 and 1.

    Raises:
        ValueError: as for `clustered_mean`, or `before` and `after` differ in length.

    Source: as for `clustered_mean`, on the differences.

    >>> clustered_difference([0, 1, 0, 1], [1, 1, 1, 1], ["a", "a", "b", "b"]).mean
    0.5
    """
    import numpy as np

    if len(before) != len(after):
        raise ValueError(f"{len(before)} values before but {len(after)} after")
    first, second = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    y, groups = _checked((second - first).tolist(), clusters, confidence)
    n, count = len(y), int(groups.max()) + 1
    mean = float(y.mean())
    error = _standard_error(y, groups) if count > 1 else 0.0
    if not error:
        caution = (
            "all examples are of one group, which says nothing about other groups"
            if count == 1
            else "every group changed by the same amount, so nothing is known about how they differ"
        )
        return ClusteredMean(mean, *(math.nan,) * 3, n, count, math.nan, confidence, caution)
    effect = error**2 / (float(y.var()) / n)
    low, high = _interval(mean, error, count, confidence, share=False)
    caution = _caution(count, share=False, mean=mean)
    return ClusteredMean(mean, low, high, error, n, count, effect, confidence, caution)


def _standard_error(y: Any, groups: Any) -> float:
    import numpy as np
    from statsmodels.regression.linear_model import OLS

    fitted = OLS(y, np.ones(len(y))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True}
    )
    error = float(fitted.bse[0])
    # what is left of the same means is a rounding error of the machine
    return error if error > 1e-12 else 0.0


def _interval(
    mean: float, error: float, clusters: int, confidence: float, *, share: bool
) -> tuple[float, float]:
    from scipy.stats import t

    from evalfirst.stats.log_odds import log_odds_interval
    from evalfirst.stats.proportions import clopper_pearson

    if share and mean in (0.0, 1.0):
        # each group is one trial: the least that so many groups of one kind know
        return clopper_pearson(round(mean * clusters), clusters, confidence)
    reach = float(t.ppf((1 + confidence) / 2, clusters - 1)) * error
    if not share:
        return mean - reach, mean + reach
    return log_odds_interval(mean, reach)


def _caution(clusters: int, *, share: bool, mean: float) -> str:
    if clusters >= FEW_CLUSTERS:
        return ""
    if not share:
        return (
            f"{clusters} groups are few; the interval is right only if their means are roughly "
            "normally distributed"
        )
    if mean in (0.0, 1.0):
        return f"all answers are alike; the interval counts each of the {clusters} groups once"
    nearest = max(size for size in MEASURED_COVERAGE if size <= max(clusters, 3))
    low, high = MEASURED_COVERAGE[nearest]
    held = f"{low:.0%} to {high:.0%} of such 95% intervals held the truth"
    return f"{clusters} groups are few; in simulations with {nearest} groups, {held}"


def _checked(
    values: Sequence[float], clusters: Sequence[Hashable], confidence: float
) -> tuple[Any, Any]:
    import numpy as np

    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values but {len(clusters)} groups: give one for each")
    if not len(values):
        raise ValueError("there are no values")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, such as 0.95, got {confidence}")
    y = np.asarray(values, dtype=float)
    if not np.isfinite(y).all():
        raise ValueError("every value must be a number: leave failed samples out, or count them 0")
    numbers = {group: i for i, group in enumerate(dict.fromkeys(clusters))}
    return y, np.array([numbers[group] for group in clusters])
