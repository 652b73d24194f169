"""What a few right answers prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalfirst.plots.picture import BLUE, FAINT, MUTED, Picture, drawing

if TYPE_CHECKING:
    from collections.abc import Sequence


def all_right(shares: Sequence[float] = (0.65, 0.90), k: int = 5) -> Picture:
    """Show how many of `k` random answers are right, for features of two qualities.

    Args:
        shares: true shares of right answers, one panel each.
        k: how many answers somebody looks at.

    Raises:
        ValueError: fewer than two shares, a share outside 0 to 1, or `k` below 1.
    """
    if len(shares) < 2 or not all(0 <= share <= 1 for share in shares) or k < 1:
        raise ValueError(f"give two or more shares between 0 and 1 and k >= 1, got {shares}, {k}")
    from scipy.stats import binom

    counts = range(k + 1)
    every = [float(share) ** k for share in shares]
    with drawing(7.6, 3.4, ncols=len(shares), sharey=True) as (figure, panels):
        for axes, share in zip(panels, shares, strict=True):
            chances = [100 * float(binom.pmf(i, k, share)) for i in counts]
            bars = axes.bar(counts, chances, color=[*[FAINT] * k, BLUE], width=0.78)
            axes.bar_label(bars, [f"{value:.0f}%" for value in chances], color=MUTED, fontsize=9)
            axes.set_title(f"true quality {share:.0%}", fontweight="normal", fontsize=11)
            axes.set_xlabel(f"right answers among {k}")
            axes.set_xticks(list(counts))
        panels[0].set_ylabel("how often (% of draws)")
        odds = ", ".join(f"{c:.0%} at quality {s:.0%}" for c, s in zip(every, shares, strict=True))
        figure.suptitle(
            f"How often all {k} are right: {odds}",
            x=0.01,
            ha="left",
            fontweight="bold",
            fontsize=12,
        )
    panels_in_words = " ".join(
        f"A feature that is right {s:.0%} of the time gets all {k} right in {c:.0%} of draws."
        for s, c in zip(shares, every, strict=True)
    )
    return Picture(figure, f"Bar charts of right answers among {k}. {panels_in_words}")
