"""Means over examples that come in groups: several questions on one article, turns of one chat.

Examples of one group resemble one another, so a hundred of them know less than a hundred separate
ones. An interval that ignores this is too narrow, often by half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst.stats.checks import check_confidence, finite_scores, group_numbers
from evalfirst.stats.log_odds import log_odds_interval
from evalfirst.stats.paired import PairedDifference
from evalfirst.stats.proportions import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy as np
    from numpy.typing import NDArray

#: below this many groups the result is flagged with what was measured
FEW_CLUSTERS = 20
#: share of 95% intervals that held the truth, by number of groups: the lowest and the highest of
#: ten kinds of data, 2,000 sets each (`python -m benchmarks cluster_coverage` simulates them anew)
SHARE_COVERAGE = {
    3: (0.98, 1.00),
    5: (0.98, 0.99),
    8: (0.96, 0.99),
    12: (0.95, 0.98),
    16: (0.94, 0.97),
}
#: likewise for the difference of two shares
DIFFERENCE_COVERAGE = {
    3: (0.97, 0.99),
    5: (0.96, 0.99),
    8: (0.95, 0.98),
    12: (0.95, 0.96),
    16: (0.93, 0.96),
}
#: likewise for scores on any scale, from normal to exponential ones
SCORE_COVERAGE = {
    3: (0.93, 0.96),
    5: (0.94, 0.96),
    8: (0.92, 0.96),
    12: (0.93, 0.96),
    16: (0.93, 0.95),
}
_ONE_GROUP = "all examples are of one group, which says nothing about other groups"


@dataclass(frozen=True)
class ClusteredMean:
    """A mean over grouped examples.

    Attributes:
        mean, low, high: the mean and its interval; NaN where the data cannot give one.
        standard_error: of the mean, groups taken into account.
        n, clusters: examples and groups.
        design_effect: how many times larger the variance is than for as many separate examples;
            `n / design_effect` separate ones would know as much. Below 1 where groups resemble
            one another more than chance would make them.
        confidence: of the interval.
        kind: "share" if all values are 0 or 1, else "score".
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
    kind: str
    caution: str = ""

    @property
    def sentence(self) -> str:
        """The result in words."""
        counted = f"{_counted(self.n, 'example')} in {_counted(self.clusters, 'group')}"
        caution = f" Caution: {self.caution}." if self.caution else ""
        mean = self._number(self.mean)
        if math.isnan(self.low):
            return f"{counted}: {mean}, without an interval.{caution}"
        worth = ""
        if self.design_effect > 1:
            worth = f" They know as much as {self.n / self.design_effect:.0f} separate ones."
        elif not math.isnan(self.design_effect):
            worth = " The groups differ no more than separate examples would."
        return (
            f"{counted}: {mean}, {self.confidence:.0%} interval {self._number(self.low)} to "
            f"{self._number(self.high)}.{worth}{caution}"
        )

    def _number(self, value: float) -> str:
        return f"{value:.1%}" if self.kind == "share" else f"{value:.3g}"


def clustered_mean(
    values: Sequence[float], clusters: Sequence[Hashable], *, confidence: float = 0.95
) -> ClusteredMean:
    """Return the mean of grouped examples with an interval that knows of the groups.

    The standard error is cluster-robust with the correction CR2, which also holds when some
    groups are much larger than others; for groups of one size it is the usual one. Where all
    values lie within 0 to 1 the interval is built on the log-odds scale, so that it does so too,
    and leans towards the middle as it should. Assumes that groups are independent of one
    another; within a group anything goes.

    Args:
        values: one value an example, such as 1 for right and 0 for wrong.
        clusters: the group of each example, in the same order.
        confidence: between 0 and 1.

    Returns:
        One group gives no interval (NaN), and `caution` says so. Under 20 groups `caution` gives
        the coverage that was measured.

    Raises:
        ValueError: no values, different lengths, a value that is no number, a missing group, or
            `confidence` is not between 0 and 1.

    Source: R. M. Bell and D. F. McCaffrey, Survey Methodology 28 (2002), 169-181 (CR2 with
    Satterthwaite's degrees of freedom). For evals: E. Miller, arXiv:2411.00640 (2024), section
    2.2.

    >>> answers = [1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1]
    >>> articles = ["a", "a", "a", "b", "b", "b", "c", "c", "c", "d", "d", "d"]
    >>> result = clustered_mean(answers, articles)
    >>> round(result.mean, 3), result.clusters, round(result.design_effect, 1)
    (0.667, 4, 2.7)
    """
    import numpy as np

    y, groups = _checked(values, clusters)
    check_confidence(confidence)
    n, count, mean = len(y), int(groups.max()) + 1, float(y.mean())
    share = bool(np.isin(y, (0.0, 1.0)).all())
    bounded = bool((y >= 0).all() and (y <= 1).all())
    kind = "share" if share else "score"
    low = high = error = effect = math.nan
    if count == 1:
        caution = _ONE_GROUP
    elif share and mean in (0.0, 1.0):
        # each group is one trial: the least that so many groups of one kind know
        low, high = clopper_pearson(round(mean * count), count, confidence)
        caution = f"all answers are alike; the interval counts each of the {count} groups once"
    else:
        error, freedom = _standard_error(y, groups)
        if not error:
            caution = (
                "every group has the same mean, so nothing is known about how much they differ"
            )
            error = math.nan
        else:
            reach = _quantile(confidence, freedom) * error
            low, high = log_odds_interval(mean, reach) if bounded else (mean - reach, mean + reach)
            effect = error**2 / (float(y.var(ddof=1)) / n)
            caution = _few(count, SHARE_COVERAGE if bounded else SCORE_COVERAGE)
    return ClusteredMean(mean, low, high, error, n, count, effect, confidence, kind, caution)


def clustered_difference(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    confidence: float = 0.95,
) -> PairedDifference:
    """Compare two versions on the same grouped examples.

    Like `paired_scores` and `paired_shares`, with an interval and a p-value (Student's t) that
    know of the groups; see `clustered_mean`. Assumes that groups are independent of one another.

    Args:
        before: one value an example, such as 1 for right and 0 for wrong.
        after: likewise, in the same order.
        clusters: the group of each example, in the same order.
        confidence: between 0 and 1.

    Returns:
        One group gives no interval (NaN), and `caution` says so. Under 20 groups `caution` gives
        the coverage that was measured.

    Raises:
        ValueError: as for `clustered_mean`, or `before` and `after` differ in length.

    Source: as for `clustered_mean`, on the differences.

    >>> before, after = [0, 1, 0, 1] * 20, [1, 1, 1, 1] * 19 + [0, 0, 0, 0]
    >>> print(clustered_difference(before, after, [i // 2 for i in range(80)]).sentence())
    The new version is 45.0 points better than the old version, and likely between 37.9 and \
52.1 points (95% interval, p < 0.001). Of 80 examples 38 got better and 2 got worse.
    """
    import numpy as np
    from scipy.stats import t

    if len(before) != len(after):
        raise ValueError(f"{len(before)} values before but {len(after)} after")
    first, groups = _checked(before, clusters)
    second, _ = _checked(after, clusters)
    check_confidence(confidence)
    share = bool(np.isin(np.concatenate([first, second]), (0.0, 1.0)).all())
    change = second - first
    effect, count = float(change.mean()), int(groups.max()) + 1
    low = high = p_value = math.nan
    if count == 1:
        caution = _ONE_GROUP
    else:
        error, freedom = _standard_error(change, groups)
        if not error:
            caution = "every group changed by the same amount, so nothing is known about chance"
        else:
            reach = _quantile(confidence, freedom) * error
            low, high = effect - reach, effect + reach
            p_value = 2 * float(t.sf(abs(effect) / error, freedom))
            caution = _few(count, DIFFERENCE_COVERAGE if share else SCORE_COVERAGE)
    return PairedDifference(
        effect=effect,
        # no share can change by more than all of it
        low=max(-1.0, low) if share and not math.isnan(low) else low,
        high=min(1.0, high) if share and not math.isnan(high) else high,
        p_value=p_value,
        n=len(change),
        better=int((change > 0).sum()),
        worse=int((change < 0).sum()),
        confidence=confidence,
        kind="share" if share else "score",
        method=f"cluster-robust (CR2) interval and p over {_counted(count, 'group')}",
        caution=caution,
    )


def _standard_error(y: NDArray[np.float64], groups: NDArray[np.intp]) -> tuple[float, float]:
    """Return the CR2 standard error of a mean, and its degrees of freedom.

    For a mean, Bell and McCaffrey's matrices come down to one factor for each group.
    """
    import numpy as np

    n, sizes = len(y), np.bincount(groups).astype(float)
    sums = np.bincount(groups, weights=y - y.mean())
    factors = 1 / (1 - sizes / n) / n**2
    error = math.sqrt(float(factors @ sums**2))
    # Satterthwaite: trace(S)^2 / trace(S^2) of S = F (D - s s' / n), the covariance of the sums
    # if all examples were independent and alike, weighed by their factors; written out, because
    # S has as many cells as there are pairs of groups
    own, shared = factors * (sizes - sizes**2 / n), factors * sizes**2 / n
    freedom = own.sum() ** 2 / ((own**2).sum() + shared.sum() ** 2 - (shared**2).sum())
    # what is left of equal means is a rounding error of the machine
    scale = float(np.abs(y).max())
    return (error if error > 1e-12 * scale else 0.0), float(freedom)


def _quantile(confidence: float, freedom: float) -> float:
    from scipy.stats import t

    return float(t.ppf((1 + confidence) / 2, freedom))


def _few(clusters: int, measured: dict[int, tuple[float, float]]) -> str:
    if clusters >= FEW_CLUSTERS:
        return ""
    nearest = max((size for size in measured if size <= clusters), default=min(measured))
    low, high = measured[nearest]
    return (
        f"{_counted(clusters, 'group')} are few; in simulations with {nearest}, intervals that "
        f"promise 95% held the truth in {low:.0%} to {high:.0%} of cases"
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("s" if number != 1 else "")


def _checked(
    values: Sequence[float], clusters: Sequence[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values but {len(clusters)} groups: give one for each")
    if not len(values):
        raise ValueError("there are no values")
    return finite_scores("values", values), group_numbers("clusters", clusters)
