"""Where the noise of an eval comes from: other examples, or the same example asked again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# a bootstrap over fewer examples says little about how much they differ
FEWEST_ITEMS = 10


@dataclass(frozen=True)
class VarianceComponents:
    """How much scores vary between examples, and how much when one is asked again.

    Attributes:
        between: variance of the examples' expected scores (omega squared in the source); never
            below 0. `between_low` and `between_high` are its 95% bootstrap interval.
        within: mean variance of one example's scores (sigma squared); with its interval.
        items, repeats: examples, and scores of each.
        caution: why a figure is missing; empty otherwise.
    """

    between: float
    between_low: float
    between_high: float
    within: float
    within_low: float
    within_high: float
    items: int
    repeats: int
    caution: str = ""

    def standard_error(self, items: int | None = None, repeats: int | None = None) -> float:
        """Return the standard error of the mean score with other numbers of either.

        Args:
            items: number of examples; those at hand by default.
            repeats: how often each is asked; as at hand by default.

        Raises:
            ValueError: a number is below 1.
        """
        n = self.items if items is None else items
        k = self.repeats if repeats is None else repeats
        if min(n, k) < 1:
            raise ValueError(f"ask at least one example once, got {n} and {k}")
        return math.sqrt((self.between + self.within / k) / n)

    @property
    def sentence(self) -> str:
        """What pays: more examples, or asking each again."""
        if self.caution:
            return f"No advice: {self.caution}."
        now = self.standard_error()
        again = 1 - self.standard_error(repeats=2 * self.repeats) / now if now else 0.0
        more = 1 - self.standard_error(items=2 * self.items) / now if now else 0.0
        return (
            f"Asking every example twice as often narrows the interval by {again:.0%}; twice as "
            f"many examples, at the same cost, by {more:.0%}."
        )


def variance_parts(
    scores: Sequence[Sequence[float]], *, resamples: int = 1000, seed: int = 0
) -> VarianceComponents:
    """Return how much scores vary between examples and within one example.

    For a model that is sampled at a temperature above 0. The two figures are what
    `paired_sample_size` and `paired_minimum_effect` ask for: they tell how many examples, and how
    often each, an eval needs. Assumes independent examples.

    Args:
        scores: one row an example, each with the same number of scores (its repeats).
        resamples: of the bootstrap over examples, at least 200.
        seed: the same seed gives the same intervals.

    Returns:
        With one repeat nothing is known of either figure: they are NaN, and `caution` says so.

    Raises:
        ValueError: fewer than 10 examples, rows of different lengths, a score that is no number,
            or too few resamples.

    Source: one-way random-effects analysis of variance, S. R. Searle, G. Casella and C. E.
    McCulloch, Variance Components (1992), chapter 3; their use: E. Miller, arXiv:2411.00640
    (2024), sections 3 and 5.

    >>> steady = [[1, 1, 1], [0, 0, 0]] * 6
    >>> parts = variance_parts(steady)
    >>> round(parts.between, 3), parts.within
    (0.273, 0.0)
    """
    import numpy as np

    table = _checked(scores, resamples)
    items, repeats = table.shape
    if repeats == 1:
        return VarianceComponents(
            *(math.nan,) * 6,
            items=items,
            repeats=1,
            caution="each example was asked once, so its own noise cannot be told from the rest",
        )
    between, within = _components(table)
    rng = np.random.default_rng(seed)
    drawn = _components(table[rng.integers(0, items, (resamples, items))])
    low, high = np.quantile(np.array(drawn), (0.025, 0.975), axis=1)
    return VarianceComponents(
        float(between),
        float(low[0]),
        float(high[0]),
        float(within),
        float(low[1]),
        float(high[1]),
        items,
        repeats,
    )


def _components(table: Any) -> tuple[Any, Any]:
    """Return both components of `(..., items, repeats)` scores."""
    import numpy as np

    repeats = table.shape[-1]
    within = table.var(axis=-1, ddof=1).mean(axis=-1)
    of_means = table.mean(axis=-1).var(axis=-1, ddof=1)
    return np.maximum(0.0, of_means - within / repeats), within


def _checked(scores: Sequence[Sequence[float]], resamples: int) -> Any:
    import numpy as np

    if len(scores) < FEWEST_ITEMS:
        raise ValueError(f"{len(scores)} examples are too few, take at least {FEWEST_ITEMS}")
    lengths = {len(row) for row in scores}
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError(
            f"every example needs the same number of scores, got {sorted(lengths)}: ask again "
            "where a call failed"
        )
    table = np.asarray(scores, dtype=float)
    if not np.isfinite(table).all():
        raise ValueError("every score must be a number: ask again where a call failed")
    if resamples < 200:
        raise ValueError(f"the intervals need at least 200 resamples, got {resamples}")
    return table
