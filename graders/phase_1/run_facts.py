"""Small runs to draw, and what a right chart of one shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graders.support_desk.tickets import CATEGORIES

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

FAILED = "failed"


@dataclass(frozen=True)
class Mode:
    """One way to put numbers on a chart: which ones, and how far rounding may move them."""

    name: str
    values: Mapping[Any, float]
    slack: float
    unit: str


@dataclass(frozen=True)
class RunFacts:
    """Counts of a run by category.

    Attributes:
        total, right, failed: tickets by target category.
        cells: (target, output) -> tickets; the output of a failed call is `FAILED`.
    """

    total: Mapping[str, int]
    right: Mapping[str, int]
    failed: Mapping[str, int]
    cells: Mapping[tuple[str, str], int]

    @property
    def categories(self) -> list[str]:
        """The categories that the run's targets have."""
        return [name for name in CATEGORIES if self.total[name]]

    def series_modes(self) -> list[Mode]:
        """Return all right ways to show one number for each category."""
        wrong = {name: self.total[name] - self.right[name] for name in self.categories}
        modes = []
        for name, count in (("right", self.right), ("wrong", wrong)):
            share = {c: count[c] / self.total[c] for c in self.categories}
            modes += [
                Mode(f"share {name}", share, 0.0051, "share"),
                Mode(f"percent {name}", _times(share, 100), 0.51, "percent"),
                Mode(f"tickets {name}", {c: count[c] for c in self.categories}, 0.01, "count"),
            ]
        return modes

    def answered_only(self) -> list[Mode]:
        """Return shares of right answers among answered calls: what dropping failures shows."""
        share = {c: self.right[c] / max(1, self.total[c] - self.failed[c]) for c in self.categories}
        return [
            Mode("share of the answered", share, 0.0051, "share"),
            Mode("percent of the answered", _times(share, 100), 0.51, "percent"),
        ]

    def matrix_modes(self, *, drop_failed: bool = False) -> list[Mode]:
        """Return all right ways to fill a confusion matrix, keyed by (target, output)."""
        cells = {
            key: count
            for key, count in self.cells.items()
            if not (drop_failed and key[1] == FAILED)
        }
        rows: Counter[str] = Counter()
        columns: Counter[str] = Counter()
        for (row, column), count in cells.items():
            rows[row] += count
            columns[column] += count
        everything = sum(cells.values())
        by_row = {(r, c): n / rows[r] if rows[r] else 0.0 for (r, c), n in cells.items()}
        by_column = {(r, c): n / columns[c] if columns[c] else 0.0 for (r, c), n in cells.items()}
        of_all = {key: n / everything for key, n in cells.items()}
        modes = [] if drop_failed else [Mode("tickets", dict(cells), 0.01, "count")]
        for name, share in (("row", by_row), ("column", by_column), ("run", of_all)):
            modes += [
                Mode(f"share of the {name}", share, 0.0051, "share"),
                Mode(f"percent of the {name}", _times(share, 100), 0.51, "percent"),
            ]
        return modes


def run_facts(rows: Sequence[Mapping[str, Any]]) -> RunFacts:
    """Count a run's rows, dicts with `target`, `output` (None for a failed call), `correct`."""
    total = Counter(row["target"] for row in rows)
    right = Counter(row["target"] for row in rows if row["correct"])
    failed = Counter(row["target"] for row in rows if row["output"] is None)
    cells = {(t, o): 0 for t in CATEGORIES for o in (*CATEGORIES, FAILED) if total[t]}
    for row in rows:
        cells[row["target"], row["output"] or FAILED] += 1
    return RunFacts(total, right, failed, cells)


def make_run(
    rng: random.Random, sizes: Mapping[str, int], *, failed: int = 0, all_right: str = ""
) -> list[dict[str, Any]]:
    """Return the rows of an invented run.

    Args:
        rng: decides which answers are wrong.
        sizes: tickets by target category.
        failed: how many calls failed; never a whole category's.
        all_right: a category without a wrong answer.
    """
    rows: list[dict[str, Any]] = []
    for target, size in sizes.items():
        chance = rng.uniform(0.35, 0.85)
        confused = rng.sample([name for name in CATEGORIES if name != target], 3)
        for _ in range(size):
            hit = target == all_right or rng.random() < chance
            output = target if hit else rng.choice(confused)
            rows.append({"target": target, "output": output, "correct": hit})
    roomy = [row for row in rows if sizes[row["target"]] > 4 and row["target"] != all_right]
    for row in rng.sample(roomy, failed):
        row.update(output=None, correct=False)
    rng.shuffle(rows)
    return [{"id": f"R{n:03d}", **row} for n, row in enumerate(rows, start=1)]


def _times(values: Mapping[Any, float], factor: float) -> dict[Any, float]:
    return {key: factor * value for key, value in values.items()}
