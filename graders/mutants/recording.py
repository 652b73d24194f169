"""Running every version on every ticket, so that an eval set is graded in milliseconds."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from evalfirst import atomic
from evalfirst.datasets import dataset
from graders.mutants.recorded import BASE
from graders.mutants.versions import versions
from graders.support_desk.desk import desk
from graders.support_desk.tickets import tickets

if TYPE_CHECKING:
    from collections.abc import Callable


def record() -> tuple[str, ...]:
    """Record the versions that have no column yet, and drop those that are gone.

    About three minutes for a version that asks the model anew; delete a column to have it done
    again. Columns stay in the order of the catalogue.

    Returns:
        The names of the versions that were recorded.

    Raises:
        MissingWeights: the embedded model cannot be loaded.
        OSError: the file cannot be written; the old one is then untouched.
    """
    path = dataset("mutants") / "answers.csv"
    features: dict[str, Callable[[str], str]] = {BASE: desk(), **versions()}
    with path.open(encoding="utf-8", newline="") as file:
        kept = {row["id"]: row for row in csv.DictReader(file)}
    known = set(next(iter(kept.values()), {}))
    missing = [name for name in features if name not in known or len(kept) != len(tickets())]
    found = {name: {t.id: features[name](t.text) for t in tickets()} for name in missing}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", *features])
    for ticket in tickets():
        row = [found[n][ticket.id] if n in found else kept[ticket.id][n] for n in features]
        writer.writerow([ticket.id, *row])
    atomic.write_text(path, out.getvalue())
    return tuple(missing)
