"""Whether an eval set sees that a version is worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst.stats.noninferiority import drop_p_value
from graders.mutants.recorded import base_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graders.mutants.recorded import Mutant

# A set raises the alarm on a harmless change in at most one comparison of twenty.
FALSE_ALARM = 0.05


@dataclass(frozen=True)
class Detection:
    """What a labelled set says of one version, against the desk as it runs.

    Attributes:
        better, worse: rows that the version newly gets right, or no longer gets right.
        p_value: chance of at least as many regressions if nothing got worse (exact McNemar test).
    """

    better: int
    worse: int
    p_value: float

    @property
    def alarm(self) -> bool:
        """Whether a gate would stop the version."""
        return self.p_value <= FALSE_ALARM


def detects(labels: Mapping[str, str], mutant: Mutant) -> Detection:
    """Run a labelled set against one version.

    Args:
        labels: ticket id to label; the labels are the targets, right or wrong.
        mutant: the version.

    Raises:
        KeyError: an id is no ticket of the pool.
    """
    base = base_answers()
    better = sum(mutant.answers[i] == label != base[i] for i, label in labels.items())
    worse = sum(base[i] == label != mutant.answers[i] for i, label in labels.items())
    return Detection(better, worse, drop_p_value(better, worse))
