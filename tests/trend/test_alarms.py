"""Alarms keep the run lengths that they promise."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalfirst.trend import AlarmPolicy


def trend(passes, n=200, release=None) -> pd.DataFrame:
    sizes = [n] * len(passes) if isinstance(n, int) else n
    at = pd.date_range("2026-01-01", periods=len(passes), freq="D")
    return pd.DataFrame({"at": at, "n": sizes, "passes": passes, "release": release})


def first_alarms(policy: AlarmPolicy, rng, *, runs, share, drop=0.0, start=0, length, n=200):
    """Points from the change (or the start) up to the first alarm, over simulated trends."""
    found = []
    for _ in range(runs):
        shares = np.where(np.arange(length) < start, share, share - drop)
        alarms = policy.alarms(trend(rng.binomial(n, shares), n))
        later = [a.position for a in alarms]
        if later and later[0] < start:
            continue  # a false alarm, which the other test counts
        found.append(later[0] - start + 1 if later else length - start)
    return np.array(found)


@pytest.mark.parametrize("share", [0.8, 0.6])
def test_false_alarms_are_as_rare_as_promised_without_a_long_baseline(share):
    policy = AlarmPolicy()
    assert policy.run_length() == pytest.approx(465, rel=0.01)
    rng = np.random.default_rng(7)
    runs, length = 150, 465
    quiet = first_alarms(policy, rng, runs=runs, share=share, length=length)
    # run lengths without a change are nearly geometric: 1 - exp(-1) = .63 have ended by their mean
    ended = float((quiet < length).mean())
    assert 0.53 < ended < 0.73


@pytest.mark.parametrize("chart", ["cusum", "ewma", "shewhart"])
def test_a_drop_is_found_as_soon_as_promised(chart):
    policy = AlarmPolicy(chart=chart)
    rng = np.random.default_rng(3)
    n, share, drop = 200, 0.8, 0.06
    promised = policy.run_length(n=n, share=share, drop=drop)
    waits = first_alarms(
        policy, rng, runs=300, share=share, drop=drop, start=250, length=250 + 80, n=n
    )
    assert len(waits) > 150
    assert waits.mean() == pytest.approx(promised, rel=0.2)


def test_an_alarm_says_what_fell_from_when_and_what_was_live():
    passes = [160, 158, 161, 162, 159, 160, 161, 158, 140, 138, 141, 139]
    release = ["1.3"] * 8 + ["1.4"] * 4
    (alarm,) = AlarmPolicy().alarms(trend(passes, release=release))
    assert (alarm.kind, alarm.first, alarm.release) == ("drop", 8, "1.4")
    assert alarm.position in (8, 9)
    assert alarm.before == pytest.approx(0.799, abs=0.001)
    assert alarm.sentence == (
        "Quality fell from 80% to 70%, probably from 2026-01-09 on, when 1.4 was live; "
        "the alarm came on 2026-01-10."
    )


def test_a_rise_is_told_apart_from_a_drop_and_a_recovery_ends_it():
    passes = [100] * 10 + [140] * 6 + [100] * 10 + [60] * 6
    kinds = [(a.kind, a.first) for a in AlarmPolicy().alarms(trend(passes))]
    assert kinds[0] == ("rise", 10)
    assert kinds[-1] == ("drop", 26)


def test_one_change_raises_one_alarm_however_long_it_lasts():
    passes = [160] * 20 + [120] * 60
    assert len(AlarmPolicy().alarms(trend(passes))) == 1


def test_after_an_alarm_false_ones_stay_as_rare_as_promised():
    policy = AlarmPolicy()
    rng = np.random.default_rng(11)
    points = 30_000
    found = policy.alarms(trend(rng.binomial(200, 0.8, points)))
    # 65 are expected; a chart whose level began with the points that raised an alarm has 110
    assert 45 < len(found) < 85
    assert points / len(found) == pytest.approx(policy.run_length(), rel=0.35)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([160] * 20 + [120] * 40 + [160] * 40, [("drop", 20), ("rise", 60)]),
        ([160] * 20 + [140] * 40 + [110] * 40, [("drop", 20), ("drop", 60)]),
        (
            [160] * 20 + [120] * 8 + [160] * 20 + [120] * 9,
            [("drop", 20), ("rise", 28), ("drop", 48)],
        ),
    ],
    ids=["recovery", "further drop", "second drop"],
)
def test_every_lasting_change_raises_an_alarm_also_after_another(shares, expected):
    found = AlarmPolicy().alarms(trend(shares))
    assert [(a.kind, a.first) for a in found] == expected
    assert all(a.position - a.first <= 3 for a in found)
    assert found[1].before == pytest.approx(shares[25] / 200)


def test_a_quick_recovery_leaves_a_chart_that_still_finds_the_next_drop():
    passes = [160] * 20 + [120] * 3 + [160] * 15 + [120] * 6
    found = AlarmPolicy().alarms(trend(passes))
    assert [(found[0].kind, found[0].first), (found[-1].kind, found[-1].first)] == [
        ("drop", 20),
        ("drop", 38),
    ]


def test_points_without_samples_teach_nothing_and_raise_nothing():
    n = [0, 0, 0, 200, 200, 200, 0, 200]
    readings, alarms = AlarmPolicy().read(trend([0, 0, 0, 160, 160, 160, 0, 160], n=n))
    assert alarms == ()
    assert [math.isnan(reading.z) for reading in readings] == [True] * 7 + [False]


def test_points_of_different_size_are_judged_by_their_size():
    small = [(10, 5), (10, 5), (10, 5)]
    large = [(400, 200), (400, 200), (400, 200)]
    head = [(400, 320)] * 10

    def alarms(tail):
        n, passes = zip(*(head + tail), strict=True)
        return AlarmPolicy().alarms(trend(passes, n=list(n)))

    assert alarms(large)[0].position == 10
    assert not [a for a in alarms(small) if a.position == 10]


@pytest.mark.parametrize("passes", [[], [5], [200] * 30, [0] * 30])
def test_too_little_or_nothing_but_right_answers_is_no_alarm(passes):
    assert AlarmPolicy().alarms(trend(passes)) == ()


def test_all_right_and_then_one_wrong_is_no_alarm_but_many_are():
    assert AlarmPolicy().alarms(trend([200] * 30 + [199])) == ()
    (alarm,) = AlarmPolicy().alarms(trend([200] * 30 + [180]))
    assert alarm.kind == "drop"


def test_the_promise_is_a_sentence():
    said = AlarmPolicy().promise(n=200, share=0.8, drop=0.08)
    assert said.startswith("Expect one false alarm in about 465 points.")
    assert "a drop from 80% to 72% is found after 2." in said
    with pytest.raises(ValueError, match="n of at least 1"):
        AlarmPolicy().run_length(drop=0.1)
    with pytest.raises(ValueError, match="'cusum', 'ewma' or 'shewhart'"):
        AlarmPolicy(chart="guess")


def test_an_eval_set_that_changed_at_the_same_time_is_named_and_fresh_ones_each_night_are_not():
    passes = [160] * 12 + [130] * 4

    def alarm(versions):
        (found,) = AlarmPolicy().alarms(trend(passes).assign(eval_set_version=versions))
        return found

    other = alarm(["a1"] * 12 + ["b2"] * 4)
    assert other.other_set
    assert "The eval set was changed then, too" in other.sentence
    for versions in (["a1"] * 16, ["a1"] * 5 + ["b2"] * 11, [f"v{i}" for i in range(16)]):
        assert not alarm(versions).other_set
        assert "eval set" not in alarm(versions).sentence


def test_the_promise_tells_that_few_wrong_answers_make_more_false_alarms():
    policy = AlarmPolicy()
    assert "Caution" not in policy.promise(n=200, share=0.8, drop=0.1)
    few = policy.promise(n=50, share=0.98, drop=0.1)
    assert "with 1.0 of the rarer answers a point, false alarms come up to 1.6 times" in few
    shewhart = AlarmPolicy(chart="shewhart").promise(n=200, share=0.98, drop=0.1)
    assert "up to 1.9 times as often" in shewhart


def test_with_few_wrong_answers_false_alarms_come_no_more_often_than_told():
    rng = np.random.default_rng(11)
    n, share, length, runs = 50, 0.98, 400, 60
    alarms = sum(
        len(AlarmPolicy().alarms(trend(rng.binomial(n, share, length), n))) for _ in range(runs)
    )
    between = runs * length / alarms
    assert 465 / 1.6 * 0.75 < between < 465
