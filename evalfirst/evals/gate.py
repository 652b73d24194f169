"""A regression gate: pass, fail, or say that the set is too small to tell.

`evalfirst.evals.regression_rule` states the rule for a drop and what it promises. With slices
guarded, too, all tests share the one false-alarm rate (Holm). Beside it stand optional limits: a
floor, failed calls, latency and money.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evalfirst.evals.comparison import Comparison, compare
from evalfirst.evals.comparison_view import in_points
from evalfirst.evals.eval_run import ErrorsCount  # noqa: TC001  (a settings file reads the types)
from evalfirst.evals.regression_rule import Regression, judge, samples_needed
from evalfirst.stats.multiplicity import holm
from evalfirst.stats.noninferiority import drop_p_value, drop_sample_size
from evalfirst.stats.proportions import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evalfirst.evals.comparison import Outcome
    from evalfirst.evals.eval_run import EvalRun

Verdict = Literal["pass", "fail", "too small", "unknown"]

# the 95th percentile of fewer values than this is their maximum
_P95_SAMPLES = 20
_SLICE = "slice: "
# in this order the worst verdict of a guard decides
_WORST_FIRST: tuple[Verdict, ...] = ("fail", "unknown", "too small", "pass")


@dataclass(frozen=True)
class Guard:
    """One thing that the gate looked at.

    Attributes:
        name: what it is, such as `accuracy` or `slice: typos`.
        outcome: `pass`, `fail`, `too small`, or `unknown` where the run does not hold the figure.
        measured: what was found, in words.
        allowed: what the gate asks for, in words.
        reason: one sentence for the person who must act; empty for a plain pass.
        needed: samples that would do, where the set is too small and that can be said.
    """

    name: str
    outcome: Verdict
    measured: str
    allowed: str
    reason: str = ""
    needed: int | None = None


@dataclass(frozen=True, repr=False)
class Decision:
    """What the gate decided, and on what grounds.

    Attributes:
        guards: everything that was looked at; the first is the drop in accuracy.
        comparison: the two runs side by side.
        gate: the settings.
    """

    guards: tuple[Guard, ...]
    comparison: Comparison
    gate: Gate

    @property
    def outcome(self) -> Verdict:
        """`fail` if any guard fails, `pass` only if all pass; else why it cannot be told."""
        found = {guard.outcome for guard in self.guards}
        return next(verdict for verdict in _WORST_FIRST if verdict in found)

    @property
    def passed(self) -> bool:
        """Whether every guard passed."""
        return self.outcome == "pass"

    @property
    def exit_code(self) -> int:
        """0 for a pass, 1 for a fail, 2 where it cannot be told: what the shell command returns."""
        return {"pass": 0, "fail": 1}.get(self.outcome, 2)

    @property
    def needed(self) -> int | None:
        """How large a set would do, if this one is too small; `None` if that cannot be said.

        What a slice needs stands on its guard.
        """
        whole = [g for g in self.guards if not g.name.startswith(_SLICE)]
        return max((g.needed for g in whole if g.needed), default=None)

    @property
    def sentence(self) -> str:
        """The verdict and its reasons, in words."""
        heading = {
            "pass": "Pass.",
            "fail": "Fail.",
            "too small": "Too small to tell.",
            "unknown": "Cannot tell.",
        }[self.outcome]
        reasons = [g.reason for g in self.guards if g.reason and g.outcome != "pass"]
        return " ".join([heading, *(reasons or [self.guards[0].reason])])

    def markdown(self) -> str:
        """Return a summary for a pull request: the verdict first, then what it rests on."""
        from evalfirst.evals.gate_report import markdown

        return markdown(self)

    def junit(self) -> str:
        """Return JUnit XML with one test case a guard, for the CI's own display."""
        from evalfirst.evals.gate_report import junit

        return junit(self)

    def __repr__(self) -> str:
        """Say the verdict where no table can be shown."""
        return self.sentence

    def _repr_html_(self) -> str:
        from evalfirst.evals.gate_report import html

        return html(self)


@dataclass(frozen=True)
class Gate:
    """When a new version may replace the old one.

    ```python
    decision = Gate(drop=0.05, slices=("typos",), floor=0.7).decide(baseline, candidate)
    decision.outcome    # "pass", "fail" or "too small"
    ```

    Attributes:
        drop: the smallest drop of the share of right answers that must not go by, as a fraction
            (0.10 is ten percentage points).
        false_alarm: chance of a `fail` when nothing got worse, over accuracy and slices together.
        power: chance that a drop of `drop` does not pass.
        scorer: whose verdicts count; the new run's first by default.
        errors: `wrong` counts failed calls as wrong answers; `excluded` leaves them out.
        slices: slices that must not drop either, by name.
        slice_drop: the smallest drop of a slice that must not go by; slices are small, so this
            is larger than `drop`.
        floor: share of right answers that the new version must reach, whatever the old one did.
            The exact interval decides, one-sided at `false_alarm`; this error comes on top.
        failed_calls: largest share of calls that may fail. Compared as measured, as are the next
            two: they are budgets, not claims about other samples.
        p95_seconds: what 95% of the samples must stay within.
        dollars_per_thousand: what 1,000 samples may cost.

    Raises:
        ValueError: a setting is out of range.
    """

    drop: float = 0.10
    false_alarm: float = 0.05
    power: float = 0.80
    scorer: str | None = None
    errors: ErrorsCount = "wrong"
    slices: tuple[str, ...] = ()
    slice_drop: float = 0.20
    floor: float | None = None
    failed_calls: float | None = None
    p95_seconds: float | None = None
    dollars_per_thousand: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings that promise what no gate can keep."""
        object.__setattr__(self, "slices", tuple(dict.fromkeys(self.slices)))
        for name in ("drop", "slice_drop"):
            if not 0 < (value := getattr(self, name)) < 1:
                raise ValueError(f"{name} must be between 0 and 1, such as 0.1, got {value}")
        if not 0 < self.false_alarm < 0.5:
            raise ValueError(
                f"false_alarm must be between 0 and 0.5, such as 0.05, got {self.false_alarm}"
            )
        if not self.false_alarm < self.power < 1:
            raise ValueError(
                f"power must lie between false_alarm = {self.false_alarm} and 1, such as 0.8, "
                f"got {self.power}"
            )
        if self.errors not in ("wrong", "excluded"):
            raise ValueError(f"errors must be 'wrong' or 'excluded', got {self.errors!r}")
        for name, below in (("floor", 1.0), ("failed_calls", 1.0)):
            value = getattr(self, name)
            if value is not None and not 0 <= value < below:
                raise ValueError(f"{name} must be at least 0 and below 1, got {value}")
        for name in ("p95_seconds", "dollars_per_thousand"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise ValueError(f"{name} must be 0 or more, got {value}")

    def decide(self, before: EvalRun, after: EvalRun) -> Decision:
        """Decide whether `after` may replace `before`.

        Raises:
            CannotCompare: the runs share no sample that can be counted, or not the scorer.
        """
        comparison = compare(
            before,
            after,
            scorer=self.scorer,
            errors=self.errors,
            # one end of this interval is a one-sided test at `false_alarm`
            confidence=1 - 2 * self.false_alarm,
        )
        guards = (*self._regressions(comparison), *self._limits(comparison))
        return Decision(guards, comparison, self)

    def _regressions(self, comparison: Comparison) -> Iterator[Guard]:
        """Guard accuracy and the named slices against a drop; together they share the alarms."""
        guarded = {"accuracy": (comparison.outcomes, self.drop)}
        guarded |= {
            f"{_SLICE}{name}": (comparison.in_slice(name), self.slice_drop) for name in self.slices
        }
        alarms = {name: drop_p_value(*_changes(on)) for name, (on, _) in guarded.items()}
        if len(alarms) > 1:
            alarms = holm(alarms)
        for name, (outcomes, drop) in guarded.items():
            # power at the strictest level that Holm may ask of this test
            yield self._regression(
                name, outcomes, drop, alarms[name], self.false_alarm / len(guarded)
            )

    def _regression(
        self, name: str, outcomes: Sequence[Outcome], drop: float, p: float, alpha: float
    ) -> Guard:
        what = (
            "right answers"
            if name == "accuracy"
            else f"right answers in {name.removeprefix(_SLICE)}"
        )
        allowed = f"no drop of {in_points(drop)}"
        if not outcomes:
            return Guard(
                name,
                "too small",
                "no samples",
                allowed,
                f"No shared sample is in the slice {name.removeprefix(_SLICE)}: check its name, or "
                "add samples.",
                drop_sample_size(drop, drop, power=self.power, alpha=alpha),
            )
        n, (better, worse) = len(outcomes), _changes(outcomes)
        was, now = sum(o.was for o in outcomes), sum(o.now for o in outcomes)
        rule = judge(
            n,
            better,
            worse,
            drop=drop,
            false_alarm=self.false_alarm,
            power=self.power,
            p=p,
            alpha=alpha,
        )
        needed = None
        if rule.outcome == "too small":
            needed = samples_needed(n, better, worse, drop=drop, alpha=alpha, power=self.power)
        return Guard(
            name,
            rule.outcome,
            f"{was:.0f} to {now:.0f} of {n} right ({better} better, {worse} worse)",
            allowed,
            self._in_words(rule, what, drop, needed),
            needed,
        )

    def _in_words(self, rule: Regression, what: str, drop: float, needed: int | None) -> str:
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
            return f"The share of {what} dropped by {in_points(rule.most)} at most ({sure})."
        if rule.outcome == "pass":
            return (
                f"No drop of the share of {what} is demonstrated, and {n} would show one of "
                f"{in_points(drop)} with a chance of {rule.chance:.0%}."
            )
        if rule.chance >= self.power:
            return (
                f"{n} would do, but the result lies in between: a drop of {in_points(drop)} of the "
                f"share of {what} is neither demonstrated nor unlikely. About {needed} samples "
                "would settle it."
            )
        return (
            f"{n} cannot tell whether the share of {what} dropped by {in_points(drop)}: they would "
            f"show such a drop with a chance of {rule.chance:.0%}, not {self.power:.0%}. About "
            f"{needed} samples would do."
        )

    def _limits(self, comparison: Comparison) -> Iterator[Guard]:
        if self.floor is not None:
            yield self._floor(comparison, self.floor)
        after = comparison.after
        if self.failed_calls is not None:
            failed, n = len(after.failures), len(after)
            over = failed > self.failed_calls * n
            yield Guard(
                "failed calls",
                "fail" if over else "pass",
                f"{failed} of {n} ({failed / n:.1%})",
                f"at most {self.failed_calls:.1%}",
                f"{failed} of {n} calls failed, more than the {self.failed_calls:.1%} allowed."
                if over
                else "",
            )
        if self.p95_seconds is not None:
            yield self._latency(after, self.p95_seconds)
        if self.dollars_per_thousand is not None:
            yield self._money(after, self.dollars_per_thousand)

    def _floor(self, comparison: Comparison, floor: float) -> Guard:
        n = comparison.after.counted(errors=self.errors)
        passes = comparison.after.passes(comparison.scorer)
        low, high = clopper_pearson(passes, n, 1 - 2 * self.false_alarm)
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

    def _latency(self, after: EvalRun, budget: float) -> Guard:
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

    def _money(self, after: EvalRun, budget: float) -> Guard:
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


def _changes(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """Return how many got better, and how many worse."""
    return (
        sum(o.now > o.was for o in outcomes),
        sum(o.now < o.was for o in outcomes),
    )


def _more(share: float, floor: float) -> str:
    if share > floor:
        return "add samples."
    return "as measured it is missed; more samples would make that clear."


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
