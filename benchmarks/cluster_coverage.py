"""How often 95% intervals over few groups hold the truth, for ten kinds of grouped answers."""

from __future__ import annotations

import sys
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from evalfirst.stats import clustered_difference, clustered_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_GROUPS = (3, 5, 8, 12, 16, 20, 30)
_REPLICATIONS = 2000
#: share of right answers, and how alike the answers of one group are (intraclass correlation)
_SHARES = ((0.5, 0.3), (0.8, 0.1), (0.8, 0.3), (0.8, 0.6), (0.9, 0.2))


def even(rng: np.random.Generator, groups: int) -> NDArray[np.int64]:
    """Return group sizes of 2 to 10."""
    return rng.integers(2, 11, groups)


def skewed(rng: np.random.Generator, groups: int) -> NDArray[np.int64]:
    """Return group sizes of 5 on average, many of 1 and a few large ones."""
    return rng.geometric(0.2, groups)


def of_share(
    rng: np.random.Generator, sizes: NDArray[np.int64], p: float, correlation: float
) -> bool | None:
    """Return whether the interval of one share held the truth; None where there was none."""
    values, names = answers(rng, sizes, p, correlation)
    if values.all() or not values.any():
        return None
    result = clustered_mean(values, names)
    return None if np.isnan(result.low) else result.low <= p <= result.high


def of_difference(
    rng: np.random.Generator, sizes: NDArray[np.int64], p: float, correlation: float
) -> bool | None:
    """Return whether the interval of a difference held the truth: half the groups gain 0.08."""
    shares = group_shares(rng, len(sizes), p, correlation)
    fresh = group_shares(rng, len(sizes), p + 0.08, correlation)
    after = np.where(rng.random(len(sizes)) < 0.5, fresh, shares)
    before_answers, after_answers = (
        (rng.random(sizes.sum()) < np.repeat(one, sizes)).astype(float) for one in (shares, after)
    )
    names = np.repeat(np.arange(len(sizes)), sizes).tolist()
    result = clustered_difference(before_answers, after_answers, names)
    return None if np.isnan(result.low) else result.low <= 0.04 <= result.high


def of_score(
    rng: np.random.Generator, sizes: NDArray[np.int64], p: float, correlation: float
) -> bool | None:
    """Return whether the interval of a mean score held the truth: normal, or exponential."""
    draw = rng.normal if p < 0.85 else lambda centre, _, size: rng.exponential(centre, size)
    effects = np.repeat(draw(1.0, 1.0, len(sizes)), sizes)
    own = draw(1.0, 1.0, len(effects))
    values = correlation**0.5 * effects + (1 - correlation) ** 0.5 * own
    truth = correlation**0.5 + (1 - correlation) ** 0.5
    result = clustered_mean(values, np.repeat(np.arange(len(sizes)), sizes).tolist())
    return None if np.isnan(result.low) else result.low <= truth <= result.high


def answers(
    rng: np.random.Generator, sizes: NDArray[np.int64], p: float, correlation: float
) -> tuple[NDArray[np.float64], list[int]]:
    """Return right and wrong answers, and the group of each."""
    shares = np.repeat(group_shares(rng, len(sizes), p, correlation), sizes)
    return (rng.random(len(shares)) < shares).astype(float), np.repeat(
        np.arange(len(sizes)), sizes
    ).tolist()


def group_shares(
    rng: np.random.Generator, groups: int, p: float, correlation: float
) -> NDArray[np.float64]:
    """Return the share of right answers of each group, `p` on average."""
    strength = (1 - correlation) / correlation
    return rng.beta(p * strength, (1 - p) * strength, groups)


def covered(
    try_once: Callable[..., bool | None], groups: int, seed: int = 0, replications: int = 2000
) -> tuple[float, float]:
    """Return the lowest and the highest coverage over the kinds of answers."""
    rng = np.random.default_rng(seed)
    found = []
    for sizes, (p, correlation) in product((even, skewed), _SHARES):
        held = [try_once(rng, sizes(rng, groups), p, correlation) for _ in range(replications)]
        given = [one for one in held if one is not None]
        found.append(sum(given) / len(given))
    return min(found), max(found)


def main() -> None:
    """Print a Markdown table."""
    sys.stdout.write("| groups | share | difference of shares | score |\n|---|---|---|---|\n")
    for groups in _GROUPS:
        cells = [
            "{:.3f} to {:.3f}".format(*covered(try_once, groups, replications=_REPLICATIONS))
            for try_once in (of_share, of_difference, of_score)
        ]
        sys.stdout.write(f"| {groups} | {' | '.join(cells)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
