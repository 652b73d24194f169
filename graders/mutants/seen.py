"""What an eval set sees of the practice versions, as a notebook shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalfirst.plots import Change
from graders.mutants.detection import detects
from graders.mutants.recorded import base_answers, mutants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalfirst.evals import Sample


def changes_seen(samples: Iterable[Sample]) -> tuple[list[Change], int]:
    """Return every practice version as a labelled set sees it, and how many rows were used.

    Rows without a label and rows that are no tickets of the pool are left out.
    """
    known = base_answers()
    labels = {s.id: s.target for s in samples if s.id in known and isinstance(s.target, str)}
    found = []
    for version in mutants("practice"):
        seen = detects(labels, version)
        found.append(
            Change(version.name, seen.worse, seen.better, seen.alarm, not version.harmless)
        )
    return found, len(labels)
