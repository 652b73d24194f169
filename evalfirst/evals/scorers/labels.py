"""Scorers for outputs that must be one thing: the target itself, or one of a few labels."""

from __future__ import annotations

from typing import Any

from evalfirst.evals.scorers.score import Score, Scorer


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

    Raises:
        TypeError: `labels` is a single text, whose letters would be the labels.
    """
    if isinstance(labels, str):
        raise TypeError(f"labels is a list of names, such as [{labels!r}, ...]")
    known = {name.strip().lower(): name for name in labels}

    def label(output: Any, target: Any) -> Score:
        answer = known.get(output.strip().lower()) if isinstance(output, str) else None
        if answer is None:
            return Score(0.0, output, f"{output!r} is none of {', '.join(labels)}")
        wanted = known.get(target.strip().lower(), target) if isinstance(target, str) else target
        right = answer == wanted
        return Score(float(right), answer, "" if right else f"{answer} instead of {target}")

    return label
