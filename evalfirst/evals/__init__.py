"""Evals: samples, eval sets, scorers and runs, in the vocabulary of the field's tools."""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "BadEvalSet": "eval_set",
        "CannotCompare": "comparison",
        "Comparison": "comparison",
        "Decision": "gate",
        "EvalRun": "eval_run",
        "EvalSet": "eval_set",
        "Failure": "eval_run",
        "Gate": "gate",
        "Sample": "eval_set",
        "SampleResult": "eval_run",
        "Score": "scorers",
        "Scorer": "scorers",
        "arun": "running",
        "compare": "comparison",
        "run": "running",
        "summary_table": "eval_run",
    },
)
