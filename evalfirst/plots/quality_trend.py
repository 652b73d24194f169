"""Quality over time, with what is chance and what is not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from evalfirst.plots.picture import BLUE, FAINT, INK, MUTED, VERMILION, Picture, drawing

if TYPE_CHECKING:
    import pandas as pd

    from evalfirst.trend import Alarm, AlarmPolicy, TrendStore

# Points from which on intervals are a band instead of bars, and markers are left out.
_MANY = 45
# Share of the width that a release's label takes: for each letter, and at least.
_LETTER_WIDTH, _LABEL_WIDTH = 0.0115, 0.037
# Share of the width that the label of an alarm takes, and how many of them stand on one another.
_ALARM_WIDTH = 0.26
_ALARM_ROWS = 3


def trend(
    points: pd.DataFrame | TrendStore,
    *,
    annotations: pd.DataFrame | None = None,
    policy: AlarmPolicy | None = None,
) -> Picture:
    """Show the share of right answers over time, its intervals, limits, releases and alarms.

    Args:
        points: what `TrendStore.trend` returns: `at`, `n`, `passes`, `share`, `low`, `high`; or a
            store of a single feature and eval set.
        annotations: what `TrendStore.annotations` returns; by default those of the store, or the
            releases in `points`.
        policy: decides about alarms; `AlarmPolicy()` by default.

    Raises:
        ValueError: there is no point.
    """
    from evalfirst.trend import AlarmPolicy, TrendStore

    if isinstance(points, TrendStore):
        store, points = points, points.trend()
        if annotations is None:
            annotations = store.annotations(points.attrs["feature"])
    if points.empty:
        raise ValueError("there is no point to draw: record a run first")
    readings, alarms = (policy or AlarmPolicy()).read(points)
    marks = _releases(points) if annotations is None else annotations
    with drawing(8.6, 4.4) as (figure, axes):
        at = points["at"].dt.to_pydatetime()
        _limits(axes, at, readings)
        _line(axes, at, points, alarms)
        _alarms(axes, points, alarms)
        _frame(axes, points, readings)
        _marks(axes, marks)
        title = _title(points, alarms)
        axes.set_title(title, pad=12 if marks.empty else 30)
    return Picture(figure, _in_words(title, points, marks, alarms))


def _limits(axes: Any, at: Any, readings: Any) -> None:
    low, high = ([100 * getattr(r, name) for r in readings] for name in ("low", "high"))
    if all(map(math.isnan, low)):
        return
    axes.fill_between(at, low, high, step="mid", color=FAINT, alpha=0.55, lw=0, zorder=0)
    known = [i for i, value in enumerate(low) if not math.isnan(value)]
    middle = [(low[i] + high[i]) / 2 if i in known else math.nan for i in range(len(low))]
    axes.plot(at, middle, color=MUTED, lw=1, ls="--", zorder=1)


def _line(axes: Any, at: Any, points: pd.DataFrame, alarms: tuple[Alarm, ...]) -> None:
    share, low, high = (100 * points[name].to_numpy() for name in ("share", "low", "high"))
    if len(points) > _MANY:
        axes.fill_between(at, low, high, color=BLUE, alpha=0.18, lw=0)
        axes.plot(at, share, color=BLUE, lw=1.2)
    else:
        axes.vlines(at, low, high, color=BLUE, alpha=0.35, lw=3)
        axes.plot(at, share, color=BLUE, lw=1.2, marker="o", ms=5)
    for alarm in alarms:
        part = slice(alarm.first, alarm.position + 1)
        colour = VERMILION if alarm.kind == "drop" else BLUE
        axes.plot(at[part], share[part], color=colour, lw=2.2, marker="o", ms=5.5, zorder=4)


def _alarms(axes: Any, points: pd.DataFrame, alarms: tuple[Alarm, ...]) -> None:
    rows: list[list[tuple[float, float]]] = [[] for _ in range(_ALARM_ROWS)]
    for alarm in alarms:
        y = 100 * points["share"].iloc[alarm.position]
        colour = VERMILION if alarm.kind == "drop" else BLUE
        axes.plot(alarm.at, y, marker="X", ms=12, color=colour, mec="white", zorder=5)
        place = _place(points["at"], alarm.at)
        left = place > 0.75
        span = (place - _ALARM_WIDTH, place) if left else (place, place + _ALARM_WIDTH)
        row = next((i for i, taken in enumerate(rows) if not _touches(span, taken)), None)
        if row is None:
            continue  # no room; the mark is there, and the alt text has them all
        rows[row].append(span)
        axes.annotate(
            f"alarm: lasting {alarm.kind}",
            (alarm.at, y),
            (-12 if left else 12, 0.06 + 0.07 * row),
            xycoords="data",
            textcoords=("offset points", "axes fraction"),
            ha="right" if left else "left",
            color=colour,
            fontweight="bold",
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "shrinkB": 8},
            annotation_clip=False,
        )


def _place(at: Any, when: Any) -> float:
    """Return where a time lies between the first point (0) and the last (1)."""
    length = (at.iloc[-1] - at.iloc[0]).total_seconds()
    return (when - at.iloc[0]).total_seconds() / length if length else 0.0


def _touches(span: tuple[float, float], taken: list[tuple[float, float]]) -> bool:
    return any(span[0] < end and begin < span[1] for begin, end in taken)


def _frame(axes: Any, points: pd.DataFrame, readings: Any) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if len(points) == 1:
        axes.set_xticks([points["at"].iloc[0]], [f"{points['at'].iloc[0]:%Y-%m-%d}"])
    shown = [100 * v for v in (*points["low"], *points["high"]) if not math.isnan(v)]
    shown += [100 * v for r in readings for v in (r.low, r.high) if not math.isnan(v)]
    # the part that is used, on round numbers; the axis says where it begins
    bottom = max(0.0, 10 * math.floor(min(shown, default=0) / 10 - 0.5))
    axes.set_ylim(bottom, min(104.0, 10 * math.ceil(max(shown, default=100) / 10 + 0.2)))
    sizes = sorted(set(points["n"]))
    size = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    each = {"day": "day", "week": "week"}.get(points.attrs.get("by", ""), "run")
    axes.set_ylabel("right answers (%), 95% interval")
    grey = "; dashed: level; grey: chance"
    judged = any(not math.isnan(reading.z) for reading in readings)
    axes.set_xlabel(f"date (UTC), {size} samples a {each}{grey if judged else ''}")


def _marks(axes: Any, marks: pd.DataFrame) -> None:
    """Draw releases as labelled lines and anything else as a thinner one, labels in rows."""
    left, right = axes.get_xlim()
    if marks.empty or right <= left:
        return
    from matplotlib.dates import date2num

    ends = [-math.inf, -math.inf]
    rows: Any = marks.sort_values("at").itertuples()
    for mark in rows:
        x = float(date2num(mark.at.to_pydatetime()))
        release = mark.kind == "release"
        axes.axvline(
            x, color=MUTED, lw=1.2 if release else 0.8, ls="-" if release else ":", zorder=1
        )
        place = (x - left) / (right - left)
        text = mark.text if len(mark.text) <= 18 else mark.text[:17] + "…"
        row = next((r for r, end in enumerate(ends) if place - end > 0.01), None)
        if row is None:
            continue  # no room; the alt text has them all
        ends[row] = place + max(_LABEL_WIDTH, _LETTER_WIDTH * len(text))
        axes.annotate(
            text,
            (x, 1.0),
            (2, 3 + 12 * row),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=INK if release else MUTED,
            fontsize=9,
            annotation_clip=False,
        )


def _releases(points: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    if "release" not in points:
        return pd.DataFrame(columns=["at", "text", "kind"])
    named = points[points["release"].notna()]
    first = named[named["release"] != named["release"].shift()]
    return pd.DataFrame({"at": first["at"], "text": first["release"], "kind": "release"})


def _title(points: pd.DataFrame, alarms: tuple[Alarm, ...]) -> str:
    if alarms:
        last = alarms[-1]
        moved = "fell" if last.kind == "drop" else "rose"
        since = points.iloc[last.first :]
        now = since["passes"].sum() / since["n"].sum()
        after = f" after release {last.release}" if last.release else f" from {last.since:%d %b} on"
        return f"Quality {moved} from {last.before:.0%} to {now:.0%}{after}"
    known = points["share"].dropna()
    if len(points) == 1:
        first = points.iloc[0]
        low, high = first["low"], first["high"]
        return f"One run so far: {first['share']:.0%}, may be {low:.0%} to {high:.0%}"
    if known.empty:
        return "Nothing could be counted"
    level = points["passes"].sum() / points["n"].sum()
    return f"Quality holds at about {level:.0%}: every change so far may be chance"


def _share(point: Any) -> str:
    return "nothing counted" if math.isnan(point["share"]) else f"{point['share']:.0%}"


def _in_words(
    title: str, points: pd.DataFrame, marks: pd.DataFrame, alarms: tuple[Alarm, ...]
) -> str:
    first, last = points.iloc[0], points.iloc[-1]
    span = f"{first['at']:%Y-%m-%d} ({_share(first)})"
    if len(points) > 1:
        span += f" to {last['at']:%Y-%m-%d} ({_share(last)})"
    said = [f"{title}.", f"Points with 95% intervals: {len(points)}, {span}."]
    said += [alarm.sentence for alarm in alarms]
    if not marks.empty:
        listed = "; ".join(f"{m.at:%Y-%m-%d} {m.kind} {m.text}" for m in marks.itertuples())
        said.append(f"Marked: {listed}.")
    return " ".join(said)
