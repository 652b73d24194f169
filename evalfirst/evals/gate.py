"""A regression gate: pass, fail, or say that the set is too small to tell.

`evalfirst.evals.regression_rule` states the rule for a drop and what it promises. With slices
guarded, too, all tests share the one false-alarm rate (Holm). Beside it stand optional limits: a
floor, failed calls, latency and money.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst.evals.comparison import compare
from evalfirst.evals.decision import Decision
from evalfirst.evals.eval_run import ErrorsCount  # noqa: TC001  (a settings file reads the types)
from evalfirst.evals.limits import limit_guards
from evalfirst.evals.regression_guards import regression_guards

if TYPE_CHECKING:
    from evalfirst.evals.eval_run import EvalRun


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
        if isinstance(self.slices, str):
            raise ValueError(f"slices is a list of names, such as ({self.slices!r},)")
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
        guards = (*regression_guards(self, comparison), *limit_guards(self, comparison))
        return Decision(guards, comparison, self)
