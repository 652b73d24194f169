from __future__ import annotations

import io
import json
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from graders.figures import NoFigure, drawn, read_figure
from graders.plain import round_trip

NAMES = ["ant", "bee", "cow"]
VALUES = [0.5, 0.25, 1.0]
COUNTS = [[5, 1, 0], [2, 7, 1], [0, 0, 9]]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def upright(axes):
    axes.bar(NAMES, VALUES)


def lying(axes):
    axes.barh(NAMES, VALUES)


def lying_and_turned_over(axes):
    axes.barh(NAMES, VALUES)
    axes.invert_yaxis()


def at_numbers(axes):
    axes.bar(range(3), VALUES, width=0.4)
    axes.set_xticks(range(3), NAMES, rotation=45)


def one_at_a_time(axes):
    for place, value in enumerate(VALUES):
        axes.bar(place, value, color=f"C{place}")
    axes.set_xticks(range(3), labels=NAMES)


def by_pandas(axes):
    pd.Series(VALUES, index=NAMES).plot.bar(ax=axes)


def by_pandas_lying(axes):
    pd.DataFrame({"share": VALUES}, index=NAMES).plot(kind="barh", ax=axes, legend=False)


@pytest.mark.parametrize(
    "draw",
    [upright, lying, lying_and_turned_over, at_numbers, one_at_a_time, by_pandas, by_pandas_lying],
)
def test_bars_read_the_same_however_they_are_drawn(draw):
    figure, axes = plt.subplots()
    draw(axes)
    (read,) = read_figure(figure)["axes"]
    assert {bar["name"]: bar["value"] for bar in read["bars"]} == dict(
        zip(NAMES, VALUES, strict=True)
    )
    assert {bar["upright"] for bar in read["bars"]} == {"lying" not in draw.__name__}


def test_stacked_and_grouped_bars_keep_their_series():
    figure, (left, right) = plt.subplots(1, 2, sharey=True)
    left.bar(NAMES, [1, 2, 3], label="right")
    left.bar(NAMES, [4, 5, 6], bottom=[1, 2, 3], label="wrong")
    right.bar(np.arange(3) - 0.2, [1, 2, 3], 0.4, label="right")
    right.bar(np.arange(3) + 0.2, [4, 5, 6], 0.4, label="wrong")
    right.set_xticks(range(3), NAMES)
    right.legend()
    for axes in read_figure(figure)["axes"]:
        read = {(bar["series"], bar["name"]): bar["value"] for bar in axes["bars"]}
        assert read["right", "cow"] == 3
        assert read["wrong", "ant"] == 4
    assert axes["legend"] == ["right", "wrong"]


ENDS = [(0.2, 0.8), (0.1, 0.45), (0.7, 1.0)]
REACH = np.abs(np.array(ENDS).T - VALUES)


def bars_with_error(axes):
    axes.bar(NAMES, VALUES, yerr=REACH, capsize=4)


def lying_bars_with_error(axes):
    axes.barh(NAMES, VALUES, xerr=REACH)


def points_with_error(axes):
    axes.errorbar(NAMES, VALUES, yerr=REACH, fmt="o", capsize=3)


def lying_points_with_error(axes):
    axes.errorbar(VALUES, NAMES, xerr=REACH, fmt="s")


def lines_of_their_own(axes):
    axes.scatter(NAMES, VALUES)
    axes.vlines(NAMES, *np.array(ENDS).T)


def lying_lines_of_their_own(axes):
    axes.plot(VALUES, range(3), "o")
    axes.hlines(range(3), *np.array(ENDS).T)
    axes.set_yticks(range(3), NAMES)


def lines_one_by_one(axes):
    axes.plot(NAMES, VALUES, "o", linestyle="none")
    for name, ends in zip(NAMES, ENDS, strict=True):
        axes.plot([name, name], ends, color="black")
    axes.axhline(0.5, linestyle="--")


@pytest.mark.parametrize(
    "draw",
    [
        bars_with_error,
        lying_bars_with_error,
        points_with_error,
        lying_points_with_error,
        lines_of_their_own,
        lying_lines_of_their_own,
        lines_one_by_one,
    ],
)
def test_intervals_read_the_same_however_they_are_drawn(draw):
    figure, axes = plt.subplots()
    draw(axes)
    (read,) = read_figure(figure)["axes"]
    found = {piece["name"]: (piece["low"], piece["high"]) for piece in read["intervals"]}
    assert set(found) == set(NAMES)
    for name, ends in zip(NAMES, ENDS, strict=True):
        assert found[name] == pytest.approx(ends)
    side, value = ("yname", "x") if "lying" in draw.__name__ else ("xname", "y")
    if "bars" not in draw.__name__:
        points = {point[side]: point[value] for point in read["points"]}
        assert points == dict(zip(NAMES, VALUES, strict=True))
        assert len(read["points"]) == 3


def as_image(axes):
    axes.imshow(COUNTS)
    axes.set_xticks(range(3), NAMES)
    axes.set_yticks(range(3), NAMES)


def as_image_from_below(axes):
    axes.imshow(COUNTS, origin="lower", aspect="auto")
    axes.set(xticks=range(3), yticks=range(3), xticklabels=NAMES, yticklabels=NAMES)


def as_matshow(axes):
    axes.matshow(COUNTS, cmap="Blues")
    axes.set_xticks(range(3), NAMES)
    axes.set_yticks(range(3), NAMES)


def as_image_with_an_extent(axes):
    axes.imshow(COUNTS, extent=(0, 30, 0, 3))
    axes.set_xticks([5, 15, 25], NAMES)
    axes.set_yticks([2.5, 1.5, 0.5], NAMES)


def as_mesh(axes):
    axes.pcolormesh(COUNTS)
    axes.set_xticks(np.arange(3) + 0.5, NAMES)
    axes.set_yticks(np.arange(3) + 0.5, NAMES)
    axes.invert_yaxis()


def as_mesh_with_names(axes):
    axes.pcolormesh(NAMES, NAMES, np.array(COUNTS), shading="nearest")


def as_pcolor(axes):
    axes.pcolor(np.array(COUNTS))
    axes.set_xticks(np.arange(3) + 0.5, NAMES)
    axes.set_yticks(np.arange(3) + 0.5, NAMES)


@pytest.mark.parametrize(
    "draw",
    [
        as_image,
        as_image_from_below,
        as_matshow,
        as_image_with_an_extent,
        as_mesh,
        as_mesh_with_names,
        as_pcolor,
    ],
)
def test_a_matrix_reads_the_same_however_it_is_drawn(draw):
    figure, axes = plt.subplots()
    draw(axes)
    (matrix,) = read_figure(figure)["axes"][0]["matrices"]
    assert matrix == {"values": COUNTS, "rows": NAMES, "columns": NAMES}


def test_numbers_in_cells_know_their_row_and_column():
    figure, axes = plt.subplots()
    as_image(axes)
    for row in range(3):
        for column in range(3):
            axes.text(column, row, str(COUNTS[row][column]), ha="center")
    texts = read_figure(figure)["axes"][0]["texts"]
    read = {(text["yname"], text["xname"]): int(text["text"]) for text in texts}
    assert read["bee", "cow"] == 1
    assert read["bee", "ant"] == 2
    assert len(read) == 9


def test_a_table_and_an_empty_cell_are_read_as_rows():
    figure, axes = plt.subplots()
    axes.axis("off")
    axes.table([["1", "2"], ["3", ""]], rowLabels=["ant", "bee"], colLabels=["x", "y"])
    (read,) = read_figure(figure)["axes"]
    assert read["tables"] == [[["", "x", "y"], ["ant", "1", "2"], ["bee", "3", ""]]]
    assert read["visible"] is False


def test_bar_labels_and_texts_fixed_to_the_axes_are_told_apart():
    figure, axes = plt.subplots()
    axes.bar_label(axes.bar(NAMES, VALUES), ["n=4", "n=8", "n=2"])
    axes.bar_label(axes.barh([5], [0.4]), ["inside"], label_type="center")
    axes.text(0, -0.2, "below ant", transform=axes.get_xaxis_transform())
    axes.text(0.5, 0.9, "a caption", transform=axes.transAxes)
    figure.text(0, 0, "a foot note")
    read = read_figure(figure)
    named = {text["text"]: text["xname"] for text in read["axes"][0]["texts"]}
    assert named == {"n=4": "ant", "n=8": "bee", "n=2": "cow", "inside": "ant", "below ant": "ant"}
    assert read["axes"][0]["captions"] == ["a caption"]
    assert read["texts"] == ["a foot note"]


def test_labels_titles_limits_legend_and_colour_bar_are_read():
    figure, axes = plt.subplots()
    figure.suptitle("over all")
    figure.supxlabel("shared x")
    image = axes.imshow(COUNTS)
    axes.set(xlabel="answer", title="one title", xlim=(-1, 4))
    axes.plot([3, 1, 2], [1, 2, 3], label="a line")
    axes.legend()
    figure.colorbar(image, label="tickets")
    read = read_figure(figure)
    (main,) = read["axes"]
    assert (read["title"], read["xlabel"], read["colorbars"]) == (
        "over all",
        "shared x",
        ["tickets"],
    )
    assert (main["title"], main["xlabel"], main["ylabel"]) == ("one title", "answer", "")
    assert main["xlim"] == [-1, 4]
    assert main["legend"] == ["a line"]
    assert main["lines"] == [{"series": "a line", "points": [(1, 2), (2, 3), (3, 1)]}]


def test_a_figure_is_plain_data_and_missing_numbers_are_none():
    figure, axes = plt.subplots()
    axes.imshow([[1, np.nan], [np.inf, 2]])
    axes.bar(["a", "b"], [1, np.nan])
    read = read_figure(figure)
    assert json.loads(json.dumps(read, allow_nan=False)) == round_trip(read)
    assert read["axes"][0]["matrices"][0]["values"] == [[1, None], [None, 2]]
    assert len(read["axes"][0]["bars"]) == 1


def bars():
    figure, axes = plt.subplots()
    axes.bar(NAMES, VALUES)
    return figure, axes


class Grid:
    def __init__(self):
        self.figure, self.ax = bars()


def shows_and_returns_nothing():
    bars()
    plt.show()


def draws_with_pyplot_alone():
    plt.bar(NAMES, VALUES)


def without_pyplot():
    figure = Figure()
    figure.subplots().bar(NAMES, VALUES)
    return figure


def in_a_part_of_a_figure():
    part = plt.figure().subfigures(1, 2)[0]
    part.subplots().bar(NAMES, VALUES)
    return part


@pytest.mark.parametrize(
    "draw",
    [
        lambda: bars()[0],
        lambda: bars()[1],
        bars,
        lambda: plt.bar(NAMES, VALUES),
        lambda: plt.bar(NAMES, VALUES)[0],
        lambda: np.array([[bars()[1]]]),
        Grid,
        shows_and_returns_nothing,
        draws_with_pyplot_alone,
        without_pyplot,
        in_a_part_of_a_figure,
    ],
)
def test_a_figure_is_found_in_whatever_a_function_returns(draw):
    assert len(drawn(draw)["axes"][0]["bars"]) == 3


@pytest.mark.parametrize("returned", [None, 3, "a figure", [1, 2]])
def test_no_figure_is_said_with_what_came_instead(returned):
    with pytest.raises(NoFigure, match=type(returned).__name__):
        drawn(lambda: returned)


def test_figures_are_closed_after_reading_and_older_ones_stay_untouched():
    older, _ = bars()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(25):
            drawn(draws_with_pyplot_alone)
    assert plt.get_fignums() == [older.number]
    assert len(older.axes[0].patches) == 3


def test_figures_are_closed_and_show_works_again_after_a_crash():
    show = plt.show

    def crashing():
        bars()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        drawn(crashing)
    assert plt.get_fignums() == []
    assert plt.show is show


def test_a_style_that_a_function_sets_ends_with_the_call():
    def dark():
        plt.style.use("dark_background")
        return bars()

    before = plt.rcParams["figure.facecolor"]
    drawn(dark)
    assert plt.rcParams["figure.facecolor"] == before


def test_reading_a_figure_leaves_it_as_it_was():
    figure, axes = bars()
    axes.errorbar(NAMES, VALUES, 0.1, label="mine")
    pictures = []
    for _ in range(2):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        pictures.append(buffer.tell())
        read_figure(figure)
    assert pictures[0] == pictures[1]
