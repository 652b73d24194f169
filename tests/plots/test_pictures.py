"""Figures say their finding, in the picture and in words."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import pytest

from evalfirst import plots
from evalfirst.evals import EvalRun, SampleResult, Score
from evalfirst.evals.eval_run import Failure


def run_of(outcomes: str) -> EvalRun:
    """R is right, W wrong, E an error."""
    results = tuple(
        SampleResult(
            str(i),
            "x",
            1,
            scores={} if o == "E" else {"exact": Score(float(o == "R"))},
            failure=Failure("TimeoutError", "slow") if o == "E" else None,
        )
        for i, o in enumerate(outcomes)
    )
    return EvalRun(results, "f 1", "set 1", ("exact",))


LABELS = {"a": ("x", "x", "y"), "b": ("x", "y", "y"), "c": ("x", "z", "z"), "d": ("x", "y", "z")}

PICTURES = {
    "all_right": lambda: plots.all_right(),
    "outcome_grid": lambda: plots.outcome_grid(run_of("RWRE" * 13)),
    "interval_by_size": lambda: plots.interval_by_size(36, 54),
    "same_feature_many_sets": lambda: plots.same_feature_many_sets([True, False] * 100),
    "annotator_agreement": lambda: plots.annotator_agreement(LABELS, source="simulated"),
}


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES)
def test_every_picture_has_title_axis_labels_and_alt_text_and_leaves_no_open_figure(make):
    picture = make()
    assert len(picture.alt.split()) > 10
    assert f'alt="{picture.alt}"' in picture._repr_html_()
    titles = [axes.get_title(loc="left") for axes in picture.figure.axes]
    assert all(len(title.split()) >= 3 for title in titles)
    assert all(axes.get_xlabel() for axes in picture.figure.axes)
    assert picture.figure.axes[0].get_ylabel()
    assert plt.get_fignums() == []
    assert picture.png().startswith(b"\x89PNG")


def test_five_right_answers_are_as_likely_as_the_fifth_power_says():
    picture = plots.all_right((0.65, 0.90), k=5)
    heights = [[bar.get_height() for bar in axes.patches] for axes in picture.figure.axes]
    assert heights[0][5] == pytest.approx(11.603, abs=1e-3)  # .65 ** 5
    assert heights[1][5] == pytest.approx(59.049, abs=1e-3)  # .90 ** 5
    assert all(sum(panel) == pytest.approx(100) for panel in heights)
    assert "all 5 right in 12% of draws" in picture.alt


def test_the_grid_holds_each_sample_once_under_its_own_mark():
    picture = plots.outcome_grid(run_of("RRWRE" * 10))
    counts = [len(kind.get_offsets()) for kind in picture.figure.axes[0].collections]
    assert counts == [30, 10, 10]
    assert picture.figure.axes[0].get_title(loc="left") == (
        "10 of 50 answers are wrong, and 10 calls raised an error"
    )
    assert "raised" in plots.outcome_grid(run_of("RW")).alt


def test_the_interval_of_the_learners_size_is_their_own_measurement():
    picture = plots.interval_by_size(36, 54)
    # Wilson 95 % of 36 of 54, by statsmodels
    assert "53% to 78%" in picture.alt
    lines = [
        line.get_xdata() for line in picture.figure.axes[0].lines if len(line.get_xdata()) == 2
    ]
    widths = [line[1] - line[0] for line in lines if line[1] > line[0]]
    assert widths == sorted(widths, reverse=True)


def test_many_sets_measure_the_same_feature_differently_and_most_intervals_hold_the_truth():
    picture = plots.same_feature_many_sets([True] * 280 + [False] * 120, size=50, sets=40)
    assert "the accuracy on all 400 samples, 70%" in picture.alt
    contained = int(re.search(r"(\d+) of the 40 intervals", picture.alt)[1])
    assert 36 <= contained <= 40
    low, high = re.search(r"measured (\d+)% to (\d+)%", picture.alt).groups()
    assert int(high) - int(low) > 10


def test_disagreements_are_counted_by_pair_and_the_source_stands_on_the_figure():
    picture = plots.annotator_agreement(LABELS, source="simulated annotators")
    axes = picture.figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    bars = {name: bar.get_width() for name, bar in zip(names, axes.patches, strict=True)}
    assert bars == {"x / y": 2, "x / z": 1, "three different labels": 1}
    assert "simulated annotators" in axes.get_xlabel()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: plots.all_right((0.5, 65)), "between 0 and 1"),
        (lambda: plots.outcome_grid(run_of("R"), columns=0), "at least 1"),
        (lambda: plots.same_feature_many_sets([True] * 9, size=10), "1 to 9 samples a set"),
        (lambda: plots.annotator_agreement({"a": ("x", "y")}, source="s"), "three labels"),
        (lambda: plots.interval_by_size(5, 4), "within 0 to n"),
    ],
)
def test_senseless_input_is_refused_in_words(make, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make()
    assert plt.get_fignums() == []
