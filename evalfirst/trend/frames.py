"""From rows of the store to the table that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from evalfirst.evals.eval_run import ErrorsCount

_PERIODS = {"day": "D", "week": "W-SUN"}


def trend_frame(
    rows: pd.DataFrame,
    versions: pd.DataFrame,
    *,
    errors: ErrorsCount,
    by: str,
    title: tuple[str, str, str, str],
) -> pd.DataFrame:
    """Return the trend that `TrendStore.trend` promises; `title` travels in `.attrs`."""
    rows = rows.assign(at=pd.to_datetime(rows["at"]))
    if by == "run":
        named = versions.pivot(index="run_id", columns="name", values="value")
        named = named.reindex(columns=["model", "prompt"])
        frame = rows.join(named, on="run")
    elif by in _PERIODS:
        frame = _summed(rows, _PERIODS[by])
    else:
        raise ValueError(f"by must be 'run', 'day' or 'week', got {by!r}")
    frame = with_interval(frame, errors=errors)
    first = ["at", "n", "passes", "failed", "share", "low", "high", "release"]
    frame = frame[[*first, *(name for name in frame if name not in first)]]
    names = ("feature", "eval_set", "scorer", "slice")
    frame.attrs = {**dict(zip(names, title, strict=True)), "by": by}
    return frame.reset_index(drop=True)


def with_interval(rows: pd.DataFrame, *, errors: ErrorsCount) -> pd.DataFrame:
    """Return `rows` with `share`, `low` and `high`; excluded failures leave `n`, too.

    Raises:
        ValueError: `errors` is neither `wrong` nor `excluded`.
    """
    from statsmodels.stats.proportion import proportion_confint

    if errors not in ("wrong", "excluded"):
        raise ValueError(f"errors must be 'wrong' or 'excluded', got {errors!r}")
    n = rows["n"] - (rows["failed"] if errors == "excluded" else 0)
    counted: Any = n.where(n > 0)
    # Wilson, as `evalfirst.stats.wilson`; this one takes a whole column at once
    low, high = proportion_confint(rows["passes"], counted, method="wilson")
    return rows.assign(n=n, share=rows["passes"] / counted, low=low, high=high)


def _summed(rows: pd.DataFrame, period: str) -> pd.DataFrame:
    begin = rows["at"].dt.to_period(period).dt.start_time
    grouped = rows.groupby(begin, sort=True)
    sums = grouped[["n", "passes", "failed"]].sum()
    last = grouped[["release", "feature_version", "eval_set_version"]].last()
    return sums.join(last).rename_axis("at").reset_index()
