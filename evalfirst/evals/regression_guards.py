"""A gate's guards against a drop: of the whole set, and of the slices that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalfirst.evals.comparison_view import in_points
from evalfirst.evals.decision import SLICE, Guard
from evalfirst.evals.regression_rule import Regression, judge, samples_needed
from evalfirst.stats.multiplicity import holm
from evalfirst.stats.noninferiority import drop_p_value, drop_sample_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evalfirst.evals.comparison import Comparison, Outcome
    from evalfirst.evals.gate import Gate


def regression_guards(gate: Gate, comparison: Comparison) -> Iterator[Guard]:
    """Yield a guard for accuracy and for each named slice; together they share the alarms."""
    guarded = {"accuracy": (comparison.outcomes, gate.drop)}
    guarded |= {
        f"{SLICE}{name}": (comparison.in_slice(name), gate.slice_drop) for name in gate.slices
    }
    alarms = {name: drop_p_value(*_changes(on)) for name, (on, _) in guarded.items()}
    if len(alarms) > 1:
        alarms = holm(alarms)
    for name, (outcomes, drop) in guarded.items():
        # power at the strictest level that Holm may ask of this test
        yield _guard(gate, name, outcomes, drop, alarms[name], gate.false_alarm / len(guarded))


def _guard(
    gate: Gate, name: str, outcomes: Sequence[Outcome], drop: float, p: float, alpha: float
) -> Guard:
    what = "right answers" if name == "accuracy" else f"right answers in {name.removeprefix(SLICE)}"
    allowed = f"no drop of {in_points(drop)}"
    if not outcomes:
        return Guard(
            name,
            "too small",
            "no samples",
            allowed,
            f"No shared sample is in the slice {name.removeprefix(SLICE)}: check its name, or "
            "add samples.",
            drop_sample_size(drop, drop, power=gate.power, alpha=alpha),
        )
    n, (better, worse) = len(outcomes), _changes(outcomes)
    was, now = sum(o.was for o in outcomes), sum(o.now for o in outcomes)
    rule = judge(
        n,
        better,
        worse,
        drop=drop,
        false_alarm=gate.false_alarm,
        power=gate.power,
        p=p,
        alpha=alpha,
    )
    if name == "accuracy" and rule.outcome == "pass" and was == now == 0:
        return Guard(
            name,
            "unknown",
            f"0 to 0 of {n} right",
            allowed,
            "No answer is right in either run, so nothing could drop. Accept a baseline that "
            "works, and check that model and scorer are the right ones.",
        )
    needed = None
    if rule.outcome == "too small":
        needed = samples_needed(n, better, worse, drop=drop, alpha=alpha, power=gate.power)
    return Guard(
        name,
        rule.outcome,
        f"{was:.0f} to {now:.0f} of {n} right ({better} better, {worse} worse)",
        allowed,
        _in_words(gate, rule, what, drop, needed),
        needed,
    )


def _in_words(gate: Gate, rule: Regression, what: str, drop: float, needed: int | None) -> str:
    n = "1 sample" if rule.n == 1 else f"{rule.n} samples"
    if rule.outcome == "fail":
        return (
            f"The share of {what} dropped by {in_points((rule.worse - rule.better) / rule.n)}: "
            f"{rule.worse} of {n} got worse and {rule.better} better, more than chance "
            f"explains ({_p(rule.p)})."
        )
    if rule.excluded:
        sure = f"{rule.confidence:.0%} confidence"
        if rule.most <= 0:
            return f"The share of {what} rose ({sure})."
        return f"No drop of the share of {what} by more than {in_points(rule.most)} ({sure})."
    if rule.outcome == "pass":
        return (
            f"No drop of the share of {what} is demonstrated, and {n} would show one of "
            f"{in_points(drop)} with a chance of {rule.chance:.0%}."
        )
    if rule.chance >= gate.power:
        return (
            f"{n} would do, but the result lies in between: a drop of {in_points(drop)} of the "
            f"share of {what} is neither demonstrated nor unlikely. About {needed} samples "
            "would settle it."
        )
    return (
        f"{n} cannot tell whether the share of {what} dropped by {in_points(drop)}: they would "
        f"show such a drop with a chance of {rule.chance:.0%}, not {gate.power:.0%}. About "
        f"{needed} samples would do."
    )


def _changes(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """Return how many got better, and how many worse."""
    return (
        sum(o.now > o.was for o in outcomes),
        sum(o.now < o.was for o in outcomes),
    )


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
