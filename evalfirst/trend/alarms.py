"""Alarms on a trend that keep a stated rate of false alarms.

Points differ in size, and the level before a change has to be learnt from the points themselves.
Each point is therefore set against all earlier ones: the difference of its share and theirs, in
standard errors of that difference. Without a change these are nearly independent and standard
normal from the first point on, so the run lengths of a chart with *known* mean hold without a
long baseline (D. M. Hawkins, The Statistician 36 (1987), 299-315: self-starting CUSUM).

Assumes that the samples of a run are independent of those of other runs, as with fresh samples of
traffic. The same fixed set every night varies less than that: alarms are then rarer than
promised, false ones as well as true ones, and `compare` of two runs sees more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evalfirst.stats import cusum_arl, ewma_arl, shewhart_arl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import pandas as pd

Chart = Literal["cusum", "ewma", "shewhart"]

# A share of 0 or 1 has no standard error; Laplace's correction gives it one.
_PRIOR = 1.0
# A change is looked for from so many points before the chart began to move.
_LOOK_BACK = 15


@dataclass(frozen=True)
class Alarm:
    """A lasting change.

    Attributes:
        at: time of the point that raised the alarm.
        since: time of the first point that belongs to the change, as far as can be told.
        kind: `drop` or `rise`.
        before, after: shares on all points before it, and from `since` to `at`.
        position, first: positions of `at` and `since` in the trend, from 0.
        release: what was live at `since`, if known.
    """

    at: datetime
    since: datetime
    kind: Literal["drop", "rise"]
    before: float
    after: float
    position: int
    first: int
    release: str | None = None

    @property
    def sentence(self) -> str:
        """The alarm in words."""
        moved = "fell" if self.kind == "drop" else "rose"
        live = f", when {self.release} was live" if self.release else ""
        return (
            f"Quality {moved} from {self.before:.0%} to {self.after:.0%}, probably from "
            f"{self.since:%Y-%m-%d} on{live}; the alarm came on {self.at:%Y-%m-%d}."
        )


@dataclass(frozen=True)
class Reading:
    """One point as the chart sees it; `z`, `low` and `high` are NaN while it still learns.

    Attributes:
        z: distance from the level so far, in standard errors.
        low, high: limits between which a single share stays, three standard errors either way.
    """

    z: float
    low: float
    high: float


@dataclass(frozen=True)
class AlarmPolicy:
    """When a trend raises an alarm.

    Attributes:
        chart: `cusum` and `ewma` gather small lasting changes; `shewhart` looks at single points.
        learn: points at the start that only teach the level, at least 1.
        k, h: slack and limit of the CUSUM, in standard errors.
        weight, width: of the EWMA.
        sigmas: limits of the Shewhart chart.

    Raises:
        ValueError: the chart is unknown or `learn` is below 1.
    """

    chart: Chart = "cusum"
    learn: int = 3
    k: float = 0.5
    h: float = 5.0
    weight: float = 0.2
    width: float = 2.962
    sigmas: float = 3.0

    def __post_init__(self) -> None:
        """Refuse settings that name no chart."""
        if self.chart not in ("cusum", "ewma", "shewhart"):
            raise ValueError(f"chart must be 'cusum', 'ewma' or 'shewhart', got {self.chart!r}")
        if self.learn < 1:
            raise ValueError(f"at least one point must teach the level, got learn = {self.learn}")

    def run_length(self, *, n: int = 0, share: float = 0.5, drop: float = 0.0) -> float:
        """Return how many points pass, on average, up to and with the alarm.

        With `drop` 0 that is the time between false alarms. A drop is found later than this when
        it comes before the level is learnt (say, within the first ten points).

        Args:
            n: samples at each point; needed for a drop.
            share: share of right answers before the drop.
            drop: as a fraction.

        Raises:
            ValueError: `n` or `share` says nothing about the size of a drop.
        """
        shift = 0.0
        if drop:
            if n < 1 or not 0 < share < 1:
                raise ValueError("a drop needs n of at least 1 and a share between 0 and 1")
            shift = drop / math.sqrt(share * (1 - share) / n)
        if self.chart == "cusum":
            return float(cusum_arl(shift, self.k, self.h))
        if self.chart == "ewma":
            return float(ewma_arl(shift, self.weight, self.width))
        return float(shewhart_arl(shift, self.sigmas))

    def promise(self, *, n: int, share: float, drop: float) -> str:
        """Say in words how often it errs and how soon it finds a drop; arguments as above."""
        false, true = self.run_length(), self.run_length(n=n, share=share, drop=drop)
        return (
            f"Expect one false alarm in about {false:.0f} points. With {n} samples a point, a drop "
            f"from {share:.0%} to {share - drop:.0%} is found after {true:.1f} points on average."
        )

    def alarms(self, trend: pd.DataFrame) -> tuple[Alarm, ...]:
        """Return the alarms of a trend (`at`, `n`, `passes`; `release` if known), oldest first.

        After an alarm the level stays that of before the change, and no second alarm of the same
        kind is raised until the chart is back at zero.
        """
        return self.read(trend)[1]

    def read(self, trend: pd.DataFrame) -> tuple[tuple[Reading, ...], tuple[Alarm, ...]]:
        """Return each point as the chart saw it, and the alarms."""
        n, passes = trend["n"].tolist(), trend["passes"].tolist()
        readings: list[Reading] = []
        alarms: list[Alarm] = []
        watch = _Watch(self)
        for index, (size, right) in enumerate(zip(n, passes, strict=True)):
            reading = watch.reading(size, right, learning=index < self.learn)
            readings.append(reading)
            for kind, first in watch.step(reading.z, index, size, right):
                begin = _likeliest_begin(n, passes, max(1, first - _LOOK_BACK), index)
                alarms.append(_alarm(trend, kind, begin, index))
        return tuple(readings), tuple(alarms)


class _Watch:
    """The level so far, and the two sides of a chart."""

    def __init__(self, policy: AlarmPolicy) -> None:
        self.sums = [(0, 0)]  # samples and right answers before each point
        self.level = 0  # the level is that of the points before this one
        self.sides = [_side(policy, "drop"), _side(policy, "rise")]

    def reading(self, n: int, right: int, *, learning: bool) -> Reading:
        known, passed = self.sums[self.level]
        if learning or not known or not n:
            return Reading(math.nan, math.nan, math.nan)
        share = (passed + _PRIOR) / (known + 2 * _PRIOR)
        error = math.sqrt(share * (1 - share) * (1 / n + 1 / known))
        level = passed / known
        limits = max(0.0, level - 3 * error), min(1.0, level + 3 * error)
        return Reading((right / n - level) / error, *limits)

    def step(self, z: float, index: int, n: int, right: int) -> Iterator[tuple[str, int]]:
        known, passed = self.sums[-1]
        self.sums.append((known + n, passed + right))
        if not math.isnan(z):
            for side in self.sides:
                if side.step(z, index):
                    yield side.kind, side.first
        signalling = [side.first for side in self.sides if side.signalling]
        # what belongs to a change does not teach the level from which it departs
        self.level = min(self.level, *signalling) if signalling else len(self.sums) - 1


class _Side:
    """One direction of a chart: a statistic that grows with a change to that side."""

    def __init__(self, kind: str, grow: Callable[[float, float], float], limit: float) -> None:
        self.kind, self._grow, self._limit = kind, grow, limit
        self.value, self.first, self.signalling = 0.0, 0, False

    def step(self, z: float, index: int) -> bool:
        """Take a point; return whether it raises a new alarm."""
        before = self.value
        self.value = self._grow(before, -z if self.kind == "drop" else z)
        if before <= 0 < self.value:
            self.first = index
        if self.value <= 0:
            self.signalling = False
        new = self.value > self._limit and not self.signalling
        self.signalling = self.signalling or new
        return new


def _side(policy: AlarmPolicy, kind: str) -> _Side:
    if policy.chart == "cusum":
        return _Side(kind, lambda value, z: max(0.0, value + z - policy.k), policy.h)
    if policy.chart == "ewma":
        weight = policy.weight
        limit = policy.width * math.sqrt(weight / (2 - weight))
        return _Side(kind, lambda value, z: weight * z + (1 - weight) * value, limit)
    return _Side(kind, lambda _, z: z, policy.sigmas)


def _likeliest_begin(n: list[int], passes: list[int], earliest: int, index: int) -> int:
    """Return the position at which two levels explain the points up to `index` best.

    Source: maximum likelihood for a binomial change point, D. V. Hinkley and E. A. Hinkley,
    Biometrika 57 (1970), 477-488.
    """

    def likelihood(begin: int) -> float:
        return sum(
            _log_likelihood(sum(passes[part]), sum(n[part]))
            for part in (slice(0, begin), slice(begin, index + 1))
        )

    return max(range(earliest, index + 1), key=likelihood, default=index)


def _log_likelihood(right: int, n: int) -> float:
    terms = ((right, right / n), (n - right, 1 - right / n)) if n else ()
    return sum(count * math.log(share) for count, share in terms if count)


def _alarm(trend: pd.DataFrame, kind: str, first: int, index: int) -> Alarm:
    earlier, later = trend.iloc[:first], trend.iloc[first : index + 1]
    release = trend["release"].iloc[first] if "release" in trend else None
    return Alarm(
        at=trend["at"].iloc[index],
        since=trend["at"].iloc[first],
        kind=kind,  # type: ignore[arg-type]  # one of two words
        before=float(earlier["passes"].sum() / max(1, earlier["n"].sum())),
        after=float(later["passes"].sum() / max(1, later["n"].sum())),
        position=index,
        first=first,
        release=release if isinstance(release, str) else None,
    )
