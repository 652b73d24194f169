"""Simulated arrivals: how many, when, who and what."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalfirst.evals import EvalSet, Sample
from evalfirst.traffic import Burst, simulate
from evalfirst.traffic.arrivals import HOURS, WEEKDAYS
from tests.traffic.conftest import make_set


def test_the_same_seed_gives_the_same_traffic_and_another_one_another(tickets):
    first, same, other = (simulate(tickets, days=2, bursts=2, seed=s) for s in (7, 7, 8))
    pd.testing.assert_frame_equal(first.frame, same.frame)
    pd.testing.assert_frame_equal(first.truth, same.truth)
    assert first.key == same.key != other.key


def test_arrivals_are_in_order_within_the_days_and_tell_nothing_of_the_truth(tickets):
    traffic = simulate(tickets, days=1.5, start="2026-03-02T18:00", seed=1)
    at = traffic.frame["at"]
    assert at.is_monotonic_increasing
    assert at.iloc[0] >= pd.Timestamp("2026-03-02T18:00Z")
    assert at.iloc[-1] < pd.Timestamp("2026-03-04T06:00Z")
    assert list(traffic.frame) == ["at", "user", "sample", "text"]
    by_id = {sample.id: sample for sample in tickets}
    for (_, row), (_, truth) in zip(
        traffic.frame.iterrows(), traffic.truth.iterrows(), strict=True
    ):
        assert row["text"] == by_id[row["sample"]].text
        assert truth["target"] == by_id[row["sample"]].target
        assert truth["slices"] == by_id[row["sample"]].slices


def test_the_number_of_arrivals_is_what_was_asked_for(tickets):
    # repeats come late, so some of the last ones fall behind the end
    counts = [len(simulate(tickets, days=7, per_day=500, repeats=0.2, seed=s)) for s in range(40)]
    assert np.mean(counts) == pytest.approx(3500, rel=0.02)


def test_counts_by_hour_and_weekday_follow_the_rate_as_a_poisson_process_does(tickets):
    traffic = simulate(tickets, days=7 * 30, per_day=2000, repeats=0, seed=3)
    at = traffic.frame["at"]
    by_hour = at.dt.hour.value_counts().sort_index().to_numpy()
    expected = np.asarray(HOURS) / sum(HOURS) * len(traffic)
    assert stats.chisquare(by_hour, expected).pvalue > 0.001
    by_weekday = at.dt.weekday.value_counts().sort_index().to_numpy()
    expected = np.asarray(WEEKDAYS) / sum(WEEKDAYS) * len(traffic)
    assert stats.chisquare(by_weekday, expected).pvalue > 0.001
    # of a Poisson count, the variance is the mean
    nine_on_mondays = at[(at.dt.weekday == 0) & (at.dt.hour == 9)].dt.date.value_counts()
    assert nine_on_mondays.var() / nine_on_mondays.mean() == pytest.approx(1, abs=0.6)


def test_a_burst_multiplies_the_arrivals_of_its_time_and_the_truth_knows_it(tickets):
    burst = Burst(day=1.5, minutes=60, factor=8)
    traffic = simulate(tickets, days=3, per_day=4000, bursts=[burst], repeats=0, seed=2)
    calm = simulate(tickets, days=3, per_day=4000, repeats=0, seed=2)

    def noon(found):
        hour = found.frame["at"].dt.floor("h") == pd.Timestamp("2026-03-03T12:00Z")
        return int(hour.sum())

    assert noon(traffic) == pytest.approx(8 * noon(calm), rel=0.3)
    inside = traffic.frame["at"].dt.floor("h") == pd.Timestamp("2026-03-03T12:00Z")
    assert (traffic.truth["burst"] == inside).all()


def test_random_bursts_lie_within_the_time(tickets):
    traffic = simulate(tickets, days=10, per_day=50, bursts=5, seed=4)
    assert len(traffic.bursts) == 5
    assert all(0 <= burst.day < 10 for burst in traffic.bursts)


def test_the_mix_shifts_over_time(tickets):
    traffic = simulate(
        tickets,
        days=10,
        per_day=4000,
        mix={"typos": [(0, 0.1), (5, 0.1), (5, 0.5)], "long": 0.2},
        repeats=0,
        seed=5,
    )
    days = (traffic.frame["at"] - pd.Timestamp("2026-03-02", tz="UTC")) / pd.Timedelta("1D")
    typos = traffic.truth["slices"].map(lambda s: "typos" in s)
    long = traffic.truth["slices"].map(lambda s: "long" in s)
    assert typos[days < 5].mean() == pytest.approx(0.1, abs=0.01)
    assert typos[days >= 5].mean() == pytest.approx(0.5, abs=0.015)
    assert long.mean() == pytest.approx(0.2, abs=0.01)


def test_a_straight_line_between_points(tickets):
    traffic = simulate(
        tickets, days=4, per_day=9000, mix={"typos": [(0, 0.0), (4, 0.8)]}, weekdays=[1] * 7
    )
    days = (traffic.frame["at"] - pd.Timestamp("2026-03-02", tz="UTC")) // pd.Timedelta("1D")
    typos = traffic.truth["slices"].map(lambda s: "typos" in s)
    shares = typos.groupby(days).mean()
    # most of a day's users come around its middle
    assert shares.to_list() == pytest.approx([0.11, 0.31, 0.51, 0.71], abs=0.03)


def test_repeats_are_the_same_user_with_the_same_question_shortly_after(tickets):
    traffic = simulate(tickets, days=30, per_day=1000, repeats=0.25, seed=6)
    assert traffic.truth["repeat"].mean() == pytest.approx(0.25, abs=0.01)
    both = traffic.frame.join(traffic.truth)
    again = both[both["repeat"]]
    before = both.groupby(["user", "sample"])["at"].shift()
    gaps = (again["at"] - before[again.index]).dt.total_seconds()
    assert gaps.notna().all()
    assert gaps.median() == pytest.approx(600 * np.log(2), rel=0.1)


def test_a_hundred_thousand_arrivals_take_a_few_seconds_at_most():
    samples = make_set(500)
    begin = time.perf_counter()
    traffic = simulate(samples, days=100, per_day=1000, bursts=10, mix={"typos": 0.3}, seed=1)
    assert len(traffic) > 95_000
    assert time.perf_counter() - begin < 5


def test_a_few_arrivals_or_none_are_traffic_too(tickets):
    nothing = simulate(tickets, days=0.001, per_day=0.001)
    assert (len(nothing), repr(nothing)) == (0, "Traffic of tickets: no arrivals")
    traffic = simulate(tickets, days=7, per_day=1000, seed=1)
    assert repr(traffic).startswith(f"Traffic of tickets: {len(traffic):,} arrivals of 1,")
    assert " users, 2026-03-02 00:" in repr(traffic)


def test_messages_are_asked_as_their_text():
    messages = [{"role": "user", "content": "Hi"}, {"role": "user", "content": "there"}]
    traffic = simulate(EvalSet((Sample("a", messages),)), days=1, per_day=20)
    assert set(traffic.frame["text"]) == {"Hi\nthere"}


@settings(max_examples=60, deadline=None)
@given(
    days=st.floats(0.01, 20),
    per_day=st.floats(0.1, 300),
    seed=st.integers(0, 2**32),
    share=st.floats(0, 1),
    bursts=st.integers(0, 4),
    repeats=st.floats(0, 0.9),
    hour=st.integers(0, 23),
)
def test_whatever_is_asked_for_arrivals_stay_within_their_bounds(
    days, per_day, seed, share, bursts, repeats, hour
):
    samples = make_set(12)
    traffic = simulate(
        samples,
        days=days,
        per_day=per_day,
        seed=seed,
        start=f"2026-03-07T{hour:02}:30",
        mix={"typos": [(0, share), (1, 1 - share)]},
        bursts=bursts,
        repeats=repeats,
    )
    begin = pd.Timestamp(f"2026-03-07T{hour:02}:30Z")
    assert traffic.frame["at"].is_monotonic_increasing
    assert (traffic.frame["at"] >= begin).all()
    assert (traffic.frame["at"] <= begin + pd.Timedelta(days=days)).all()
    assert set(traffic.frame["sample"]) <= {sample.id for sample in samples}
    assert len(traffic.frame) == len(traffic.truth)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"days": 0}, "days is 0"),
        ({"per_day": float("inf")}, "per_day is inf"),
        ({"repeats": 1}, "repeats is 1"),
        ({"users": 0}, "users is 0"),
        ({"hours": [1] * 23}, "hours has 24 weights"),
        ({"weekdays": [0] * 7}, "weekdays has 7 weights"),
        ({"bursts": -1}, "bursts is -1"),
        ({"bursts": [Burst(day=9)]}, "day is within the 7 days"),
        ({"start": "monday"}, "'monday' is no time"),
        ({"mix": {"typpos": 0.5}}, "'typpos'; slices of tickets: long, typos"),
        ({"mix": {"typos": 0.8, "long": [(0, 0), (4, 0.3)]}}, "on day 4 the shares sum up to 1.10"),
        ({"mix": {"typos": [(3, 0.1), (1, 0.2)]}}, "ascending days"),
        ({"mix": {"typos": 1.2}}, "a number from 0 to 1"),
        ({"mix": {"typos": []}}, "points"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_the_mend(tickets, change, words):
    with pytest.raises(ValueError, match=words):
        simulate(tickets, **{"days": 7, "per_day": 10, **change})


def test_shares_must_sum_up_to_one_where_no_other_samples_are(tickets):
    only = EvalSet(tuple(s for s in tickets if s.slices), "sliced")
    with pytest.raises(ValueError, match=r"on day 0 0\.10 is missing"):
        simulate(only, per_day=10, mix={"typos": 0.4, "long": 0.5})
    assert len(simulate(only, per_day=100, mix={"typos": 0.4, "long": 0.6}))


def test_an_empty_set_is_refused():
    with pytest.raises(ValueError, match="nothing to ask"):
        simulate(EvalSet(()))
