"""When did the level change? Change points in shares over time, looking back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from evalfirst.stats.checks import whole
from evalfirst.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

# a level of one point alone is no level
SHORTEST = 2
# below this many points only a landslide stands out from chance
SHORT_SERIES = 8
# calibration takes time with the square of the length
LONGEST = 366
# allowing nine changes in a series without any gave the same share of false alarms, to 0.1%
MOST_CHANGES = 4
_SIMULATIONS = 4000
_SIMULATED_POINTS = 400_000
_SEED = 20_26


@dataclass(frozen=True)
class Segment:
    """Points `start` to `stop - 1` with one level: its share and 95% Wilson interval."""

    start: int
    stop: int
    n: int
    passes: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ChangePoints:
    """Where the level changed.

    Attributes:
        positions: first point of each new level, from 0; empty if one level explains all.
        segments: the levels, oldest first.
        false_alarm: chance of any change point where nothing changed.
        caution: why to be careful; empty otherwise.
    """

    positions: tuple[int, ...]
    segments: tuple[Segment, ...]
    false_alarm: float
    caution: str = ""

    @property
    def sentence(self) -> str:
        """The result in words."""
        caution = f" Caution: {self.caution}." if self.caution else ""
        if not self.positions:
            (only,) = self.segments
            return f"One level explains all {only.stop} points: {only.share:.1%}.{caution}"
        first, *later = self.segments
        steps = [f"The first {first.stop} points lie at {first.share:.1%}, {_likely(first)}."]
        steps += [
            f"From point {new.start + 1} on the level is {new.share:.1%}, {_likely(new)}."
            for new in later
        ]
        chance = f"Where nothing changed, {self.false_alarm:.0%} of series show any change."
        return f"{' '.join(steps)} {chance}{caution}"


def change_points_in_shares(
    passes: Sequence[int], n: Sequence[int], *, false_alarm: float = 0.05
) -> ChangePoints:
    """Return the points at which a share over time took a new level.

    It looks back over a finished series; for an alarm while points still come, take a control
    chart. The penalty for each further level is calibrated: in simulated series of the same sizes
    without a change, any change point is found in `false_alarm` of them. Assumes independent
    samples, and levels that last at least two points.

    A level that wanders by itself, such as answers to other questions each week, is taken for
    changes: give the function points of the same eval set.

    Args:
        passes: right answers at each point, in time order.
        n: samples at each point, each at least 1.
        false_alarm: chance of any change point where nothing changed, between 0 and 0.5.

    Raises:
        ValueError: different lengths, fewer than 4 points or more than 366, counts that are not
            whole or make no sense, or `false_alarm` is not between 0 and 0.5.

    Source: PELT, R. Killick, P. Fearnhead and I. A. Eckley, Journal of the American Statistical
    Association 107 (2012), 1590-1598, computed by ruptures, with the binomial deviance as cost.

    >>> result = change_points_in_shares([42, 40, 41, 43, 30, 31, 29, 30], [50] * 8)
    >>> result.positions, round(result.segments[1].share, 2)
    ((4,), 0.6)
    """
    from ruptures import Pelt

    passes, n = _counts(passes, n, false_alarm)
    length = len(n)
    cost = _cost(passes, n)
    penalty = _penalty(tuple(n), sum(passes), false_alarm)
    found = Pelt(custom_cost=cost, min_size=SHORTEST, jump=1).fit_predict(
        signal=_column(length), pen=penalty
    )
    ends = [0, *found]
    segments = tuple(_segment(start, stop, passes, n) for start, stop in pairwise(ends))
    caution = (
        f"{length} points are few: only a large change stands out from chance"
        if length < SHORT_SERIES
        else ""
    )
    return ChangePoints(tuple(ends[1:-1]), segments, false_alarm, caution)


def likeliest_begin(passes: Sequence[int], n: Sequence[int], earliest: int = 1) -> int:
    """Return the position, from `earliest` on, at which two levels explain the points best.

    For a series that is known to hold one change, as after an alarm. Assumes independent samples.

    Args:
        passes: right answers at each point, in time order.
        n: samples at each point.
        earliest: the first position that may begin the second level, from 0.

    Raises:
        ValueError: no point is left to begin with.

    Source: maximum likelihood for a binomial change point, D. V. Hinkley and E. A. Hinkley,
    Biometrika 57 (1970), 477-488.

    >>> likeliest_begin([42, 40, 41, 43, 30, 31], [50] * 6)
    4
    """
    import numpy as np

    if not earliest < len(n):
        raise ValueError(f"of {len(n)} points none is left from position {earliest} on")
    right, size = (np.concatenate([[0], np.cumsum(counts)]) for counts in (passes, n))
    begins = slice(earliest, len(n))
    before = _deviance(right[begins], size[begins])
    after = _deviance(right[-1] - right[begins], size[-1] - size[begins])
    return earliest + int(np.argmin(before + after))


def _likely(segment: Segment) -> str:
    return f"likely {segment.low:.1%} to {segment.high:.1%}"


def _segment(start: int, stop: int, passes: Sequence[int], n: Sequence[int]) -> Segment:
    right, size = sum(passes[start:stop]), sum(n[start:stop])
    return Segment(start, stop, size, right, right / size, *wilson(right, size))


def _column(length: int) -> Any:
    import numpy as np

    # ruptures wants a signal to know the length; the cost below reads the counts themselves
    return np.arange(length, dtype=float).reshape(-1, 1)


def _cost(passes: Sequence[int], n: Sequence[int]) -> Any:
    import numpy as np
    from ruptures.base import BaseCost

    right = np.concatenate([[0], np.cumsum(passes)]).astype(float)
    size = np.concatenate([[0], np.cumsum(n)]).astype(float)

    class BinomialDeviance(BaseCost):  # type: ignore[misc]  # ruptures carries no types
        """Twice the negative log likelihood of one share for all points of a segment."""

        model = "binomial"
        min_size = SHORTEST

        def fit(self, signal: Any) -> Any:
            """Take nothing from the signal."""
            self.signal = signal
            return self

        def error(self, start: int, end: int) -> float:
            """Return the cost of points `start` to `end - 1`."""
            return float(_deviance(right[end] - right[start], size[end] - size[start]))

    return BinomialDeviance()


def _deviance(right: Any, size: Any) -> Any:
    from scipy.special import xlogy

    wrong = size - right
    return -2 * (xlogy(right, right) + xlogy(wrong, wrong) - xlogy(size, size))


@lru_cache(maxsize=32)
def _penalty(n: tuple[int, ...], passes: int, false_alarm: float) -> float:
    """Return the penalty at which `false_alarm` of series without a change show any change."""
    import numpy as np

    rng = np.random.default_rng(_SEED)
    # the time goes with the square of the length, so long series get fewer
    series = min(_SIMULATIONS, _SIMULATED_POINTS // len(n))
    drawn = rng.binomial(np.array(n), passes / sum(n), (series, len(n)))
    return float(np.quantile(_breaking_penalties(drawn, np.array(n)), 1 - false_alarm))


def _breaking_penalties(passes: Any, n: Any) -> Any:
    """Return for each series `(series, points)` the penalty below which it shows changes.

    That is the largest gain per change. One change alone is not enough to look at: a few points
    that stand out gain little by one change, and much by two.
    """
    import numpy as np

    series, length = passes.shape
    right = np.concatenate([np.zeros((series, 1)), passes.cumsum(axis=1)], axis=1)
    size = np.concatenate([[0.0], n.cumsum()])
    # the lowest cost of the points before each one, with 0, 1, 2, ... changes
    lowest = np.full((series, MOST_CHANGES + 1, length + 1), np.inf)
    for stop in range(SHORTEST, length + 1):
        starts = slice(SHORTEST, stop - SHORTEST + 1)
        lowest[:, 0, stop] = _deviance(right[:, stop], size[stop])
        if stop < 2 * SHORTEST:
            continue
        last = _deviance(right[:, stop, None] - right[:, starts], size[stop] - size[starts])
        lowest[:, 1:, stop] = (lowest[:, :-1, starts] + last[:, None]).min(axis=2)
    changes = np.arange(1, MOST_CHANGES + 1)
    return ((lowest[:, :1, -1] - lowest[:, 1:, -1]) / changes).max(axis=1)


def _counts(
    passes: Sequence[int], n: Sequence[int], false_alarm: float
) -> tuple[list[int], list[int]]:
    if len(passes) != len(n):
        raise ValueError(f"{len(passes)} counts of passes but {len(n)} sizes")
    if len(n) < 2 * SHORTEST:
        raise ValueError(f"two levels need at least {2 * SHORTEST} points, got {len(n)}")
    if len(n) > LONGEST:
        raise ValueError(
            f"{len(n):,} points are more than {LONGEST:,}: add up days to weeks, or take the newest"
        )
    rights, sizes = [], []
    for at, (right, size) in enumerate(zip(passes, n, strict=True)):
        rights.append(whole(f"passes of point {at}", right))
        sizes.append(whole(f"size of point {at}", size))
        if not 0 <= rights[-1] <= sizes[-1] or sizes[-1] < 1:
            raise ValueError(f"point {at}: {right} of {size} makes no sense")
    if not 0 < false_alarm < 0.5:
        raise ValueError(f"false_alarm must be between 0 and 0.5, such as 0.05, got {false_alarm}")
    return rights, sizes
