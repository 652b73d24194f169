"""The rule by which a gate decides on a drop: fail, pass, or too small to tell.

For `n` samples that both versions answered, of which some got better and some worse:

1. **Fail** where a drop is demonstrated: McNemar's exact test in one direction, at `false_alarm`.
2. **Pass** where that is not so *and* a drop of `drop` would not have gone by, because
   - the result excludes it by itself: Tango's test for non-inferiority, at `false_alarm` or half
     of what `power` leaves, whichever is less; or
   - a set of this size demonstrates it with the chance `power`, given how many samples changed,
     and the result speaks against it at that level (the same test at `1 - power`).
3. Else the set is **too small** to tell. Silence of a small set is no evidence of quality.

What follows, at every size: a change that makes nothing worse fails with a chance of at most
`false_alarm`, and a change that costs `drop` or more passes with at most `1 - power`.
`tests/evals/test_regression_rule.py` sums both up over all outcomes. Assumes that samples are
independent: ten paraphrases of one ticket are one sample, not ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalfirst.stats.noninferiority import (
    drop_p_value,
    drop_power,
    drop_sample_size,
    largest_drop,
    noninferiority_p,
)

Outcome = Literal["pass", "fail", "too small"]


@dataclass(frozen=True)
class Regression:
    """What the rule says of one set of samples.

    Attributes:
        outcome: `pass`, `fail` or `too small`.
        p: how likely so many regressions among the changes are if nothing got worse.
        chance: that a set of this size demonstrates the drop, given how many samples changed.
        excluded: whether the result excludes the drop by itself.
        confidence: with which it has to.
        n, better, worse: the samples counted.
    """

    outcome: Outcome
    p: float
    chance: float
    excluded: bool
    confidence: float
    n: int
    better: int
    worse: int

    @property
    def most(self) -> float:
        """The largest drop that fits the result with `confidence`; below 0 for a rise."""
        return largest_drop(self.n, self.better, self.worse, self.confidence)


def judge(
    n: int,
    better: int,
    worse: int,
    *,
    drop: float,
    false_alarm: float,
    power: float,
    p: float | None = None,
    alpha: float | None = None,
) -> Regression:
    """Apply the rule.

    Args:
        n: samples that both versions answered, at least 1.
        better: those wrong before and right after.
        worse: those right before and wrong after.
        drop: the smallest drop that must not go by, as a fraction.
        false_alarm: chance of a fail when nothing got worse.
        power: chance that a drop of `drop` does not pass.
        p: adjusted p-value of the drop, where several tests share `false_alarm`.
        alpha: the strictest level that this adjustment may ask of the test.

    Raises:
        ValueError: a count or a chance is out of range.
    """
    p = drop_p_value(better, worse) if p is None else p
    # under a drop of this size at least as many samples change
    chance = drop_power(n, drop, _changed(n, better, worse, drop), alpha=alpha or false_alarm)
    against = noninferiority_p(n, better, worse, drop)
    level = min(false_alarm, (1 - power) / 2)
    excluded = against <= level
    shown = chance >= power and against <= 1 - power
    outcome: Outcome = "fail" if p <= false_alarm else "pass" if excluded or shown else "too small"
    return Regression(outcome, p, chance, excluded, 1 - level, n, better, worse)


def samples_needed(
    n: int, better: int, worse: int, *, drop: float, alpha: float, power: float
) -> int:
    """Return how many samples demonstrate the drop, if as large a share changes as did here.

    More than `n`: where the set has the size but the result lies close to the drop, half as many
    again.
    """
    needed = drop_sample_size(drop, _changed(n, better, worse, drop), power=power, alpha=alpha)
    return needed if needed > n else n + n // 2


def _changed(n: int, better: int, worse: int, drop: float) -> float:
    return max((better + worse) / n, drop)
