"""Evals: samples, eval sets, scorers and runs, in the vocabulary of the field's tools."""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "BadEvalRun": "run_file",
        "BadEvalSet": "eval_set",
        "CannotCompare": "comparison",
        "Comparison": "comparison",
        "Decision": "decision",
        "EvalRun": "eval_run",
        "EvalSet": "eval_set",
        "Failure": "sample_result",
        "Gate": "gate",
        "Sample": "eval_set",
        "SampleResult": "sample_result",
        "Score": "scorers",
        "Scorer": "scorers",
        "arun": "running",
        "compare": "comparison",
        "run": "running",
        "summary_table": "eval_run",
    },
)
