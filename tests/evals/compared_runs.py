"""Runs with given outcomes, so that a test states them in one line."""

from __future__ import annotations

from evalfirst.evals import EvalRun, SampleResult, Score
from evalfirst.evals.eval_run import Failure


def run_of(
    outcomes: str,
    *,
    feature: str = "triage v1",
    slices: dict[str, str] | None = None,
    first: int = 0,
    **changed: object,
) -> EvalRun:
    """R is right, W wrong, F a failed call, H half right; `slices` marks members with x."""
    results = []
    for i, outcome in enumerate(outcomes):
        value = {"R": 1.0, "W": 0.0, "H": 0.5}.get(outcome)
        given = {
            "id": f"s{first + i}",
            "input": f"ticket {first + i}",
            "target": "billing",
            "slices": tuple(n for n, marks in (slices or {}).items() if marks[i] == "x"),
            "output": None if value is None else "billing" if value == 1 else "technical",
            "scores": {}
            if value is None
            else {"label": Score(value, "", "" if value == 1 else "technical instead of billing")},
            "failure": Failure("APITimeoutError", "Request timed out.") if value is None else None,
            "seconds": 0.2,
        }
        results.append(SampleResult(**{**given, **changed}))
    return EvalRun(tuple(results), feature, "tickets 1a2b", ("label",))
