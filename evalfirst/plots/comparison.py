"""How two versions differ on the same samples, over all of them and slice by slice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from evalfirst.plots.picture import BLUE, FAINT, INK, MUTED, VERMILION, Picture, drawing

if TYPE_CHECKING:
    from evalfirst.evals.comparison import Comparison

_SHOWN = 12


def paired_change(comparison: Comparison) -> Picture:
    """Show the change over all samples and by slice, each with its interval.

    Slices stand with the largest drop on top, at most 12 of them; one that is too small to judge
    is drawn hollow. Colour says which changes are clear: for the slices after the correction for
    their number.
    """
    d, slices = comparison.difference, comparison.slices.sort_values("effect")
    left_out = max(0, len(slices) - _SHOWN)
    scale = 100 if comparison.measure == "passes" else 1
    unit = "points" if comparison.measure == "passes" else "score"
    alpha = 1 - comparison.confidence
    rows = [(f"all ({d.n})", d.effect, d.low, d.high, d.clear, False)]
    rows += [
        (f"{name} ({s.n:.0f})", s.effect, s.low, s.high, s.adjusted_p <= alpha, bool(s.too_small))
        for name, s in slices.head(_SHOWN).iterrows()
    ]
    with drawing(7.6, 1.5 + 0.36 * len(rows)) as (figure, axes):
        axes.axvline(0, color=MUTED, lw=1)
        for at, (_, effect, low, high, clear, small) in enumerate(rows):
            colour = MUTED if not clear else VERMILION if effect < 0 else BLUE
            if not math.isnan(low):
                width = 4 if at == 0 else 2.5
                axes.plot([scale * low, scale * high], [at, at], color=colour, lw=width, alpha=0.45)
            axes.plot(
                scale * effect,
                at,
                "D" if at == 0 else "o",
                color=colour,
                markerfacecolor="white" if small else colour,
                ms=8 if at == 0 else 7,
            )
        if len(rows) > 1:
            axes.axhline(0.5, color=FAINT, lw=1)
        axes.set_yticks(range(len(rows)), [row[0] for row in rows], color=INK)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_ylabel("samples (count)")
        hollow = "; hollow: too small to judge" if any(row[5] for row in rows) else ""
        axes.set_xlabel(
            f"change ({unit}), {comparison.confidence:.0%} interval; right of 0 is better{hollow}"
        )
        title = _title(comparison)
        axes.set_title(title)
    more = f" {left_out} more slices are not drawn." if left_out else ""
    return Picture(figure, f"{title}. {_in_words(rows, scale, unit)}{more}")


def _title(comparison: Comparison) -> str:
    d = comparison.difference
    amount = f"{100 * abs(d.effect):.1f} points" if d.kind == "share" else f"{abs(d.effect):.3g}"
    if d.clear:
        return f"The new version is {amount} {'better' if d.effect > 0 else 'worse'}"
    better = "1 sample" if d.better == 1 else f"{d.better} samples"
    return f"No clear change: {better} got better, {d.worse} got worse"


def _in_words(
    rows: list[tuple[str, float, float, float, bool, bool]], scale: int, unit: str
) -> str:
    told = []
    for name, effect, low, high, clear, small in rows:
        note = ", clear" if clear else ", too small to judge" if small else ""
        interval = (
            "no interval"
            if math.isnan(low)
            else f"interval {scale * low:+.3g} to {scale * high:+.3g}"
        )
        told.append(f"{name}: {scale * effect:+.3g} {unit}, {interval}{note}")
    return "Change by slice. " + "; ".join(told) + "."
