"""Scorers: small closures that compare an output with its target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """The verdict on one output.

    Attributes:
        value: 0.0 (wrong) to 1.0 (right).
        answer: what was compared, after clean-up.
        explanation: one sentence for the person who reads the row.
    """

    value: float
    answer: Any = None
    explanation: str = ""


Scorer = Callable[[Any, Any], Score]


def exact() -> Scorer:
    """Return a scorer for outputs that must equal the target."""

    def exact(output: Any, target: Any) -> Score:
        right = bool(output == target)
        return Score(float(right), output, "" if right else f"expected {target!r}")

    return exact


def label(labels: tuple[str, ...] | list[str]) -> Scorer:
    """Return a scorer for one of `labels`; case and surrounding space do not count.

    An output outside `labels` scores 0 and says so, because a feature that invents a label
    fails in another way than one that picks the wrong label.
    """
    known = {name.strip().lower(): name for name in labels}

    def label(output: Any, target: Any) -> Score:
        answer = known.get(output.strip().lower()) if isinstance(output, str) else None
        if answer is None:
            return Score(0.0, output, f"{output!r} is none of {', '.join(labels)}")
        right = answer == target
        return Score(float(right), answer, "" if right else f"{answer} instead of {target}")

    return label
