"""What a number of examples can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalfirst.plots.picture import BLUE, FAINT, MUTED, VERMILION, Picture, drawing
from evalfirst.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence


def interval_by_size(
    passes: int, n: int, sizes: Sequence[int] = (10, 20, 50, 100, 200, 400, 1000)
) -> Picture:
    """Show the 95 % Wilson interval of a measured share beside those of other set sizes.

    Args:
        passes: right answers measured.
        n: samples measured.
        sizes: set sizes to compare with; the same share is assumed for each.

    Raises:
        ValueError: `passes` is not within 0 to `n`, or `n` is below 1.
    """
    share = passes / n if n else 0.0
    rows = sorted({*sizes, n})
    ranges = [
        wilson(round(share * size), size) if size != n else wilson(passes, n) for size in rows
    ]
    low, high = ranges[rows.index(n)]
    with drawing(7.6, 1.6 + 0.32 * len(rows)) as (figure, axes):
        for row, (size, (left, right)) in enumerate(zip(rows, ranges, strict=True)):
            mine = size == n
            colour = VERMILION if mine else BLUE
            axes.plot(
                [100 * left, 100 * right],
                [row, row],
                color=colour,
                lw=6 if mine else 4,
                solid_capstyle="round",
                alpha=1 if mine else 0.55,
            )
            axes.annotate(
                f"{100 * left:.0f}-{100 * right:.0f} %",
                (100 * right, row),
                (8, 0),
                textcoords="offset points",
                va="center",
                color=colour if mine else MUTED,
                fontweight="bold" if mine else "normal",
            )
        axes.axvline(100 * share, color=FAINT, zorder=0)
        axes.set_yticks(
            range(len(rows)), [f"{size}  (yours)" if size == n else str(size) for size in rows]
        )
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 112)
        axes.set_xticks(range(0, 101, 20))
        axes.set_xlabel("accuracy (%), 95 % interval")
        axes.set_ylabel("examples in the set")
        title = f"{share:.0%} on {n} examples: the truth may be {low:.0%} to {high:.0%}"
        axes.set_title(title)
    widths = ", ".join(
        f"{s}: {100 * a:.0f} to {100 * b:.0f} %" for s, (a, b) in zip(rows, ranges, strict=True)
    )
    return Picture(figure, f"{title}. Intervals by set size: {widths}.")
