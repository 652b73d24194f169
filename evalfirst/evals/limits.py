"""The limits of a gate, whatever the old version did: floor, failed calls, latency and money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalfirst.evals.decision import Guard
from evalfirst.stats.proportions import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalfirst.evals.comparison import Comparison
    from evalfirst.evals.eval_run import EvalRun
    from evalfirst.evals.gate import Gate

# the 95th percentile of fewer values than this is their maximum
_P95_SAMPLES = 20


def limit_guards(gate: Gate, comparison: Comparison) -> Iterator[Guard]:
    """Yield a guard for each limit that the gate has."""
    if gate.floor is not None:
        yield _floor(gate, comparison, gate.floor)
    after = comparison.after
    if gate.failed_calls is not None:
        failed, n = len(after.failures), len(after)
        over = failed > gate.failed_calls * n
        yield Guard(
            "failed calls",
            "fail" if over else "pass",
            f"{failed} of {n} ({failed / n:.1%})",
            f"at most {gate.failed_calls:.1%}",
            f"{failed} of {n} calls failed, more than the {gate.failed_calls:.1%} allowed."
            if over
            else "",
        )
    if gate.p95_seconds is not None:
        yield _latency(after, gate.p95_seconds)
    if gate.dollars_per_thousand is not None:
        yield _money(after, gate.dollars_per_thousand)


def _floor(gate: Gate, comparison: Comparison, floor: float) -> Guard:
    n = comparison.after.counted(errors=gate.errors)
    passes = comparison.after.passes(comparison.scorer)
    low, high = clopper_pearson(passes, n, 1 - 2 * gate.false_alarm)
    measured = f"{passes} of {n} right, {low:.0%} to {high:.0%}"
    allowed = f"at least {floor:.0%}"
    if low >= floor:
        return Guard("floor", "pass", measured, allowed)
    if high < floor:
        reason = f"{passes} of {n} are right: clearly below the floor of {floor:.0%}."
        return Guard("floor", "fail", measured, allowed, reason)
    return Guard(
        "floor",
        "too small",
        measured,
        allowed,
        f"{passes} of {n} right may mean anything from {low:.0%} to {high:.0%}, and the floor "
        f"of {floor:.0%} lies in between: {_more(passes / n, floor)}",
    )


def _latency(after: EvalRun, budget: float) -> Guard:
    allowed = f"at most {budget:g} s"
    found = after.latency()
    if found["n"] < _P95_SAMPLES:
        few = "1 sample has" if found["n"] == 1 else f"{found['n']} samples have"
        return Guard(
            "p95 latency",
            "too small",
            f"known of {found['n']} of {len(after)} samples",
            allowed,
            f"{few} a known latency, and so few have no 95th percentile: {_P95_SAMPLES} have.",
            _P95_SAMPLES,
        )
    seconds = found["p95"]
    over = seconds > budget
    recorded = ", recorded" if found["recorded"] == found["n"] else ""
    return Guard(
        "p95 latency",
        "fail" if over else "pass",
        f"{seconds:.3g} s{recorded}",
        allowed,
        f"One sample in 20 takes {seconds:.3g} s or longer; the budget is {budget:g} s."
        if over
        else "",
    )


def _money(after: EvalRun, budget: float) -> Guard:
    allowed = f"at most ${budget:g} for 1,000 samples"
    dollars = after.totals()["dollars"]
    if dollars is None:
        return Guard(
            "money",
            "unknown",
            "unknown",
            allowed,
            "What the run cost is unknown: the price of a model or the tokens of a call are "
            "missing, or the feature calls its model past the clients of evalfirst.llm. Mend "
            "that, or take this guard out.",
        )
    spent = 1000 * dollars / len(after)
    over = spent > budget
    return Guard(
        "money",
        "fail" if over else "pass",
        f"${spent:.3g} for 1,000 samples",
        allowed,
        f"1,000 samples cost ${spent:.3g}; the budget is ${budget:g}." if over else "",
    )


def _more(share: float, floor: float) -> str:
    if share > floor:
        return "add samples."
    return "as measured it is missed; more samples would make that clear."
