"""How a run is shown: as a small table, and as a frame with one row a sample."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from evalfirst.evals.eval_run import EvalRun
    from evalfirst.evals.sample_result import SampleResult


def frame(run: EvalRun) -> pd.DataFrame:
    """Return one row a sample."""
    import pandas as pd

    return pd.DataFrame([_row(run.scorers[0], result) for result in run.results])


def _row(first: str, r: SampleResult) -> dict[str, Any]:
    return {
        "id": r.id,
        "input": r.input,
        "target": r.target,
        "output": r.output,
        "correct": first in r.scores and r.scores[first].value >= 1.0,
        "error": f"{r.failure.kind}: {r.failure.message}" if r.failure else None,
        "seconds": r.seconds,
        "slices": list(r.slices),
        **{f"score_{name}": score.value for name, score in r.scores.items()},
        "latency": r.latency,
        "attempt": r.attempt,
        "recorded": None if r.usage is None else r.usage.recorded > 0,
        "prompt_tokens": None if r.usage is None else r.usage.prompt_tokens,
        "completion_tokens": None if r.usage is None else r.usage.completion_tokens,
        "dollars": None if r.usage is None else r.usage.dollars,
    }


def table(run: EvalRun) -> str:
    """Return the run's summary as an HTML table; what is not known has no row."""
    s = run.summary()
    failures = ", ".join(f"{kind}: {count}" for kind, count in s["failures"].items()) or "none"
    rows = [
        ("feature", s["feature"]),
        ("eval set", s["eval_set"]),
        ("right", f"{s['passes']} of {s['n']} ({s['accuracy']:.0%})"),
        ("95% interval", f"{s['low']:.0%} to {s['high']:.0%}"),
        ("failed calls (counted as wrong)", failures),
        *_spent(run),
    ]
    return html_table("Eval run", rows)


def html_table(caption: str, rows: Iterable[tuple[str, object]]) -> str:
    """Return a table of names and values, each escaped."""
    body = "".join(
        f"<tr><th scope='row' style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(str(value))}</td></tr>"
        for name, value in rows
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>"


def _spent(run: EvalRun) -> list[tuple[str, str]]:
    rows = []
    waited = run.latency()
    # a run that took no time at all was put together from given outcomes
    if waited["n"] and waited["p99"] > 0:
        told = ", ".join(f"{_seconds(waited[p])} ({p})" for p in ("p50", "p95", "p99"))
        if waited["recorded"]:
            told += f"; recorded seconds in {waited['recorded']} of {waited['n']} samples"
        rows.append(("latency", told))
    spent = run.totals()
    if spent["prompt_tokens"] is not None and spent["completion_tokens"] is not None:
        tokens = f"{spent['prompt_tokens']:,} sent, {spent['completion_tokens']:,} answered"
        rows.append(("tokens", tokens))
    if spent["dollars"] is not None:
        rows.append(("money", dollars(spent["dollars"])))
    return rows


def _seconds(amount: float) -> str:
    if amount < 0.001:
        return "under 1 ms"
    if amount < 1:
        return f"{1000 * amount:.0f} ms"
    return f"{amount:.1f} s" if amount < 10 else f"{amount:,.0f} s"


def dollars(amount: float) -> str:
    """Return an amount of US dollars, with more digits where it is small."""
    digits = 2 if amount <= 0 or amount >= 1 else max(2, 1 - math.floor(math.log10(amount)))
    return f"${amount:,.{digits}f}"
