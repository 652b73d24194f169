from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from evalfirst.stats import wilson
from graders.exercise import Outcome
from graders.judging import held_out_cases, judge
from graders.phase_1 import figure as lesson
from graders.registry import find
from graders.seed import Seed
from graders.support_desk.tickets import CATEGORIES

SECRET = Seed("a secret", practice=False)
EXERCISE = find("p1-figure")
NUMBERS, RARE, FAILED, SEEN, SURE, LABELS, TITLE, UNITS = (case.name for case in EXERCISE.cases)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def counted(frame):
    table = frame.groupby("target")["correct"].agg(["sum", "count"])
    table["share"] = table["sum"] / table["count"]
    table["low"], table["high"] = zip(
        *(wilson(int(k), int(n)) for k, n in zip(table["sum"], table["count"], strict=True)),
        strict=True,
    )
    return table


def failures(frame):
    return f"{frame['output'].isna().sum()} calls failed"


def matrix_of(frame, **options):
    return pd.crosstab(frame["target"], frame["output"].fillna("no answer"), **options)


def finished(axes, frame, x="right category", y="share of right answers"):
    axes.set(xlabel=x, ylabel=y, title=f"What the model gets right; {failures(frame)}")
    return axes.figure


def reference(frame):
    table = counted(frame).sort_values("share")
    _, axes = plt.subplots(layout="constrained")
    reach = [table["share"] - table["low"], table["high"] - table["share"]]
    axes.barh(table.index, table["share"], xerr=reach)
    return finished(axes, frame, "share of right answers (95 % interval)", "right category")


def bars_in_percent(frame):
    table = 100 * counted(frame)
    _, axes = plt.subplots()
    axes.bar(
        range(6),
        table["share"],
        yerr=[table["share"] - table["low"], table["high"] - table["share"]],
    )
    axes.set_xticks(range(6), table.index.str.title(), rotation=30)
    return finished(axes, frame, y="right answers (%)")


def points_with_lines(frame):
    table = counted(frame)
    _, axes = plt.subplots()
    axes.scatter(table["share"], table.index)
    axes.hlines(table.index, table["low"], table["high"])
    return finished(axes, frame, "share right", "category")


def error_rates_with_n(frame):
    table = counted(frame)
    _, axes = plt.subplots()
    names = [f"{name}\n(n = {n})" for name, n in table["count"].items()]
    axes.bar(names, 1 - table["share"])
    return finished(axes, frame, y="share of wrong or missing answers")


def bars_with_n_above(frame):
    table = counted(frame)
    _, axes = plt.subplots()
    drawn = axes.bar(table.index, table["share"])
    axes.bar_label(drawn, [f"{k}/{n}" for k, n in zip(table["sum"], table["count"], strict=True)])
    return finished(axes, frame)


def stacked_counts(frame):
    state = np.where(
        frame["output"].isna(), "call failed", np.where(frame["correct"], "right", "wrong")
    )
    axes = pd.crosstab(frame["target"], state).plot.barh(stacked=True)
    return finished(axes, frame, "tickets", "right category")


def one_bar_for_each_category(frame):
    table = counted(frame)
    for place, (name, row) in enumerate(table.iterrows()):
        plt.bar(place, row["share"], label=name, color=f"C{place}")
        plt.errorbar(
            place,
            row["share"],
            [[row["share"] - row["low"]], [row["high"] - row["share"]]],
            color="black",
        )
    plt.xticks(range(6), table.index)
    finished(plt.gca(), frame)
    plt.show()


def image(frame):
    table = matrix_of(frame)
    figure, axes = plt.subplots()
    axes.imshow(table, cmap="Blues")
    axes.set_xticks(range(len(table.columns)), table.columns, rotation=90)
    axes.set_yticks(range(len(table.index)), table.index)
    for row, column in np.ndindex(table.shape):
        axes.text(column, row, table.iloc[row, column], ha="center")
    axes.set(xlabel="answer", ylabel="label", title="What the model takes each category for")
    return figure


def image_of_shares(frame):
    table = matrix_of(frame, normalize="index")
    figure, axes = plt.subplots()
    drawn = axes.matshow(100 * table.T)
    names = [f"{name}, {n} tickets" for name, n in counted(frame)["count"].items()]
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(table.columns)), table.columns)
    figure.colorbar(drawn, label="% of the label's tickets")
    figure.suptitle("What the model takes each category for")
    axes.set(xlabel="label", ylabel="answer")
    return figure


def heat_map(frame):
    """As the usual statistics library draws it: a mesh, centred ticks, numbers in the cells."""
    table = matrix_of(frame)
    _, axes = plt.subplots()
    mesh = axes.pcolormesh(table.to_numpy())
    axes.set(xticks=np.arange(table.shape[1]) + 0.5, yticks=np.arange(len(table)) + 0.5)
    axes.set(xticklabels=table.columns, yticklabels=table.index)
    axes.invert_yaxis()
    for row, column in np.ndindex(table.shape):
        axes.text(column + 0.5, row + 0.5, f"{table.iloc[row, column]:d}")
    axes.figure.colorbar(mesh)
    axes.set(xlabel="output", ylabel="target", title="Where tickets of each category end up")
    return axes


def numbers_alone(frame):
    table = matrix_of(frame)
    figure, axes = plt.subplots()
    for row, name in enumerate(table.index):
        for column, answer in enumerate(table.columns):
            if table.loc[name, answer]:
                axes.text(column, row, table.loc[name, answer])
    axes.set(xlim=(-1, 7), ylim=(-1, 6), xlabel="answer", ylabel="label")
    axes.set_xticks(range(len(table.columns)), table.columns)
    axes.set_yticks(range(len(table.index)), table.index)
    figure.suptitle("Tickets by label and answer")
    return figure


def table_in_axes(frame):
    table = matrix_of(frame, margins=True, margins_name="Total")
    figure, axes = plt.subplots()
    axes.axis("off")
    cells = [["label / answer", *table.columns]]
    cells += [
        [name, *map(str, row)] for name, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    axes.table(cells, loc="center")
    axes.set_title("Tickets by label and answer")
    return figure


RIGHT = [
    reference,
    bars_in_percent,
    points_with_lines,
    error_rates_with_n,
    bars_with_n_above,
    stacked_counts,
    one_bar_for_each_category,
    image,
    image_of_shares,
    heat_map,
    numbers_alone,
    table_in_axes,
]


def found(answer, seed=None):
    verdict = judge(EXERCISE, answer, seed=seed)
    return {case.name: case.message for case in verdict.cases if case.message}


@pytest.mark.parametrize("answer", RIGHT)
def test_every_way_to_show_the_run_gets_full_marks(answer):
    verdict = judge(EXERCISE, answer, seed=SECRET)
    assert [(case.name, case.message, case.detail) for case in verdict.cases if case.message] == []
    assert (verdict.outcome, verdict.marks) == (Outcome.CORRECT, EXERCISE.points)


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_right_figures_stand_whatever_the_seed(seed):
    drawn = Seed(seed, practice=False)
    for answer in (reference, image):
        assert found(answer, drawn) == {}


def after(change, draw=reference):
    def answer(frame):
        figure = draw(frame)
        change(figure, figure.axes[0])
        return figure

    return answer


def answered_only(frame):
    figure = reference(frame.dropna(subset=["output"]))
    figure.axes[0].set_title(f"What the model gets right; {failures(frame)}")
    return figure


def matrix_without_failures(frame):
    return image(frame.dropna(subset=["output"]))


def without_small_ones(frame):
    sizes = frame["target"].value_counts()
    return reference(frame[frame["target"].map(sizes) > 5])


def textbook_intervals(frame):
    table = counted(frame)
    _, axes = plt.subplots()
    half = 1.96 * np.sqrt(table["share"] * (1 - table["share"]) / table["count"])
    axes.bar(table.index, table["share"], yerr=half)
    return finished(axes, frame)


def standard_deviations(frame):
    table = counted(frame)
    _, axes = plt.subplots()
    axes.barh(table.index, table["share"], xerr=0.05)
    return finished(axes, frame)


def bare_bars(frame):
    table = counted(frame)
    _, axes = plt.subplots()
    axes.bar(table.index, table["share"])
    return finished(axes, frame)


def bare_colours(frame):
    figure = image(frame)
    for text in list(figure.axes[0].texts):
        text.remove()
    return figure


def cells_turned(frame):
    figure = image(frame)
    for text in figure.axes[0].texts:
        x, y = text.get_position()
        text.set_position((y, x))
    return figure


def by_answer_instead_of_label(frame):
    answered = frame.dropna(subset=["output"])
    return reference(answered.assign(target=answered["output"], output=frame["output"]))


def one_bar(frame):
    _, axes = plt.subplots()
    axes.bar(["accuracy"], [frame["correct"].mean()])
    return finished(axes, frame)


def unnamed(frame):
    figure = image(frame)
    figure.axes[0].set_xticks(range(7), range(7))
    figure.axes[0].set_yticks(range(6), range(6))
    return figure


FIXED = pd.DataFrame(EXERCISE.cases[0].given["runs"][0])


def fixed(frame):  # noqa: ARG001  (that is its mistake)
    return reference(FIXED)


def percent_without_a_sign(frame):
    figure = bars_in_percent(frame)
    figure.axes[0].set_ylabel("right answers")
    return figure


def empty(frame):  # noqa: ARG001  (that is its mistake)
    return plt.subplots()[0]


def empty_with_words(frame):
    _, axes = plt.subplots()
    return finished(axes, frame)


def first_the_data(data, message, also=()):
    """All cases that rest on the numbers, where those are wrong in the cases `data`."""
    rest = dict.fromkeys(also, lesson.FIRST_THE_DATA)
    return dict.fromkeys(data, message) | rest


EVERYTHING_ELSE = (SURE, LABELS, TITLE, UNITS)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answered_only, dict.fromkeys((FAILED, SEEN), lesson.DROPPED)),
        (matrix_without_failures, {SEEN: lesson.HIDDEN_FAILURES}),
        (
            after(lambda _, axes: axes.set_title("What the model gets right")),
            {SEEN: lesson.HIDDEN_FAILURES},
        ),
        (without_small_ones, {RARE: lesson.MISSING_CATEGORY, SURE: lesson.FIRST_THE_DATA}),
        (textbook_intervals, {SURE: lesson.NO_WIDTH}),
        (standard_deviations, {SURE: lesson.ODD_INTERVALS}),
        (bare_bars, {SURE: lesson.NO_UNCERTAINTY}),
        (bare_colours, {UNITS: lesson.BARE_COLOURS}),
        (percent_without_a_sign, {UNITS: lesson.NO_UNIT}),
        (after(lambda _, axes: axes.set_ylabel("")), {LABELS: lesson.NO_LABELS}),
        (after(lambda _, axes: axes.axis("off")), {LABELS: lesson.NO_LABELS}),
        (after(lambda _, axes: axes.set_title(""), image), {TITLE: lesson.NO_TITLE}),
        (
            after(lambda _, axes: axes.set_title("Confusion matrix"), image),
            {TITLE: lesson.SHORT_TITLE},
        ),
        (
            cells_turned,
            first_the_data((NUMBERS, RARE, FAILED, SEEN), lesson.CELLS_DISAGREE, EVERYTHING_ELSE),
        ),
        (
            by_answer_instead_of_label,
            first_the_data((NUMBERS, RARE, FAILED, SEEN), lesson.WRONG_VALUES, EVERYTHING_ELSE),
        ),
        (
            one_bar,
            first_the_data((NUMBERS, RARE, FAILED, SEEN), lesson.ONE_NUMBER, EVERYTHING_ELSE),
        ),
        (
            unnamed,
            first_the_data((NUMBERS, RARE, FAILED, SEEN), lesson.UNNAMED, EVERYTHING_ELSE),
        ),
        (
            fixed,
            first_the_data((NUMBERS, RARE, FAILED), lesson.IGNORES_FRAME, EVERYTHING_ELSE)
            | {SEEN: lesson.WRONG_VALUES},
        ),
        (
            empty,
            first_the_data((NUMBERS, RARE, FAILED, SEEN), lesson.NOTHING_DRAWN, EVERYTHING_ELSE),
        ),
        (
            lambda frame: frame.to_html(),
            dict.fromkeys((NUMBERS, RARE, FAILED, SEEN, *EVERYTHING_ELSE), lesson.NOT_A_FIGURE),
        ),
        (
            Figure(),
            dict.fromkeys((NUMBERS, RARE, FAILED, SEEN, *EVERYTHING_ELSE), lesson.NOT_A_FUNCTION),
        ),
    ],
)
def test_each_flaw_gets_exactly_the_message_meant_for_it(answer, expected):
    assert found(answer) == expected


@pytest.mark.parametrize("answer", [empty, empty_with_words, fixed, one_bar, unnamed])
def test_a_lazy_figure_earns_less_than_a_fifth(answer):
    verdict = judge(EXERCISE, answer, seed=SECRET)
    assert verdict.outcome is Outcome.WRONG
    assert verdict.marks < 0.2 * EXERCISE.points


def test_a_blank_is_not_attempted_and_a_crash_is_the_learners_own():
    def blank(frame): ...

    def crashing(frame):
        return frame["category"].plot()

    assert judge(EXERCISE, blank, seed=SECRET).outcome is Outcome.NOT_ATTEMPTED
    verdict = judge(EXERCISE, crashing)
    assert verdict.outcome is Outcome.CRASHED
    assert "KeyError" in verdict.cases[0].detail


def test_a_label_on_one_axis_earns_half_of_that_case():
    verdict = judge(EXERCISE, after(lambda _, axes: axes.set_ylabel("")))
    (case,) = (case for case in verdict.cases if case.name == LABELS)
    assert case.share == 0.5


def test_no_figure_stays_open_and_the_frame_is_a_fresh_one_each_time():
    before = plt.get_fignums()

    def spoiling(frame):
        figure = reference(frame)
        frame["correct"] = True
        plt.figure()
        return figure

    assert found(spoiling) == {}
    assert plt.get_fignums() == before


def test_the_runs_hold_what_their_cases_promise():
    rare = pd.DataFrame(EXERCISE.cases[1].given["runs"][1])
    assert rare["target"].value_counts().min() == 3
    assert rare.groupby("target")["correct"].mean().max() == 1
    failed = pd.DataFrame(EXERCISE.cases[2].given["runs"][1])
    assert failed["output"].isna().sum() == 7
    assert not failed.loc[failed["output"].isna(), "correct"].any()
    for case in held_out_cases(EXERCISE, SECRET):
        for run in case.given["runs"]:
            frame = pd.DataFrame(run)
            assert set(frame["target"]) == set(CATEGORIES)
            assert (frame["correct"] == (frame["target"] == frame["output"])).all()


def test_another_seed_draws_other_runs():
    one, two = (held_out_cases(EXERCISE, Seed(name, practice=False)) for name in "12")
    assert one[0].given != two[0].given
    assert math.isclose(sum(case.weight for case in one), 2)
