"""What a gate decided: its guards, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from evalfirst.evals.comparison import Comparison
    from evalfirst.evals.gate import Gate

Verdict = Literal["pass", "fail", "too small", "unknown"]

SLICE = "slice: "
"""How the name of a guard begins that looks at a slice."""

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
        whole = [g for g in self.guards if not g.name.startswith(SLICE)]
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
