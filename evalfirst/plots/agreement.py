"""How far several people agree about the same items."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from evalfirst.plots.picture import BLUE, MUTED, ORANGE, VERMILION, Picture, drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_SHOWN = 8


def annotator_agreement(labels: Mapping[str, Sequence[str]], *, source: str) -> Picture:
    """Show between which categories three annotators disagree, and how often.

    Args:
        labels: item id to the labels that three people gave it.
        source: what the labels are, such as `simulated annotators`; stands on the figure.

    Raises:
        ValueError: no items, or an item without exactly three labels.
    """
    if not labels or any(len(given) != 3 for given in labels.values()):
        raise ValueError("give at least one item, each with three labels")
    n = len(labels)
    kinds = Counter(len(set(given)) for given in labels.values())
    pairs = Counter(
        " / ".join(sorted(set(given))) for given in labels.values() if len(set(given)) == 2
    ).most_common()
    rows = [(name, count, ORANGE) for name, count in pairs[:_SHOWN]]
    if rest := sum(count for _, count in pairs[_SHOWN:]):
        rows.append((f"{len(pairs) - _SHOWN} other pairs", rest, ORANGE))
    if kinds[3]:
        rows.append(("three different labels", kinds[3], VERMILION))
    if kinds[1]:
        rows.append(("all three agree", kinds[1], BLUE))
    with drawing(7.6, 1.5 + 0.34 * len(rows)) as (figure, axes):
        bars = axes.barh(
            range(len(rows)), [r[1] for r in rows], color=[r[2] for r in rows], height=0.66
        )
        axes.bar_label(bars, padding=4, color=MUTED)
        axes.set_yticks(range(len(rows)), [r[0] for r in rows])
        axes.invert_yaxis()
        axes.set_xlabel(f"tickets ({n} borderline ones, {source})")
        axes.set_ylabel("labels that were given")
        most = pairs[0][0].replace(" / ", " or ") if pairs else "nothing in particular"
        title = f"People disagree most about {most}"
        axes.set_title(title)
    detail = ", ".join(f"{name}: {count}" for name, count, _ in rows)
    return Picture(figure, f"{title}. Tickets by the labels that they got ({source}): {detail}.")
