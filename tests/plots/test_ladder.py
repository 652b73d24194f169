"""The ladder shows the rungs of the data file and marks one place, readable in both themes."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from matplotlib.colors import to_hex, to_rgb

from evalfirst.curriculum import load
from evalfirst.plots.ladder import DARK, LIGHT, Colours, draw_ladder, ladder_alt, ladder_svg
from evalfirst.routing import Placement, place

PLACEMENTS = {
    "pre-role": place(["no"] * 6),
    "junior": place(["yes", *["no"] * 5]),
    "mid": place(["yes"] * 3 + ["no"] * 3),
    "senior": place(["yes"] * 5 + ["no"]),
    "nearing staff": place(["yes"] * 6),
    "all standard": place(["standard"] * 6),
}
every_placement = pytest.mark.parametrize("placement", PLACEMENTS.values(), ids=PLACEMENTS)


def test_five_rungs_rise_and_stand_at_their_usual_years() -> None:
    bars = draw_ladder().axes[0].patches
    assert [bar.get_height() for bar in bars] == [1, 2, 3, 4, 5]
    assert [round(bar.get_x(), 6) for bar in bars] == [0, 1.5, 3, 6, 9]
    assert [round(bar.get_width(), 6) for bar in bars[:4]] == [1.5, 1.5, 3, 3]


def test_every_rung_is_named_with_its_pay() -> None:
    texts = {text.get_text() for text in draw_ladder().axes[0].texts}
    assert {level.name for level in load().levels} <= texts
    assert {"$120-160k", "$160-220k", "$220-280k+"} <= texts


@pytest.mark.parametrize(
    ("name", "filled"),
    [
        ("pre-role", []),
        ("junior", [0]),
        ("mid", [1]),
        ("senior", [2]),
        ("nearing staff", []),
        ("all standard", []),
    ],
)
def test_only_a_rung_that_somebody_stands_on_is_filled(name: str, filled: list[int]) -> None:
    bars = draw_ladder(PLACEMENTS[name]).axes[0].patches
    colours = [to_hex(bar.get_facecolor()) for bar in bars[:5]]
    assert [i for i, colour in enumerate(colours) if colour == LIGHT.here] == filled


@pytest.mark.parametrize(
    ("name", "low", "high", "floor"),
    [
        ("pre-role", -1.5, 0, 0),
        ("junior", 0, 1.5, 1),
        ("mid", 1.5, 3, 2),
        ("senior", 3, 6, 3),
        ("nearing staff", 3, 6, 3),
        ("all standard", 6, 9, 4),
    ],
)
def test_the_arrow_points_at_the_step_somebody_stands_on(
    name: str, low: float, high: float, floor: float
) -> None:
    (arrow,) = [t for t in draw_ladder(PLACEMENTS[name]).axes[0].texts if hasattr(t, "xy")]
    assert arrow.get_text() == "you are here"
    assert low < arrow.xy[0] < high
    assert floor < arrow.xy[1] < floor + 0.1


@every_placement
def test_no_words_run_into_a_rung_or_out_of_the_picture(placement: Placement) -> None:
    figure = draw_ladder(placement)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    (here,) = [text for text in axes.texts if hasattr(text, "xy")]
    # an annotation's own extent holds its arrow, so measure the words only
    words = super(type(here), here).get_window_extent()
    bars = [bar.get_window_extent() for bar in axes.patches]
    assert not [bar for bar in bars if bar.overlaps(words)]
    assert figure.bbox.x0 <= words.x0
    assert words.y1 <= figure.bbox.y1
    labels = [text.get_window_extent() for text in axes.texts if text is not here]
    assert not [label for label in labels if label.overlaps(words)]


@every_placement
def test_alt_text_says_the_place_and_every_rung(placement: Placement) -> None:
    alt = ladder_alt(placement)
    assert f"You are here: {placement.level}, Phase {placement.phase}." in alt
    for level in load().levels:
        assert f"{level.name}, {level.tenure}, {load().pay_at(level.key).text}" in alt


def test_the_plain_ladder_marks_nobody() -> None:
    assert "You are here" not in ladder_alt()
    assert [text for text in draw_ladder().axes[0].texts if hasattr(text, "xy")] == []


def test_the_same_placement_gives_the_same_bytes() -> None:
    assert ladder_svg(PLACEMENTS["mid"]) == ladder_svg(PLACEMENTS["mid"])
    assert ladder_svg(PLACEMENTS["mid"]) != ladder_svg(PLACEMENTS["mid"], colours=DARK)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("colours", "paper"), [(LIGHT, "#ffffff"), (DARK, "#212121"), (DARK, "#111111")]
)
def test_text_has_a_contrast_of_4_5_on_whatever_it_stands_on(colours: Colours, paper: str) -> None:
    assert len(astuple(colours)) == 6
    pairs = [
        (colours.ink, colours.rung),
        (colours.on_here, colours.here),
        (colours.ink, paper),
        (colours.muted, paper),
        (colours.here, paper),
    ]
    assert [pair for pair in pairs if _contrast(*pair) < 4.5] == []
