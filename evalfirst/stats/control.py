"""Control charts for quality over time, and how long each takes to raise an alarm.

A run length counts points up to and with the first alarm; shifts are in standard deviations.
All assume independent, roughly normal points whose mean and standard deviation are known from a
baseline. Source: D. C. Montgomery, Introduction to Statistical Quality Control, chapters 6 and 9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: states of the CUSUM's Markov chain; the published run lengths do not change with more
STATES = 201
#: a longer run is given as infinite: the computer's numbers no longer tell how long it is
LONGEST_RUN = 1e12
#: the average of so small a weight hardly moves, and its run lengths cannot be computed well
SMALLEST_WEIGHT = 0.001


@dataclass(frozen=True)
class Chart:
    """Plotted values, their limits in the same unit, and the positions (from 0) of alarms.

    A CUSUM has two values per point, each in standard deviations: `values` holds the sum above
    and `below` the sum below the mean; for the other charts `below` is empty.
    """

    values: tuple[float, ...]
    low: float
    high: float
    signals: tuple[int, ...]
    below: tuple[float, ...] = ()


def shewhart_chart(series: Sequence[float], mean: float, sd: float, width: float = 3.0) -> Chart:
    """Return a Shewhart chart: it flags single points beyond `mean +- width * sd`.

    Assumes independent, roughly normal points.

    Args:
        series: one value per point, in time order and any unit.
        mean: of the baseline, in the same unit.
        sd: standard deviation of a single point in the baseline, likewise.
        width: of the limits, in standard deviations.

    Raises:
        ValueError: an empty or non-finite series, or `sd` or `width` not above 0.

    Source: W. A. Shewhart (1931); Montgomery, chapter 6.

    >>> shewhart_chart([0.80, 0.82, 0.60], mean=0.81, sd=0.05).signals
    (2,)
    """
    _standardized(series, mean, sd)
    _positive(width=width)
    low, high = mean - width * sd, mean + width * sd
    values = tuple(float(x) for x in series)
    return Chart(values, low, high, tuple(i for i, x in enumerate(values) if not low <= x <= high))


def ewma_chart(
    series: Sequence[float], mean: float, sd: float, weight: float = 0.2, width: float = 2.962
) -> Chart:
    """Return an EWMA chart with its long-run limits, for small lasting shifts.

    Assumes independent points; an average of many need not be normal one by one.

    Args:
        series: one value per point, in time order and any unit.
        mean: of the baseline, in the same unit.
        sd: standard deviation of a single point in the baseline.
        weight: of the newest point (lambda), above 0 and at most 1.
        width: of the limits, in standard deviations of the average.

    Raises:
        ValueError: as for `shewhart_chart`, or `weight` out of range.

    Source: S. W. Roberts, Technometrics 1 (1959), 239-250; Montgomery, chapter 9.

    >>> ewma_chart([0, 0, 2, 2, 2, 2], mean=0, sd=1).signals
    (5,)
    """
    z = _standardized(series, mean, sd)
    half = _ewma_half_width(weight, width)
    average, averages = 0.0, []
    for x in z:
        average = weight * x + (1 - weight) * average
        averages.append(average)
    return Chart(
        tuple(mean + sd * a for a in averages),
        mean - half * sd,
        mean + half * sd,
        tuple(i for i, a in enumerate(averages) if abs(a) > half),
    )


def cusum_chart(
    series: Sequence[float], mean: float, sd: float, k: float = 0.5, h: float = 5.0
) -> Chart:
    """Return a two-sided CUSUM chart, in standard deviations, for small lasting shifts.

    Assumes independent, roughly normal points.

    Args:
        series: one value per point, in time order and any unit.
        mean: of the baseline, in the same unit.
        sd: standard deviation of a single point in the baseline.
        k: slack, half the shift to find, at least 0.
        h: sum that raises the alarm, above 0.

    Raises:
        ValueError: as for `shewhart_chart`, or `k` or `h` out of range.

    Source: E. S. Page, Biometrika 41 (1954), 100-115; Montgomery, chapter 9.

    >>> cusum_chart([0, 0, -2, -2, -2, -2], mean=0, sd=1).signals
    (5,)
    """
    z = _standardized(series, mean, sd)
    _cusum_settings(k, h)
    up, down, above, below = 0.0, 0.0, [], []
    for x in z:
        up, down = max(0.0, up + x - k), max(0.0, down - x - k)
        above.append(up)
        below.append(down)
    signals = tuple(i for i, pair in enumerate(zip(above, below, strict=True)) if max(pair) > h)
    return Chart(tuple(above), 0.0, h, signals, tuple(below))


def shewhart_arl(shift: float = 0.0, width: float = 3.0) -> float:
    """Return the average run length of a Shewhart chart, in points; see `LONGEST_RUN`.

    Assumes independent normal points.

    Args:
        shift: of the mean, in standard deviations; 0 gives the run to a false alarm.
        width: of the limits, in standard deviations.

    Raises:
        ValueError: `width` is not above 0 or `shift` is not finite.

    Source: the geometric distribution; Montgomery, chapter 6.

    >>> round(shewhart_arl(), 1)
    370.4
    """
    from scipy.special import ndtr

    _positive(width=width)
    _finite(shift)
    chance = float(ndtr(-width - shift) + ndtr(-width + shift))
    return 1 / chance if chance * LONGEST_RUN > 1 else math.inf


def ewma_arl(shift: float = 0.0, weight: float = 0.2, width: float = 2.962) -> float:
    """Return the average run length of an EWMA chart that starts at the mean, in points.

    Assumes independent normal points.

    Args:
        shift: of the mean, in standard deviations; 0 gives the run to a false alarm.
        weight: of the newest point (lambda), `SMALLEST_WEIGHT` to 1.
        width: of the limits, in standard deviations of the average.

    Raises:
        ValueError: `weight` (at least `SMALLEST_WEIGHT`), `width` or `shift` is out of range.

    Source: S. V. Crowder, Technometrics 29 (1987), 401-407 (integral equation, solved on
    Gauss-Legendre points).

    >>> round(ewma_arl()), round(ewma_arl(weight=0.1, width=2.814))
    (500, 500)
    """
    import numpy as np
    from scipy.special import roots_legendre

    _finite(shift)
    half = _ewma_half_width(weight, width)
    if weight < SMALLEST_WEIGHT:
        raise ValueError(f"weight must be at least {SMALLEST_WEIGHT} here, got {weight}")
    # the answer no longer changes with more than these points for each width of the kernel
    points, weights = roots_legendre(max(32, math.ceil(8 * half / weight)))
    # from the average `row` to the average `column` in one step, and before these from 0
    start = np.concatenate(([0.0], half * points))
    z = (half * points[None, :] - (1 - weight) * start[:, None]) / weight - shift
    stay = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) / weight * half * weights
    inside = np.linalg.solve(np.eye(len(points)) - stay[1:], np.ones(len(points)))
    return float(1 + stay[0] @ inside)


def cusum_arl(shift: float = 0.0, k: float = 0.5, h: float = 5.0) -> float:
    """Return the average run length of a two-sided CUSUM that starts at 0, in points.

    Assumes independent normal points. See `LONGEST_RUN`.

    Args:
        shift: of the mean, in standard deviations; 0 gives the run to a false alarm.
        k: slack, in standard deviations, at least 0.
        h: sum that raises the alarm, in standard deviations, above 0.

    Raises:
        ValueError: `k`, `h` or `shift` is out of range.

    Source: D. Brook and D. A. Evans, Biometrika 59 (1972), 539-549 (Markov chain); the two sides
    join as `1 / ARL = 1 / ARL_above + 1 / ARL_below`.

    >>> round(cusum_arl(), 0), round(cusum_arl(shift=1), 1)
    (465.0, 10.4)
    """
    _finite(shift)
    _cusum_settings(k, h)
    rate = 1 / _one_sided_cusum_arl(shift, k, h) + 1 / _one_sided_cusum_arl(-shift, k, h)
    return 1 / rate if rate else math.inf


def _one_sided_cusum_arl(shift: float, k: float, h: float) -> float:
    import numpy as np
    from scipy.special import ndtr

    step = 2 * h / (2 * STATES - 1)
    state = np.arange(STATES)
    upper = (state[None, :] - state[:, None] + 0.5) * step + k - shift
    stay = ndtr(upper) - ndtr(upper - step)
    stay[:, 0] = ndtr(upper[:, 0])
    try:
        # mean number of steps until the chain leaves these states, from the first
        run = float(np.linalg.solve(np.eye(STATES) - stay, np.ones(STATES))[0])
    except np.linalg.LinAlgError:
        # it does not leave them at all, as far as the computer's numbers go
        return math.inf
    return run if 0 < run < LONGEST_RUN else math.inf


def _standardized(series: Sequence[float], mean: float, sd: float) -> list[float]:
    _positive(sd=sd)
    _finite(mean)
    if len(series) == 0:
        raise ValueError("a chart needs at least one point, the series is empty")
    for i, x in enumerate(series):
        if x is None or not math.isfinite(x):
            raise ValueError(f"point {i} of the series is {x}; leave it out or measure it again")
    return [(float(x) - mean) / sd for x in series]


def _positive(**settings: float) -> None:
    for name, value in settings.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be above 0, got {value}")


def _finite(value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"the mean or shift must be a finite number, got {value}")


def _cusum_settings(k: float, h: float) -> None:
    _positive(h=h)
    if not (math.isfinite(k) and k >= 0):
        raise ValueError(f"k must be at least 0, got {k}")


def _ewma_half_width(weight: float, width: float) -> float:
    _positive(width=width)
    if not 0 < weight <= 1:
        raise ValueError(f"weight must be above 0 and at most 1, got {weight}")
    return width * math.sqrt(weight / (2 - weight))
