"""The career ladder as a staircase over years, with 'you are here'."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst.curriculum import load

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from evalfirst.curriculum import Curriculum, Level, PayBand
    from evalfirst.routing import Placement

# The last rung is open-ended; it is drawn this many years wide.
_OPEN_END_YEARS = 3.0
# Half the width of the words 'you are here' on the axis, with a margin.
_HALF_LABEL_YEARS = 1.05


@dataclass(frozen=True)
class Colours:
    """Colours of one theme; text on any of the fills has a contrast of 4.5:1 or more."""

    ink: str
    muted: str
    rung: str
    edge: str
    here: str
    on_here: str


LIGHT = Colours("#1a1c1e", "#55595e", "#e6edf6", "#9db2cc", "#155aa8", "#ffffff")
DARK = Colours("#f2f3f5", "#b4b8be", "#26323f", "#5b7188", "#8fbdf5", "#0c1b2c")


def draw_ladder(
    placement: Placement | None = None,
    *,
    curriculum: Curriculum | None = None,
    colours: Colours = LIGHT,
) -> Figure:
    """Draw the five rungs at their usual tenure (years since entry level), on no background.

    `placement` marks where somebody stands; without one it is the plain ladder.
    """
    # without pyplot no figure is kept, and no notebook shows it a second time
    from matplotlib.figure import Figure

    c = curriculum or load()
    figure = Figure(figsize=(7.2, 3.5), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.subplots()
    axes.patch.set_alpha(0)
    for index, level in enumerate(c.levels):
        here = placement is not None and placement.rung == level.key and placement.standing == "on"
        _rung(axes, index, level, c.pay_at(level.key), here, colours)
    if placement is not None:
        _you_are_here(axes, placement, c, colours)

    axes.set_title(_title(placement), loc="left", color=colours.ink, fontsize=12, weight="bold")
    axes.set_xlabel("usual years since entry level", color=colours.muted, fontsize=10)
    axes.set_xlim(-1.5, _end(c.levels[-1]))
    axes.set_ylim(0, len(c.levels) + 0.75)
    axes.set_xticks(sorted({month / 12 for level in c.levels for month in level.months if month}))
    axes.set_xticks([0, *axes.get_xticks()])
    axes.xaxis.set_major_formatter(lambda years, _: f"{years:g}")
    axes.tick_params(axis="x", colors=colours.muted, length=3, labelsize=10)
    axes.set_yticks([])
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(colours.edge)
    return figure


def ladder_svg(
    placement: Placement | None = None,
    *,
    curriculum: Curriculum | None = None,
    colours: Colours = LIGHT,
) -> str:
    """Return `draw_ladder` as SVG, the same bytes for the same placement."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "evalfirst", "svg.fonttype": "path"}):
        draw_ladder(placement, curriculum=curriculum, colours=colours).savefig(
            buffer, format="svg", metadata={"Date": None}
        )
    return buffer.getvalue()


def ladder_alt(placement: Placement | None = None, *, curriculum: Curriculum | None = None) -> str:
    """Return in words what the picture shows, for `alt`."""
    c = curriculum or load()
    rungs = "; ".join(
        f"{level.name}, {level.tenure}, {c.pay_at(level.key).text}" for level in c.levels
    )
    picture = f"Career ladder as a staircase of five rungs over years: {rungs}."
    return picture if placement is None else f"{picture} {_title(placement)}."


def _title(placement: Placement | None) -> str:
    if placement is None:
        return "Five rungs: pay and usual years"
    return f"You are here: {placement.level}, Phase {placement.phase}"


def _rung(axes: Axes, index: int, level: Level, pay: PayBand, here: bool, colours: Colours) -> None:
    left, right, height = level.months[0] / 12, _end(level), index + 1
    axes.bar(
        (left + right) / 2,
        height,
        width=right - left,
        color=colours.here if here else colours.rung,
        edgecolor=colours.here if here else colours.edge,
        linewidth=1,
    )
    text = colours.on_here if here else colours.ink
    short = f"${pay.low // 1000}-{pay.high // 1000}k" + ("+" if pay.or_more else "")
    axes.text(
        (left + right) / 2,
        height - 0.3,
        level.name,
        ha="center",
        va="center",
        color=text,
        fontsize=10.5,
        weight="bold",
    )
    axes.text(
        (left + right) / 2, height - 0.67, short, ha="center", va="center", color=text, fontsize=9
    )


def _you_are_here(axes: Axes, placement: Placement, c: Curriculum, colours: Colours) -> None:
    index = next(i for i, level in enumerate(c.levels) if level.key == placement.rung)
    level = c.levels[index]
    left, right = level.months[0] / 12, _end(level)
    if placement.standing == "on":
        # the words must not run into the next, higher rung
        x, floor = min((left + right) / 2, right - _HALF_LABEL_YEARS), index + 1.0
    else:  # on the step below, at the foot of the rung
        x, floor = left - 0.45, float(index)
    axes.annotate(
        "you are here",
        xy=(x, floor + 0.04),
        xytext=(x, floor + (0.55 if placement.standing == "on" else 1.35)),
        ha="center",
        va="bottom",
        color=colours.here,
        fontsize=10.5,
        weight="bold",
        arrowprops={"arrowstyle": "-|>", "color": colours.here, "linewidth": 2, "shrinkA": 1},
    )


def _end(level: Level) -> float:
    start, end = level.months
    return start / 12 + _OPEN_END_YEARS if end is None else end / 12
