"""The trend figure says what it found, whatever the number of points."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from statsmodels.stats.proportion import proportion_confint

from evalfirst import plots
from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.scorers import exact
from evalfirst.trend import AlarmPolicy, TrendStore


def points(shares, n=200, seed=2, release=None) -> pd.DataFrame:
    passes = np.random.default_rng(seed).binomial(n, shares)
    low, high = proportion_confint(passes, n, method="wilson")
    return pd.DataFrame(
        {
            "at": pd.date_range("2026-03-02", periods=len(passes), freq="D"),
            "n": n,
            "passes": passes,
            "share": passes / n,
            "low": low,
            "high": high,
            "release": release,
        }
    )


FALL = points([0.84] * 18 + [0.71] * 12, release=["1.2"] * 6 + ["1.3"] * 12 + ["1.4"] * 12)


def test_a_regression_is_the_title_with_the_release_that_it_came_with():
    picture = plots.trend(FALL)
    (axes,) = picture.figure.axes
    assert axes.get_title(loc="left") == "Quality fell from 84% to 72% after release 1.4"
    assert "the alarm came on 2026-03-21" in picture.alt
    assert "2026-03-20 release 1.4" in picture.alt
    texts = [text.get_text() for text in axes.texts]
    assert "alarm: lasting drop" in texts
    assert {"1.2", "1.3", "1.4"} <= set(texts)
    assert axes.get_ylabel() == "right answers (%), 95% interval"
    assert axes.get_xlabel().startswith("date (UTC), 200 samples a run")


def test_limits_and_the_level_before_and_after_the_change_are_drawn():
    (axes,) = plots.trend(FALL).figure.axes
    assert axes.collections  # the band of chance and the intervals
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    (level,) = dashed
    (alarm,) = AlarmPolicy().alarms(FALL)
    drawn = level.get_ydata()
    assert drawn[alarm.position] == pytest.approx(84, abs=1)
    # a gap while the new level is learnt, then the new level
    assert np.isnan(drawn[alarm.position + 1])
    assert drawn[-1] == pytest.approx(71, abs=1)


@pytest.mark.parametrize("count", [1, 2, 5, 30, 180])
def test_a_quiet_trend_of_any_length_claims_nothing(count):
    picture = plots.trend(points([0.8] * count))
    title = picture.figure.axes[0].get_title(loc="left")
    expected = "One run so far" if count == 1 else "Quality holds at about"
    assert title.startswith(expected)
    assert len(picture.png()) > 5000


def test_labels_of_close_releases_do_not_stand_on_one_another():
    crowded = points([0.8] * 60, release=[f"v{i}" for i in range(60)])
    (axes,) = plots.trend(crowded).figure.axes
    axes.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in axes.texts if t.get_text().startswith("v")]
    assert len(boxes) > 20
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def test_labels_of_close_alarms_do_not_stand_on_one_another():
    ups_and_downs = points([0.84] * 18 + [0.6] * 8 + [0.84] * 8 + [0.6] * 8)
    (axes,) = plots.trend(ups_and_downs).figure.axes
    axes.figure.canvas.draw()
    labels = [t for t in axes.texts if t.get_text().startswith("alarm")]
    assert [t.get_text() for t in labels] == [
        "alarm: lasting drop",
        "alarm: lasting rise",
        "alarm: lasting drop",
    ]
    boxes = [Text.get_window_extent(label) for label in labels]  # without the line to the point
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_it_draws_what_a_store_returns(tmp_path):
    store = TrendStore(f"sqlite:///{tmp_path / 'q.sqlite'}")
    samples = EvalSet(tuple(Sample(str(i), str(i), i % 2) for i in range(20)), "numbers")
    for day, wrong in enumerate((0, 1, 0, 2, 1, 9, 10, 9)):

        def parity(text: str, wrong: int = wrong) -> int:
            return (int(text) % 2) ^ (int(text) < wrong)

        store.record(run(parity, samples, [exact()]), at=f"2026-03-{day + 1:02d}")
    store.annotate("2026-03-06", "index moved")
    picture = plots.trend(store.trend(), annotations=store.annotations())
    assert "fell from 96% to 53%" in picture.alt
    assert "note index moved" in picture.alt
    assert plots.trend(store).alt == picture.alt


def test_a_point_of_which_nothing_counts_is_told_in_words():
    empty = points([0.8, 0.8, 0.8])
    empty.loc[2, ["n", "passes"]] = 0
    empty.loc[2, ["share", "low", "high"]] = np.nan
    alt = plots.trend(empty).alt
    assert "to 2026-03-04 (nothing counted)" in alt
    assert "nan" not in alt


def test_nothing_to_draw_is_said():
    with pytest.raises(ValueError, match="record a run first"):
        plots.trend(points([0.8]).iloc[:0])
