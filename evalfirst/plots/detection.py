"""Which changes an eval set would have stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst.plots.picture import BLUE, MUTED, VERMILION, Picture, drawing

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Change:
    """One change to a feature, as an eval set saw it.

    Attributes:
        name: what was changed, in a few words.
        worse, better: samples that the change newly got wrong, or newly got right.
        alarm: whether the set stopped it.
        harmful: whether it should have been stopped.
    """

    name: str
    worse: int
    better: int
    alarm: bool
    harmful: bool = True


def caught_changes(changes: Sequence[Change], samples: int) -> Picture:
    """Show for each change how many samples got worse and better, and whether that stopped it.

    Args:
        changes: harmful ones and harmless ones.
        samples: size of the eval set.

    Raises:
        ValueError: there is no harmful change.
    """
    harmful = [change for change in changes if change.harmful]
    if not harmful:
        raise ValueError("give at least one harmful change")
    rows = sorted(harmful, key=lambda c: (c.alarm, c.worse - c.better), reverse=True)
    rows += [change for change in changes if not change.harmful]
    with drawing(8.2, 1.5 + 0.36 * len(rows)) as (figure, axes):
        for at, change in enumerate(rows):
            axes.barh(at, -change.worse, color=VERMILION, height=0.62)
            axes.barh(at, change.better, color=BLUE, height=0.62)
            right = change.alarm == change.harmful
            axes.annotate(
                _word(change),
                (1.0, at),
                xycoords=("axes fraction", "data"),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                color=MUTED if right else VERMILION,
                fontweight="normal" if right else "bold",
                annotation_clip=False,
            )
        axes.axvline(0, color=MUTED, lw=1)
        if len(rows) > len(harmful):
            axes.axhline(len(harmful) - 0.5, color=MUTED, lw=0.8, ls=":")
        axes.set_yticks(range(len(rows)), [change.name for change in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        reach = max(4, *(max(c.worse, c.better) for c in rows)) + 1
        axes.set_xlim(-reach, max(3, max(c.better for c in rows) + 1))
        ticks = [tick for tick in axes.get_xticks() if tick == int(tick)]
        axes.set_xticks(ticks, [f"{abs(tick):.0f}" for tick in ticks])
        axes.set_xlabel(f"of {samples} samples: newly wrong (left), newly right (right)")
        axes.set_ylabel("change")
        caught = sum(change.alarm for change in harmful)
        title = f"A set of {samples} stops {caught} of {len(harmful)} harmful changes"
        axes.set_title(title)
    listed = "; ".join(
        f"{c.name}: {c.worse} newly wrong, {c.better} newly right, {_word(c)}" for c in rows
    )
    return Picture(figure, f"{title}. {listed}.")


def _word(change: Change) -> str:
    if change.harmful:
        return "stopped" if change.alarm else "slips through"
    return "stopped for nothing" if change.alarm else "goes through, harmless"
