"""When simulated users come and what they ask: a Poisson process whose rate changes by the hour."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evalfirst.evals import EvalSet

    Share = float | Sequence[tuple[float, float]]

_HOUR = 3_600.0
_DAY = 86_400.0

# How busy each hour (from midnight on) and each weekday (from Monday on) is beside the others: a
# public office whose users write in the morning and in the early evening, and less at weekends.
HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 9, 10, 10, 9, 9, 10, 11, 10, 8, 5, 3, 2)
WEEKDAYS = (12, 11, 11, 10, 10, 6, 5)

# Who did not get what they needed asks again after some ten minutes.
_AGAIN = 600.0


@dataclass(frozen=True)
class Burst:
    """A time in which many more users come, such as after an outage or a newsletter.

    Attributes:
        day: days after the start, such as 2.5 for noon of the third day.
        minutes: how long it lasts.
        factor: how many times more users come than at that hour otherwise.
    """

    day: float
    minutes: float = 30.0
    factor: float = 10.0


@dataclass(frozen=True)
class Traffic:
    """Arrivals in the order of time.

    Attributes:
        frame: one row an arrival, its number as index: `at` (UTC), `user`, `sample` (its id),
            `text`.
        truth: what a service does not know of the same arrivals: `target`, `slices`, `burst`
            (whether it came in one), `repeat` (whether the user asked the same just before).
        samples: the set that they ask from.
        bursts: those that took place.
        key: twelve digits that two equal simulations share.
    """

    frame: pd.DataFrame
    truth: pd.DataFrame
    samples: EvalSet
    bursts: tuple[Burst, ...]
    key: str

    def __len__(self) -> int:
        """Return the number of arrivals."""
        return len(self.frame)

    def __repr__(self) -> str:
        """Say how many arrivals there are, and when."""
        if not len(self):
            return f"Traffic of {self.samples.name}: no arrivals"
        first, last = self.frame["at"].iloc[[0, -1]]
        return (
            f"Traffic of {self.samples.name}: {len(self):,} arrivals of "
            f"{self.frame['user'].nunique():,} users, {first:%Y-%m-%d %H:%M} to "
            f"{last:%Y-%m-%d %H:%M}"
        )


def simulate(
    samples: EvalSet,
    *,
    days: float = 7,
    per_day: float = 1000,
    seed: int = 0,
    start: datetime | str = "2026-03-02",
    mix: Mapping[str, Share] | None = None,
    bursts: int | Sequence[Burst] = 0,
    repeats: float = 0.05,
    users: int | None = None,
    hours: Sequence[float] = HOURS,
    weekdays: Sequence[float] = WEEKDAYS,
) -> Traffic:
    """Return simulated arrivals; the same arguments give the same ones.

    Arrivals are a Poisson process whose rate is constant within an hour. Each one asks a sample
    drawn at random.

    Args:
        samples: what may be asked.
        days: how long, from `start` on.
        per_day: expected arrivals on an average day of a week, repeats included and bursts not.
        seed: of the random numbers.
        start: without a time zone it is UTC.
        mix: slice -> its share of the arrivals: a number, or points `(day, share)` with straight
            lines between them; `[(3, 0.1), (3, 0.5)]` is a step. A sample of several of these
            slices counts for the first. Samples of none of them have the rest. Without a mix,
            each sample is as likely as any other.
        bursts: how many, at random times of 15 to 60 minutes with 5 to 15 times as many users;
            or the bursts themselves.
        repeats: share of the arrivals after which the same user asks the same again, some ten
            minutes later.
        users: how many there are; by default one for every five arrivals expected.
        hours: 24 weights, from midnight to 1 o'clock on.
        weekdays: 7 weights, from Monday on.

    Raises:
        ValueError: an argument is out of its range, a slice has no samples, or shares sum up to
            more than 1 at some time.
    """
    _check(samples, days, per_day, repeats, users, hours, weekdays)
    begin = _time(start)
    rng = np.random.default_rng(seed)
    peaks = _bursts(bursts, days, rng)
    when, in_burst = _arrivals(begin, days, per_day * (1 - repeats), hours, weekdays, peaks, rng)
    asked = _asked(samples, mix, when / _DAY, days, rng)
    pool = users or max(1, round(per_day * days / 5))
    who = rng.integers(pool, size=len(when))

    # after each question, the same user asks again with the probability `repeats`
    times = rng.geometric(1 - repeats, size=len(when))
    source = np.repeat(np.arange(len(when)), times)
    position = np.arange(len(source)) - np.repeat(np.cumsum(times) - times, times)
    gaps = np.where(position > 0, rng.exponential(_AGAIN, size=len(source)), 0.0)
    waited = np.cumsum(gaps)
    # the sum since the first question of the same user
    waited -= np.repeat(waited[position == 0], times)
    at = when[source] + waited
    order = np.argsort(at, kind="stable")
    order = order[at[order] < days * _DAY]
    source, again = source[order], position[order] > 0

    index = pd.RangeIndex(len(order), name="arrival")
    frame = pd.DataFrame(
        {
            "at": pd.Timestamp(begin) + pd.to_timedelta(np.floor(at[order] * 1000), unit="ms"),
            "user": _names(pool)[who[source]],
            "sample": _column(s.id for s in samples)[asked[source]],
            "text": _column(s.text for s in samples)[asked[source]],
        },
        index,
    )
    truth = pd.DataFrame(
        {
            "target": _column(s.target for s in samples)[asked[source]],
            "slices": _column(s.slices for s in samples)[asked[source]],
            "burst": in_burst[source] & ~again,
            "repeat": again,
        },
        index,
    )
    return Traffic(frame, truth, samples, peaks, _key(frame, samples))


def _check(
    samples: EvalSet,
    days: float,
    per_day: float,
    repeats: float,
    users: int | None,
    hours: Sequence[float],
    weekdays: Sequence[float],
) -> None:
    if not len(samples):
        raise ValueError(f"{samples.name} is empty: there is nothing to ask")
    for name, value in (("days", days), ("per_day", per_day)):
        if not (value > 0 and np.isfinite(value)):
            raise ValueError(f"{name} is {value}: it is a number above zero")
    if not 0 <= repeats < 1:
        raise ValueError(f"repeats is {repeats}: it is a share from 0 to below 1, such as 0.05")
    if users is not None and users < 1:
        raise ValueError(f"users is {users}: at least one user comes")
    for name, weights, length in (("hours", hours, 24), ("weekdays", weekdays, 7)):
        if len(weights) != length or min(weights) < 0 or not sum(weights) > 0:
            raise ValueError(f"{name} has {length} weights, none below zero and not all zero")


def _time(start: datetime | str) -> datetime:
    if isinstance(start, str):
        try:
            start = datetime.fromisoformat(start)
        except ValueError as error:
            raise ValueError(f"{start!r} is no time; write it as 2026-03-02") from error
    return start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)


def _bursts(
    bursts: int | Sequence[Burst], days: float, rng: np.random.Generator
) -> tuple[Burst, ...]:
    if isinstance(bursts, int):
        if bursts < 0:
            raise ValueError(f"bursts is {bursts}: it is a number of bursts, or a list of them")
        drawn = [
            Burst(float(day), float(minutes), float(factor))
            for day, minutes, factor in zip(
                rng.uniform(0, days, bursts),
                rng.uniform(15, 60, bursts),
                rng.uniform(5, 15, bursts),
                strict=True,
            )
        ]
        return tuple(sorted(drawn, key=lambda burst: burst.day))
    for burst in bursts:
        if not (0 <= burst.day < days and burst.minutes > 0 and burst.factor >= 1):
            raise ValueError(
                f"{burst}: day is within the {days:g} days, minutes above zero, and factor at "
                "least 1"
            )
    return tuple(sorted(bursts, key=lambda burst: burst.day))


def _arrivals(
    begin: datetime,
    days: float,
    per_day: float,
    hours: Sequence[float],
    weekdays: Sequence[float],
    bursts: tuple[Burst, ...],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return seconds after `begin`, ascending, and whether each one is in a burst."""
    end = days * _DAY
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    offset = (begin - midnight).total_seconds()
    # the rate is constant between these
    full = np.arange(0, offset + end + _HOUR, _HOUR) - offset
    spans = [(b.day * _DAY, min(b.day * _DAY + b.minutes * 60, end)) for b in bursts]
    edges = np.unique(np.clip([*full, *np.ravel(spans), 0.0, end], 0.0, end))
    starts, lengths = edges[:-1], np.diff(edges)
    middle = starts + lengths / 2 + offset
    hour = (middle // _HOUR).astype(int) % 24
    weekday = (begin.weekday() + (middle // _DAY).astype(int)) % 7
    by_hour = np.asarray(hours, float) / np.sum(hours)
    by_weekday = 7 * np.asarray(weekdays, float) / np.sum(weekdays)
    rate = per_day / _HOUR * by_hour[hour] * by_weekday[weekday]
    bursting = np.zeros(len(rate), bool)
    for burst, (first, last) in zip(bursts, spans, strict=True):
        inside = (starts >= first) & (starts < last)
        rate = np.where(inside, rate * burst.factor, rate)
        bursting |= inside
    counts = rng.poisson(rate * lengths)
    when = np.repeat(starts, counts) + rng.random(counts.sum()) * np.repeat(lengths, counts)
    order = np.argsort(when, kind="stable")
    return when[order], np.repeat(bursting, counts)[order]


def _asked(
    samples: EvalSet,
    mix: Mapping[str, Share] | None,
    day: NDArray[np.float64],
    days: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the position of the sample that each arrival asks."""
    named = list(mix or {})
    groups: list[list[int]] = [[] for _ in (*named, None)]
    for position, sample in enumerate(samples):
        first = next((i for i, name in enumerate(named) if name in sample.slices), len(named))
        groups[first].append(position)
    shares = np.stack([_share(name, (mix or {})[name], day) for name in named]) if named else None
    corners = _corners(mix or {}, days)
    rest = np.ones(len(corners))
    for name, group in zip(named, groups, strict=False):
        wanted = _share(name, (mix or {})[name], corners)
        if not group and wanted.any():
            known = sorted({slice_ for sample in samples for slice_ in sample.slices})
            raise ValueError(
                f"mix: no sample is left for the slice {name!r}; slices of {samples.name}: "
                f"{', '.join(known) or 'none'}"
            )
        rest -= wanted
    if rest.min() < -1e-9:
        raise ValueError(
            f"mix: on day {corners[rest.argmin()]:g} the shares sum up to {1 - rest.min():.2f}, "
            "more than 1"
        )
    if not groups[-1] and rest.max() > 1e-9:
        raise ValueError(
            "mix: every sample is of a slice that the mix names, so the shares must sum up to 1 at "
            f"all times; on day {corners[rest.argmax()]:g} {rest.max():.2f} is missing"
        )
    chance = rng.random(len(day))
    group_of = np.zeros(len(day), np.int64)
    if shares is not None:
        group_of = (chance >= np.cumsum(shares, axis=0)).sum(axis=0)
        if not groups[-1]:
            # a rounding error must not choose the empty rest
            group_of = np.minimum(group_of, len(named) - 1)
    within = rng.random(len(day))
    asked = np.empty(len(day), np.int64)
    for number, group in enumerate(groups):
        here = group_of == number
        asked[here] = np.asarray(group, np.int64)[(within[here] * len(group)).astype(np.int64)]
    return asked


def _share(name: str, share: Share, day: NDArray[np.float64]) -> NDArray[np.float64]:
    points = [(0.0, share)] if isinstance(share, (int, float)) else list(share)
    known, shares = np.asarray(points, float).reshape(-1, 2).T
    if not len(known) or np.any(np.diff(known) < 0) or np.any((shares < 0) | (shares > 1)):
        raise ValueError(
            f"mix: the share of {name!r} is a number from 0 to 1, or points (day, share) with "
            "ascending days"
        )
    between: NDArray[np.float64] = np.interp(day, known, shares)
    return between


def _corners(mix: Mapping[str, Share], days: float) -> NDArray[np.float64]:
    """Return the days between which all shares are straight lines; steps seen from both sides."""
    own = [
        day
        for share in mix.values()
        if not isinstance(share, (int, float))
        for day, _ in share
        if 0 < day < days
    ]
    beside = [np.nextafter(day, side) for day in own for side in (0.0, days)]
    return np.unique([0.0, days, *own, *beside])


def _column(values: Any) -> NDArray[np.object_]:
    listed = list(values)
    # filled one by one: numpy would make a table of lists of equal length
    column = np.empty(len(listed), object)
    for position, value in enumerate(listed):
        column[position] = value
    return column


def _names(users: int) -> NDArray[np.object_]:
    width = len(str(users))
    return _column(f"u{number:0{width}}" for number in range(1, users + 1))


def _key(frame: pd.DataFrame, samples: EvalSet) -> str:
    digest = hashlib.sha256(json.dumps([samples.name, samples.version]).encode())
    digest.update(frame["at"].to_numpy("datetime64[ms]").tobytes())
    for name in ("user", "sample"):
        digest.update("\0".join(frame[name]).encode())
    return digest.hexdigest()[:12]
