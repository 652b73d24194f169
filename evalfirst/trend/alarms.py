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

from evalfirst.stats import cusum_arl, ewma_arl, likeliest_begin, shewhart_arl

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pandas as pd

Chart = Literal["cusum", "ewma", "shewhart"]
Kind = Literal["drop", "rise"]

# A share of 0 or 1 has no standard error; Laplace's correction gives it one.
_PRIOR = 1.0
# From so many of the rarer answers a point on, the run lengths without a change hold within a tenth
# for CUSUM and EWMA. Below that, how many times as often false alarms came in 100,000 simulated
# points, by the rarer answers a point.
_ENOUGH_RARE = 10
_TIMES_AS_OFTEN = {
    1: {"others": 1.6, "shewhart": 3.4},
    2: {"others": 1.3, "shewhart": 1.9},
}
# A change is looked for from so many points before the chart began to move.
_LOOK_BACK = 15


@dataclass(frozen=True)
class Alarm:
    """A lasting change.

    Attributes:
        at: time of the point that raised the alarm.
        since: time of the first point that belongs to the change, as far as can be told.
        kind: `drop` or `rise`.
        before, after: shares from the alarm before it (or the start) to `since`, and from `since`
            to `at`.
        position, first: positions of `at` and `since` in the trend, from 0.
        release: what was live at `since`, if known.
        other_set: whether the eval set was changed at that point, and only there.
    """

    at: datetime
    since: datetime
    kind: Kind
    before: float
    after: float
    position: int
    first: int
    release: str | None = None
    other_set: bool = False

    @property
    def sentence(self) -> str:
        """The alarm in words."""
        moved = "fell" if self.kind == "drop" else "rose"
        live = f", when {self.release} was live" if self.release else ""
        caution = (
            " The eval set was changed then, too: compare both versions on one set before you "
            "blame the feature."
        )
        return (
            f"Quality {moved} from {self.before:.0%} to {self.after:.0%}, probably from "
            f"{self.since:%Y-%m-%d} on{live}; the alarm came on {self.at:%Y-%m-%d}."
            f"{caution if self.other_set else ''}"
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
        """Say in words how often it errs and how soon it finds a drop; arguments as above.

        Where a point has few wrong answers (or few right ones), their number is skewed, and false
        alarms come more often than the run length says; the sentence then tells what was measured.
        """
        false, true = self.run_length(), self.run_length(n=n, share=share, drop=drop)
        said = (
            f"Expect one false alarm in about {false:.0f} points. With {n} samples a point, a drop "
            f"from {share:.0%} to {share - drop:.0%} is found after {true:.1f} points on average."
        )
        rare = n * min(share, 1 - share)
        if rare >= _ENOUGH_RARE:
            return said
        least = max((count for count in _TIMES_AS_OFTEN if count <= rare), default=1)
        often = _TIMES_AS_OFTEN[least]["shewhart" if self.chart == "shewhart" else "others"]
        return (
            f"{said} Caution: with {rare:.1f} of the rarer answers a point, false alarms come up "
            f"to {often:g} times as often in simulations; take more samples a point."
        )

    def alarms(self, trend: pd.DataFrame) -> tuple[Alarm, ...]:
        """Return the alarms of a trend, oldest first.

        It has the columns `at`, `n`, `passes`, and where known `release`, `eval_set_version`.
        After an alarm the chart starts anew, as in a factory: it learns the level again, from the
        next points on. So a recovery, or a second drop on top of the first, raises an alarm of its
        own, and false alarms stay as rare as promised. A change within the `learn` points after
        an alarm teaches the new level instead.
        """
        return self.read(trend)[1]

    def read(self, trend: pd.DataFrame) -> tuple[tuple[Reading, ...], tuple[Alarm, ...]]:
        """Return each point as the chart saw it, and the alarms."""
        n, passes = trend["n"].tolist(), trend["passes"].tolist()
        readings: list[Reading] = []
        alarms: list[Alarm] = []
        watch = _Watch(self, 0)
        for index, (size, right) in enumerate(zip(n, passes, strict=True)):
            reading = watch.reading(size, right)
            readings.append(reading)
            signal = watch.step(reading.z, index, size, right)
            if signal is not None:
                kind, first = signal
                earliest = max(1, first - _LOOK_BACK - watch.start)
                seen = slice(watch.start, index + 1)
                begin = watch.start + likeliest_begin(passes[seen], n[seen], earliest)
                alarms.append(_alarm(trend, kind, watch.start, begin, index))
                watch = _Watch(self, index + 1)
        return tuple(readings), tuple(alarms)


class _Watch:
    """A chart from one point on: the level that it has learnt so far, and its two sides."""

    def __init__(self, policy: AlarmPolicy, start: int) -> None:
        self.start = start
        self._learn = policy.learn
        self._points = self._known = self._passed = 0
        self._sides = [_side(policy, "drop"), _side(policy, "rise")]

    def reading(self, n: int, right: int) -> Reading:
        if self._points < self._learn or not n:
            return Reading(math.nan, math.nan, math.nan)
        known, passed = self._known, self._passed
        share = (passed + _PRIOR) / (known + 2 * _PRIOR)
        error = math.sqrt(share * (1 - share) * (1 / n + 1 / known))
        level = passed / known
        limits = max(0.0, level - 3 * error), min(1.0, level + 3 * error)
        return Reading((right / n - level) / error, *limits)

    def step(self, z: float, index: int, n: int, right: int) -> tuple[Kind, int] | None:
        """Take a point; return the kind of an alarm and where its side left zero, if one is due."""
        self._points += n > 0
        self._known += n
        self._passed += right
        if math.isnan(z):
            return None
        for side in self._sides:
            side.step(z, index)
        return next(((side.kind, side.first) for side in self._sides if side.signals), None)


class _Side:
    """One direction of a chart: a statistic that grows with a change to that side."""

    def __init__(self, kind: Kind, grow: Callable[[float, float], float], limit: float) -> None:
        self.kind, self._grow, self._limit = kind, grow, limit
        self._value, self.first = 0.0, 0

    def step(self, z: float, index: int) -> None:
        before = self._value
        self._value = self._grow(before, -z if self.kind == "drop" else z)
        if before <= 0 < self._value:
            self.first = index

    @property
    def signals(self) -> bool:
        return self._value > self._limit


def _side(policy: AlarmPolicy, kind: Kind) -> _Side:
    if policy.chart == "cusum":
        return _Side(kind, lambda value, z: max(0.0, value + z - policy.k), policy.h)
    if policy.chart == "ewma":
        weight = policy.weight
        limit = policy.width * math.sqrt(weight / (2 - weight))
        return _Side(kind, lambda value, z: weight * z + (1 - weight) * value, limit)
    return _Side(kind, lambda _, z: z, policy.sigmas)


def _alarm(trend: pd.DataFrame, kind: Kind, start: int, first: int, index: int) -> Alarm:
    earlier, later = trend.iloc[start:first], trend.iloc[first : index + 1]
    release = trend["release"].iloc[first] if "release" in trend else None
    return Alarm(
        at=trend["at"].iloc[index],
        since=trend["at"].iloc[first],
        kind=kind,
        before=float(earlier["passes"].sum() / max(1, earlier["n"].sum())),
        after=float(later["passes"].sum() / max(1, later["n"].sum())),
        position=index,
        first=first,
        release=release if isinstance(release, str) else None,
        other_set=_other_set(trend, start, first, index),
    )


def _other_set(trend: pd.DataFrame, start: int, first: int, index: int) -> bool:
    """Whether the eval set has two versions in all, and the second begins about at `first`.

    Samples that are fresh at each point are another set each time: that is no news.
    """
    if "eval_set_version" not in trend:
        return False
    versions = trend["eval_set_version"].iloc[start : index + 1].tolist()
    changes = [start + i for i in range(1, len(versions)) if versions[i] != versions[i - 1]]
    return len(changes) == 1 and abs(changes[0] - first) <= 1
