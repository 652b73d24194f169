"""Figures by hour and by day, against the same taken from the rows one by one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalfirst.llm.tally import Call, current
from evalfirst.traffic import Played, play, simulate
from tests.traffic.conftest import make_set


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> Played:
    store = f"sqlite:///{tmp_path_factory.mktemp('played')}/traffic.sqlite"
    # three busy days, and one without users between them
    weekdays = [1, 0, 1, 1, 0, 0, 0]
    traffic = simulate(make_set(40), days=4, per_day=60, seed=2, weekdays=weekdays)

    def desk(text):
        number = int(text.split()[1])
        price = None if number == 39 else 0.01 * number
        current().add(Call("m", 1, 1, 0.25 * number, recorded=True, dollars=price))
        if number % 9 == 0:
            raise KeyError
        return {"fallback": number % 7 == 0}

    return play(traffic, desk, store=store)


@pytest.mark.parametrize(("length", "table"), [("h", "hourly"), ("D", "daily")])
def test_figures_are_those_of_the_rows_of_their_time(played, length, table):
    frame = played.frame()
    figures = getattr(played, table)()
    assert list(figures) == [
        *("requests", "error_share", "refused_share", "fallback_share"),
        *("p50", "p95", "p99", "dollars"),
    ]
    assert figures["requests"].sum() == len(frame)
    steps = figures.index[1:] - figures.index[:-1]
    assert (steps == pd.Timedelta(1, length)).all()
    for at, told in figures.iterrows():
        rows = frame[frame["at"].dt.floor(length) == at]
        assert told["requests"] == len(rows)
        answered = rows.loc[rows["outcome"].isin(["ok", "fallback"]), "latency"]
        for p in (50, 95, 99):
            expected = np.percentile(answered, p) if len(answered) else math.nan
            assert told[f"p{p}"] == pytest.approx(expected, nan_ok=True)
        if len(rows):
            assert told["error_share"] == pytest.approx((rows["outcome"] == "error").mean())
            assert told["fallback_share"] == pytest.approx((rows["outcome"] == "fallback").mean())
            money = math.nan if rows["dollars"].isna().any() else rows["dollars"].sum()
            assert told["dollars"] == pytest.approx(money, nan_ok=True)


def test_a_day_without_users_is_a_row_of_nothing(played):
    daily = played.daily()
    quiet = daily.loc[pd.Timestamp("2026-03-03", tz="UTC")]
    assert (quiet["requests"], quiet["dollars"]) == (0, 0)
    assert quiet[["error_share", "p50", "p99"]].isna().all()
    assert (daily["requests"] > 0).sum() == 3


def test_prices_that_are_unknown_are_seen_on_their_day_and_in_the_whole(played):
    frame = played.frame()
    days = set(frame.loc[frame["dollars"].isna(), "at"].dt.floor("D"))
    assert days
    daily = played.daily()
    assert set(daily.index[daily["dollars"].isna()]) == days
    assert played.summary()["dollars"] is None


def test_without_arrivals_there_are_no_days(tmp_path):
    nothing = simulate(make_set(3), days=0.001, per_day=0.001)
    played = play(nothing, str, store=f"sqlite:///{tmp_path}/none.sqlite")
    assert len(played.daily()) == 0
    summary = played.summary()
    assert (summary["requests"], summary["dollars"]) == (0, 0.0)
    assert math.isnan(summary["p95"])
