"""What became of played traffic: by arrival, by hour, and in all."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalfirst.evals.run_view import html_table
from evalfirst.traffic.tables import PlayStore

if TYPE_CHECKING:
    from collections.abc import Iterable

_ANSWERED = ("ok", "fallback")
_PERCENTILES = (50, 95, 99)
_SHARES = ("error_share", "refused_share", "fallback_share")


class Played:
    """The answers that traffic got.

    Attributes:
        store: URL of the database.
        number: of the play in it.
        facts: `traffic`, `samples`, `feature`, `feature_version`, `prompt_version`, `arrivals`.
    """

    def __init__(self, store: str = "sqlite:///traffic.sqlite", number: int | None = None) -> None:
        """Open a play; by default the newest.

        Raises:
            LookupError: there is none.
            BadStore: the store cannot be used.
        """
        self._store = PlayStore(store)
        self.store = store
        self.number = self._store.newest() if number is None else number
        self.facts = self._store.play(self.number)
        self._frame: pd.DataFrame | None = None

    def frame(self) -> pd.DataFrame:
        """Return one row an arrival, whose number is the index, as in `Traffic.frame`.

        Returns:
            `at` (simulated, UTC), `user`, `sample`, `request_id`, `outcome` (`ok`, `fallback`,
            `error`, `timeout` or `refused`), `status` (HTTP, NaN without a service), `kind` of
            the problem, `output`, `seconds` (measured), `recorded_seconds` (what recorded model
            answers took when they were made), `latency` (both: what a user would have waited),
            `feature_version`, `prompt_version`, `model`, `calls`, `prompt_tokens`,
            `completion_tokens`, `dollars`. NaN is unknown.
        """
        if self._frame is None:
            names, rows = self._store.answers(self.number)
            frame = pd.DataFrame(rows, columns=names).set_index("arrival")
            frame["at"] = pd.to_datetime(frame["at"]).dt.tz_localize("UTC")
            # from the rows: a column of texts would have made NaN of the missing ones
            place = names.index("output")
            outputs = [None if row[place] is None else json.loads(row[place]) for row in rows]
            frame["output"] = pd.Series(outputs, frame.index, dtype=object)
            numbers = ("status", "recorded_seconds", "prompt_tokens", "completion_tokens")
            for name in (*numbers, "seconds", "dollars"):
                frame[name] = frame[name].astype(float)
            latency = frame["seconds"] + frame["recorded_seconds"]
            place = list(frame).index("recorded_seconds") + 1
            frame.insert(place, "latency", latency)
            self._frame = frame
        return self._frame.copy()

    def hourly(self) -> pd.DataFrame:
        """Return one row an hour of simulated time, without gaps.

        Returns:
            Index `at`, the hour's begin (UTC). `requests`; `error_share`, those without an answer,
            for whatever reason; `refused_share`, those that the service refused;
            `fallback_share`; `p50`, `p95`, `p99` seconds of the answered ones; `dollars`. Shares
            are fractions of all requests, NaN in an hour without any. Dollars are NaN where the
            price of a call is unknown.
        """
        return self._by("h")

    def daily(self) -> pd.DataFrame:
        """Return one row a day (UTC) of simulated time, with the columns of `hourly`."""
        return self._by("D")

    def _by(self, length: str) -> pd.DataFrame:
        frame = self.frame()
        table = _figures(frame, frame["at"].dt.floor(length))
        if table.empty:
            return table
        table = table.reindex(
            pd.date_range(table.index[0], table.index[-1], freq=length, name="at")
        )
        quiet = table["requests"].isna()
        table.loc[quiet, ["requests", "dollars"]] = 0
        return table.astype({"requests": int})

    def summary(self) -> dict[str, Any]:
        """Return the figures of all answers.

        Returns:
            `requests`, `error_share`, `refused_share`, `fallback_share`, `p50`, `p95`, `p99`
            (seconds, of the answered ones), `dollars` (`None` if the price of a call is unknown).
        """
        frame = self.frame()
        if frame.empty:
            unknown = dict.fromkeys(_SHARES + tuple(f"p{p}" for p in _PERCENTILES), math.nan)
            return {"requests": 0, **unknown, "dollars": 0.0}
        whole = _figures(frame, pd.Series("all", frame.index)).iloc[0]
        figures: dict[str, Any] = {str(name): float(value) for name, value in whole.items()}
        dollars = figures["dollars"]
        return figures | {
            "requests": len(frame),
            "dollars": None if math.isnan(dollars) else dollars,
        }

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self.frame())

    def __repr__(self) -> str:
        """Say in a line what became of it."""
        told = "; ".join(f"{name}: {value}" for name, value in self._rows())
        return f"Played {self.facts['samples']} against {self.facts['feature']}: {told}"

    def _repr_html_(self) -> str:
        return html_table(f"Traffic played against {self.facts['feature']}", self._rows())

    def _rows(self) -> Iterable[tuple[str, object]]:
        s = self.summary()
        yield "requests", f"{s['requests']:,} of {self.facts['arrivals']:,}"
        if s["requests"]:
            yield "without an answer", f"{s['error_share']:.1%}"
            yield "refused by the service", f"{s['refused_share']:.1%}"
            yield "fallback", f"{s['fallback_share']:.1%}"
        if not math.isnan(s["p50"]):
            waits = ", ".join(f"{s[f'p{p}']:.3g}" for p in _PERCENTILES)
            yield "seconds (p50, p95, p99)", waits
        money = s["dollars"]
        yield "dollars", "unknown" if money is None else f"{money:.3g}"


def _figures(rows: pd.DataFrame, period: pd.Series) -> pd.DataFrame:
    """Return the figures of the answers of each period."""
    outcome = rows["outcome"]
    shares = pd.DataFrame(
        {
            "error_share": ~outcome.isin(_ANSWERED),
            "refused_share": outcome == "refused",
            "fallback_share": outcome == "fallback",
        }
    ).groupby(period)
    waited = rows["latency"].where(outcome.isin(_ANSWERED)).groupby(period)
    money = rows["dollars"].groupby(period).sum()
    # a sum that leaves unknown prices out would mislead
    unknown = rows["dollars"].isna().groupby(period).any()
    return pd.DataFrame(
        {
            "requests": shares.size(),
            **shares.mean(),
            **{f"p{p}": waited.quantile(p / 100) for p in _PERCENTILES},
            "dollars": money.mask(unknown),
        }
    )
