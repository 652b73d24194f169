"""How far labellers agree beyond chance, with an interval over items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import numpy as np
    from numpy.typing import NDArray

#: fewer items than this give an interval that says next to nothing
FEWEST_ITEMS = 10
#: a larger part of resamples without a value would make the interval too narrow
MOST_UNDEFINED = 0.05


@dataclass(frozen=True)
class Agreement:
    """A coefficient (1 is full agreement, 0 is chance), its interval, and the items it used."""

    value: float
    low: float
    high: float
    items: int


def cohen_kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Agreement:
    """Return Cohen's kappa of two labellers, with a percentile bootstrap interval over items.

    Assumes independent items and categories without an order.

    Args:
        first: one label per item.
        second: labels of the same items, in the same order.
        confidence: between 0 and 1.
        resamples: at least 200.
        seed: the same seed gives the same interval.

    Raises:
        ValueError: unequal lengths, fewer than `FEWEST_ITEMS` items, only one label in use, or
            one so rare that too many resamples lack it.

    Source: J. Cohen, Educational and Psychological Measurement 20 (1960), 37-46; computed by
    statsmodels.

    >>> result = cohen_kappa(["good"] * 10 + ["bad"] * 10, ["good"] * 8 + ["bad"] * 12)
    >>> round(result.value, 2), result.low < result.value < result.high
    (0.8, True)
    """
    import numpy as np
    from statsmodels.stats.inter_rater import cohens_kappa

    if len(first) != len(second):
        raise ValueError(
            f"{len(first)} labels of the first labeller but {len(second)} of the other"
        )
    codes = {label: i for i, label in enumerate(dict.fromkeys((*first, *second)))}
    _check(len(first), len(codes), confidence, resamples)
    rows = np.array([codes[label] for label in first])
    columns = np.array([codes[label] for label in second])

    def kappa(items: NDArray[np.intp]) -> float:
        table = np.zeros((len(codes), len(codes)))
        np.add.at(table, (rows[items], columns[items]), 1)
        if np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) < 2:
            return math.nan
        return float(cohens_kappa(table, return_results=False))

    return _with_interval(kappa, len(first), confidence, resamples, seed)


def krippendorff_alpha(
    labels: Sequence[Sequence[float | None]],
    level: Literal["nominal", "ordinal", "interval", "ratio"] = "nominal",
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Agreement:
    """Return Krippendorff's alpha, with a percentile bootstrap interval over items.

    Assumes independent items. Items with fewer than two labels tell nothing and are left out.

    Args:
        labels: one row per labeller, one number per item, None or NaN where a label is missing.
        level: of measurement.
        confidence: between 0 and 1.
        resamples: at least 200.
        seed: the same seed gives the same interval.

    Raises:
        ValueError: fewer than two labellers, unequal rows, fewer than `FEWEST_ITEMS` items with
            two labels, only one label in use, or one so rare that too many resamples lack it.

    Source: K. Krippendorff, Content Analysis (2004), chapter 11; computed by krippendorff.

    >>> first, second = [1] * 10 + [2] * 10, [1] * 8 + [2] * 12
    >>> round(krippendorff_alpha([first, second]).value, 3)
    0.803
    """
    import krippendorff
    import numpy as np

    if len(labels) < 2:
        raise ValueError(f"agreement needs at least two labellers, got {len(labels)}")
    if len({len(row) for row in labels}) > 1:
        raise ValueError("each labeller needs one entry per item, None where a label is missing")
    data = np.array([[math.nan if x is None else x for x in row] for row in labels], dtype=float)
    data = data[:, (~np.isnan(data)).sum(axis=0) >= 2]
    domain = np.unique(data[~np.isnan(data)])
    _check(data.shape[1], len(domain), confidence, resamples)
    counts = (data[:, :, None] == domain).sum(axis=0)

    def alpha(items: NDArray[np.intp]) -> float:
        drawn = counts[items]
        if np.count_nonzero(drawn.sum(axis=0)) < 2:
            return math.nan
        return float(
            krippendorff.alpha(value_counts=drawn, value_domain=domain, level_of_measurement=level)
        )

    return _with_interval(alpha, data.shape[1], confidence, resamples, seed)


def _check(items: int, categories: int, confidence: float, resamples: int) -> None:
    if items < FEWEST_ITEMS:
        raise ValueError(f"{items} items with two labels are too few, take {FEWEST_ITEMS} or more")
    if categories < 2:
        raise ValueError("only one label is in use: agreement beyond chance has no value then")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, such as 0.95, got {confidence}")
    if resamples < 200:
        raise ValueError(f"the interval's ends need at least 200 resamples, got {resamples}")


def _with_interval(
    statistic: Callable[[NDArray[np.intp]], float],
    items: int,
    confidence: float,
    resamples: int,
    seed: int,
) -> Agreement:
    import numpy as np

    rng = np.random.default_rng(seed)
    draws = np.array([statistic(rng.integers(0, items, items)) for _ in range(resamples)])
    if np.isnan(draws).mean() > MOST_UNDEFINED:
        raise ValueError("one label is so rare that many resamples lack it: label more items")
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return Agreement(statistic(np.arange(items)), float(low), float(high), items)
