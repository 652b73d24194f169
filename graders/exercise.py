"""What an exercise is: its facts, its cases, a probe that observes and a judge that decides.

Probe and judge are apart because they run in different processes when a cohort is graded. The
probe meets the learner's code and returns plain data. The judge sees only that data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from graders.blanks import is_blank

if TYPE_CHECKING:
    import random

Probe = Callable[[Any, Any], Any]
Judge = Callable[[Any, "Case"], "Remark | None"]


class Outcome(StrEnum):
    """The five outcomes of an attempt. They are never confused with one another."""

    NOT_ATTEMPTED = "not attempted"
    CORRECT = "correct"
    WRONG = "wrong"
    CRASHED = "crashed"
    UNGRADABLE = "ungradable"


@dataclass(frozen=True)
class Case:
    """One thing that an answer is tried on.

    Attributes:
        name: what is tried, as the learner reads it.
        given: plain data for the probe. It enters the learner's process.
        expected: plain data for the judge. It never does.
        weight: share of the exercise's points, relative to the other cases.
    """

    name: str
    given: Any = None
    expected: Any = None
    weight: float = 1.0


class Mistake(Exception):
    """What is wrong with an answer and why it matters."""

    def __init__(
        self, message: str, *, detail: str = "", share: float = 0.0, kind: str | None = None
    ) -> None:
        """Describe a mistake.

        Args:
            message: true for every case, so that it may be shown for a held-out one.
            detail: the values that show it; only visible cases print them.
            share: marks that the case still earns, 0 to 1.
            kind: short name for statistics over a cohort; by default the first sentence.
        """
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.share = min(max(float(share), 0.0), 1.0) if math.isfinite(share) else 0.0
        self.kind = kind or message.split(".")[0][:60]


@dataclass(frozen=True)
class Remark:
    """What a judge says of a case that is right: it costs nothing and is worth reading.

    As with a `Mistake`, only visible cases print the detail.
    """

    message: str
    detail: str = ""


@dataclass(frozen=True)
class CaseVerdict:
    """The judge's word on one case; `share` is 0 to 1."""

    name: str
    outcome: Outcome
    share: float
    message: str = ""
    detail: str = ""
    kind: str = ""
    held_out: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class Verdict:
    """The word on a whole attempt: marks out of points, and why."""

    exercise: str
    title: str
    outcome: Outcome
    marks: float
    points: float
    cases: tuple[CaseVerdict, ...] = ()
    held_out: int = 0
    notes: tuple[str, ...] = ()


@dataclass
class Exercise:
    """One exercise of the course.

    Attributes:
        id: `p<phase>-<name>`; unique.
        title: what the learner makes.
        points: marks for a right answer.
        minutes: how long it takes a learner.
        difficulty, importance: 1 to 5.
        closes: the exit criterion that it gives evidence for.
        why: why a team pays for it, one or two sentences.
        checked: how it is checked, one or two sentences.
        cases: visible cases.
        held_out: makes further cases from a seeded generator. It sees no answer and no notebook.
        hints: from a nudge to nearly the answer.
        core: whether a phase's exit needs it.
        blank: whether an answer is still the untouched one, such as an eval set without rows.
    """

    id: str
    title: str
    points: float
    minutes: int
    difficulty: int
    importance: int
    closes: str
    why: str
    checked: str
    cases: Sequence[Case]
    hints: Sequence[str]
    held_out: Callable[[random.Random], Sequence[Case]] | None = None
    core: bool = True
    blank: Callable[[Any], bool] = is_blank
    _probe: Probe | None = field(default=None, repr=False)
    _judge: Judge | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse facts that would make a wrong mark or a broken page somewhere else.

        Raises:
            ValueError: which fact of which exercise.
        """
        faults = {
            "id: write p<phase>-<name>": not re.fullmatch(r"p\d+-[a-z0-9]+(-[a-z0-9]+)*", self.id),
            "points: must be above 0": not self.points > 0,
            "minutes: must be above 0": not self.minutes > 0,
            "difficulty: 1 to 5": self.difficulty not in range(1, 6),
            "importance: 1 to 5": self.importance not in range(1, 6),
            "closes: a criterion such as 1.2": not re.fullmatch(r"\d+\.\d+", self.closes),
            "cases: at least one": not self.cases,
            "cases: weights above 0": not all(case.weight > 0 for case in self.cases),
        }
        for fault, found in faults.items():
            if found:
                raise ValueError(f"exercise {self.id!r}: {fault}")

    def probe(self, function: Probe) -> Probe:
        """Decorate the function `(answer, given) -> plain data` that runs the learner's code."""
        self._probe = function
        return function

    def judge(self, function: Judge) -> Judge:
        """Decorate the function `(observed, case)`: it raises `Mistake`, or may give a `Remark`."""
        self._judge = function
        return function

    @property
    def phase(self) -> int:
        """The phase's number, from the id."""
        return int(self.id.split("-")[0].removeprefix("p"))

    def observe(self, answer: Any, given: Any) -> Any:
        """Run the probe.

        Raises:
            TypeError: the exercise has no probe.
        """
        if self._probe is None:
            raise TypeError(f"exercise {self.id} has no probe")
        return self._probe(answer, given)

    def decide(self, observed: Any, case: Case) -> Remark | None:
        """Run the judge on plain data; a right answer may get a remark.

        Raises:
            Mistake: the answer is wrong.
            TypeError: the exercise has no judge.
        """
        if self._judge is None:
            raise TypeError(f"exercise {self.id} has no judge")
        return self._judge(observed, case)
