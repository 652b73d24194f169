"""Every sample of a run as one mark."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from evalfirst.plots.picture import BLUE, INK, ORANGE, VERMILION, Picture, drawing

if TYPE_CHECKING:
    from evalfirst.evals import EvalRun


def outcome_grid(run: EvalRun, columns: int = 25) -> Picture:
    """Show each sample in its order: right, wrong without a sign, or failed with an error.

    Raises:
        ValueError: `columns` is below 1.
    """
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    first = run.scorers[0]
    kinds = [
        "failed" if result.failure else "right" if result.scores[first].value >= 1.0 else "wrong"
        for result in run.results
    ]
    n, rows = len(kinds), math.ceil(len(kinds) / columns)
    count = {kind: kinds.count(kind) for kind in ("right", "wrong", "failed")}
    # shape as well as colour, so that a print in grey still tells them apart
    looks: dict[str, dict[str, Any]] = {
        "right": {"marker": "s", "color": BLUE, "s": 34, "alpha": 0.35},
        "wrong": {"marker": "X", "color": VERMILION, "s": 70},
        "failed": {"marker": "^", "color": ORANGE, "edgecolor": INK, "s": 60},
    }
    names = {
        "right": "right",
        "wrong": "wrong, and nothing said so",
        "failed": "failed with an error",
    }
    with drawing(7.6, 1.3 + 0.27 * rows) as (figure, axes):
        for kind, look in looks.items():
            at = [i for i, this in enumerate(kinds) if this == kind]
            axes.scatter(
                [i % columns for i in at],
                [i // columns for i in at],
                label=f"{names[kind]}: {count[kind]}",
                **look,
            )
        axes.set_xlim(-0.7, columns - 0.3)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_xticks([])
        axes.set_yticks(
            range(rows), [f"{i * columns + 1}-{min((i + 1) * columns, n)}" for i in range(rows)]
        )
        axes.set_ylabel("sample number")
        axes.set_xlabel(f"{n} samples in the order in which they came, one mark each")
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        raised = {0: "no call", 1: "one call"}.get(count["failed"], f"{count['failed']} calls")
        title = f"{count['wrong']} of {n} answers are wrong, and {raised} raised an error"
        axes.set_title(title)
        figure.legend(loc="outside lower center", ncols=3)
    return Picture(
        figure,
        f"{title}. A grid with one mark a sample: {count['right']} right, {count['wrong']} "
        f"wrong, {count['failed']} failed; the wrong ones are spread over the whole grid."
        if _spread(kinds)
        else f"{title}. A grid with one mark a sample.",
    )


def _spread(kinds: list[str]) -> bool:
    """Return whether each quarter of the samples holds a wrong one."""
    quarter = max(1, len(kinds) // 4)
    return all("wrong" in kinds[i * quarter : (i + 1) * quarter] for i in range(4))
