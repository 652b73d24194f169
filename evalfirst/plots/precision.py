"""What a number of examples can tell."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from evalfirst.plots.picture import BLUE, FAINT, MUTED, VERMILION, Picture, drawing
from evalfirst.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence


def same_feature_many_sets(
    outcomes: Sequence[bool], size: int = 50, sets: int = 20, seed: int = 1
) -> Picture:
    """Show what many eval sets of one size would have measured of one feature.

    Args:
        outcomes: for each sample of a large pool, whether the feature was right.
        size: samples in each set, drawn without replacement.
        sets: how many sets are drawn.
        seed: makes the draws repeatable.

    Raises:
        ValueError: the pool is smaller than a set, or `size` or `sets` is below 1.
    """
    if not 1 <= size <= len(outcomes) or sets < 1:
        raise ValueError(
            f"give 1 to {len(outcomes)} samples a set and at least one set, got {size} and {sets}"
        )
    draw = random.Random(seed)  # noqa: S311  (chooses examples, protects nothing)
    share = sum(outcomes) / len(outcomes)
    passes = sorted(sum(draw.sample(list(outcomes), size)) for _ in range(sets))
    ranges = [wilson(count, size) for count in passes]
    missed = sum(not low <= share <= high for low, high in ranges)
    with drawing(7.6, 4.0) as (figure, axes):
        for row, (count, (low, high)) in enumerate(zip(passes, ranges, strict=True)):
            inside = low <= share <= high
            colour = BLUE if inside else VERMILION
            axes.plot([row, row], [100 * low, 100 * high], color=colour, lw=3, alpha=0.4)
            axes.plot(row, 100 * count / size, "o" if inside else "X", color=colour, ms=7)
        axes.axhline(100 * share, color=MUTED, lw=1, ls="--")
        axes.annotate(
            f"all {len(outcomes)}: {share:.0%}",
            (sets - 0.4, 100 * share),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=MUTED,
            annotation_clip=False,
        )
        axes.set_xticks([])
        axes.set_xlim(-0.8, sets - 0.3)
        axes.set_ylim(0, 100)
        axes.set_xlabel(f"{sets} random sets of {size}, sorted by what they measured")
        axes.set_ylabel("accuracy (%), 95% interval")
        lowest, highest = passes[0] / size, passes[-1] / size
        title = f"One feature, {sets} sets of {size}: measured {lowest:.0%} to {highest:.0%}"
        axes.set_title(title)
    return Picture(
        figure,
        f"{title}. Dots with 95% intervals around the accuracy on all {len(outcomes)} samples, "
        f"{share:.0%}; {sets - missed} of the {sets} intervals contain it.",
    )


def interval_by_size(
    passes: int, n: int, sizes: Sequence[int] = (10, 20, 50, 100, 200, 400, 1000)
) -> Picture:
    """Show the 95% Wilson interval of a measured share beside those of other set sizes.

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
                f"{100 * left:.0f}-{100 * right:.0f}%",
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
        axes.set_xlabel("accuracy (%), 95% interval")
        axes.set_ylabel("examples in the set")
        title = f"{share:.0%} on {n} examples: the truth may be {low:.0%} to {high:.0%}"
        axes.set_title(title)
    widths = ", ".join(
        f"{s}: {100 * a:.0f} to {100 * b:.0f}%" for s, (a, b) in zip(rows, ranges, strict=True)
    )
    return Picture(figure, f"{title}. Intervals by set size: {widths}.")
