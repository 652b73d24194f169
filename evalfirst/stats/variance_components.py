"""Where the noise of an eval comes from: other examples, or the same example asked again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.stats.checks import check_confidence, finite_scores, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

# fewer examples say next to nothing about how much examples differ
FEWEST_ITEMS = 10
# from this size on 93% to 99% of 95% intervals between examples held the truth, and 93% to 97%
# of those within
FEW_ITEMS = 50
# Share of 95% intervals of `between` that held the truth, by number of examples: the lowest and
# the highest of six kinds of data (right and wrong answers of equal, differing and nearly decided
# examples, and normal scores), each asked 2 and 5 times, 3,000 simulated sets each; a slow test
# simulates them anew.
MEASURED_COVERAGE = {10: (0.81, 1.00), 20: (0.90, 1.00), 30: (0.92, 1.00)}
# asking again pays until the standard error is within this part of the lowest it can get
WORTHWHILE = 0.05


@dataclass(frozen=True)
class VarianceComponents:
    """How much scores vary between examples, and how much when one is asked again.

    Attributes:
        between: variance of the examples' expected scores (for two versions: of the differences
            of their expected scores, omega squared in the source); never below 0.
        between_low, between_high: its interval.
        within: mean variance of one version's scores of the same example (sigma squared), with
            `within_low` and `within_high`.
        items, repeats: examples, and how often each version answered each.
        versions: 1, or 2 for a paired comparison.
        confidence: of the intervals.
        caution: why a figure is missing or doubtful; empty otherwise.
    """

    between: float
    between_low: float
    between_high: float
    within: float
    within_low: float
    within_high: float
    items: int
    repeats: int
    versions: int = 1
    confidence: float = 0.95
    caution: str = ""

    def standard_error(self, items: int | None = None, repeats: int | None = None) -> float:
        """Return the standard error of the mean score (or difference) with other numbers of either.

        Args:
            items: number of examples; those at hand by default.
            repeats: how often each is asked; as at hand by default.

        Raises:
            ValueError: a number is no whole number or below 1.
        """
        n = self.items if items is None else whole("items", items)
        k = self.repeats if repeats is None else whole("repeats", repeats)
        if min(n, k) < 1:
            raise ValueError(f"ask at least one example once, got {n} and {k}")
        return math.sqrt((self.between + self.versions * self.within / k) / n)

    @property
    def repeats_that_pay(self) -> float:
        """How often to ask each example until asking again gains next to nothing.

        From here on the interval is at most 5% wider than with endless repeats. Infinite where
        examples do not differ, NaN where nothing is known.
        """
        if math.isnan(self.between):
            return math.nan
        noise = self.versions * self.within
        if not noise:
            return 1
        if not self.between:
            return math.inf
        # a rounding error of the machine is not worth one more repeat
        return max(1, math.ceil(round(noise / self.between / ((1 + WORTHWHILE) ** 2 - 1), 6)))

    @property
    def sentence(self) -> str:
        """What pays: more examples, or asking each again."""
        if math.isnan(self.between):
            return f"No advice: {self.caution}."
        caution = f" Caution: {self.caution}." if self.caution else ""
        now = self.standard_error()
        if not now:
            return f"All scores are alike: there is no noise to reduce.{caution}"
        again = 1 - self.standard_error(repeats=2 * self.repeats) / now
        more = 1 - self.standard_error(items=2 * self.items) / now
        return (
            f"Asking every example twice as often narrows the interval by {again:.0%}; twice as "
            f"many examples, at the same cost, by {more:.0%}. {self._limit()}{caution}"
        )

    def _limit(self) -> str:
        enough = self.repeats_that_pay
        if enough > 100:
            return (
                "The examples hardly differ, so asking again is worth nearly as much as new "
                "examples."
            )
        if enough == 1:
            return "Asking each example once is enough."
        return (
            f"More than {enough} answers to each example do not pay: they narrow it by less than "
            f"{WORTHWHILE:.0%}."
        )


def variance_parts(
    scores: Sequence[Sequence[float]], *, confidence: float = 0.95
) -> VarianceComponents:
    """Return how much scores vary between examples and within one example.

    For one version of a feature whose model is sampled at a temperature above 0. The intervals
    come from leaving out one example at a time, with Student's t: the lower end of `between` on
    its own scale, the upper on that of a standard deviation, because small estimates come with
    standard errors that are too small. A bootstrap over 50 examples, each asked three times, held
    the truth in 87% of cases where it promised 95%. Assumes independent examples.

    Args:
        scores: one row an example, each with the same number of scores (its repeats).
        confidence: between 0 and 1.

    Returns:
        With one repeat nothing is known of either figure: they are NaN, and `caution` says so.
        Under 50 examples `caution` gives the coverage that was measured.

    Raises:
        ValueError: fewer than 10 examples, rows of different lengths, a score that is no number,
            or `confidence` is not between 0 and 1.

    Source: one-way random-effects analysis of variance, S. R. Searle, G. Casella and C. E.
    McCulloch, Variance Components (1992), chapter 3; their use: E. Miller, arXiv:2411.00640
    (2024), sections 3 and 5; intervals: J. N. Arvesen, Annals of Mathematical Statistics 40
    (1969), 2076-2100.

    >>> parts = variance_parts([[1, 1, 1], [0, 1, 0], [1, 0, 1], [0, 0, 0]] * 15)
    >>> round(parts.between, 3), round(parts.within, 3), parts.repeats_that_pay
    (0.086, 0.167, 19)
    """
    check_confidence(confidence)
    table = _table("scores", scores)
    return _parts(table.mean(axis=1), _own_noise(table), table.shape[1], 1, confidence)


def paired_variance_parts(
    before: Sequence[Sequence[float]],
    after: Sequence[Sequence[float]],
    *,
    confidence: float = 0.95,
) -> VarianceComponents:
    """Return how much the difference of two versions varies between and within examples.

    The figures that `paired_sample_size` and `paired_minimum_effect` ask for: `between` is their
    `omega_squared`, `within` their `sigma_squared` (the mean of both versions) and `repeats`
    their `samples`. Assumes independent examples.

    Args:
        before: one row an example, each with the same number of scores (its repeats).
        after: likewise, of the same examples in the same order.
        confidence: between 0 and 1.

    Returns:
        As for `variance_parts`.

    Raises:
        ValueError: as for `variance_parts`, or `before` and `after` have different sizes.

    Source: as for `variance_parts`.

    >>> before = [[1, 1, 1], [0, 1, 1], [0, 0, 0]] * 20
    >>> after = [[1, 1, 1], [1, 1, 1], [1, 1, 1]] * 20
    >>> parts = paired_variance_parts(before, after)
    >>> round(parts.between, 3), round(parts.within, 3)
    (0.139, 0.056)
    """
    check_confidence(confidence)
    first, second = _table("before", before), _table("after", after)
    if first.shape != second.shape:
        raise ValueError(
            f"{first.shape[0]} examples with {first.shape[1]} scores before, but "
            f"{second.shape[0]} with {second.shape[1]} after: ask both versions the same"
        )
    own = (_own_noise(first) + _own_noise(second)) / 2
    difference = second.mean(axis=1) - first.mean(axis=1)
    return _parts(difference, own, first.shape[1], 2, confidence)


def _own_noise(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of each row's scores; zeros where there is one score each."""
    import numpy as np

    if table.shape[1] == 1:
        return np.zeros(len(table))
    own = table.var(axis=1, ddof=1)
    return np.where(own > _rounding(table), own, 0.0)


def _rounding(values: NDArray[np.float64]) -> float:
    """Return what the variance of equal values may come to by rounding errors of the machine."""
    return float(1e-26 * (values**2).max())


def _parts(
    means: NDArray[np.float64],
    own: NDArray[np.float64],
    repeats: int,
    versions: int,
    confidence: float,
) -> VarianceComponents:
    """Return both parts, given each example's mean and own variance, both `(items,)`."""
    from scipy.stats import t

    items = len(means)
    if repeats == 1:
        once = "each example was asked once, so its own noise cannot be told from the rest"
        return VarianceComponents(
            *(math.nan,) * 6, items, repeats, versions, confidence, caution=once
        )
    share, nothing = versions / repeats, _rounding(means)
    estimate = float(means.var(ddof=1) - share * own.mean())
    left_out = _variances_without_each(means) - share * (own.sum() - own) / (items - 1)
    quantile = float(t.ppf((1 + confidence) / 2, items - 1))
    reach = quantile * math.sqrt((items - 1) / items * _squares(left_out))
    between, within = (estimate if estimate > nothing else 0.0), float(own.mean())
    low, high = max(0.0, estimate - reach), between + reach
    # on the scale of a standard deviation the upper end lies further out; near 0 without limit
    high += min(reach, reach**2 / (4 * between)) if between else reach
    reasons = [_few(items)] if items < FEW_ITEMS else []
    if reach <= nothing:
        low = high = math.nan
        reasons.append("all examples vary alike, so an interval between examples has no basis")
    within_low = within_high = math.nan
    if within:
        factor = math.exp(quantile * math.sqrt(_squares(own) / (items - 1) / items) / within)
        within_low, within_high = within / factor, within * factor
    else:
        reasons.append(
            "no score changed when the same example was asked again: right at temperature 0, "
            "otherwise ask more often"
        )
    return VarianceComponents(
        between,
        low,
        high,
        within,
        within_low,
        within_high,
        items,
        repeats,
        versions,
        confidence,
        caution="; ".join(reasons),
    )


def _squares(values: NDArray[np.float64]) -> float:
    return float(((values - values.mean()) ** 2).sum())


def _variances_without_each(means: NDArray[np.float64]) -> Any:
    """Return the variances of the means, each time without one of them."""
    n = len(means)
    centred = means - means.mean()
    rest, squares = centred.sum() - centred, (centred**2).sum() - centred**2
    return (squares - rest**2 / (n - 1)) / (n - 2)


def _few(items: int) -> str:
    nearest = max(size for size in MEASURED_COVERAGE if size <= items)
    low, high = MEASURED_COVERAGE[nearest]
    return (
        f"{items} examples are few; in simulations with {nearest}, intervals of the variance "
        f"between examples that promise 95% held the truth in {low:.0%} to {high:.0%} of cases"
    )


def _table(name: str, scores: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the scores as `(items, repeats)`."""
    import numpy as np

    if len(scores) < FEWEST_ITEMS:
        raise ValueError(
            f"{name}: {len(scores)} examples are too few, take at least {FEWEST_ITEMS}"
        )
    lengths = {len(row) for row in scores}
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError(
            f"{name}: every example needs the same number of scores, got {sorted(lengths)}: ask "
            "again where a call failed"
        )
    return np.array([finite_scores(f"{name}, example {i}", row) for i, row in enumerate(scores)])
