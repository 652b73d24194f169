"""From an answer to a verdict: cases, the five outcomes, and marks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from graders.exercise import Case, CaseVerdict, Mistake, Outcome, Remark, Verdict
from graders.observing import observe, quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graders.exercise import Exercise
    from graders.seed import Seed

    Ask = Callable[[Any], dict[str, Any]]

# The worst outcome of a case is the attempt's; ungradable first, because it is our fault.
_WORST_FIRST = (Outcome.UNGRADABLE, Outcome.CRASHED, Outcome.WRONG)

_OUR_FAULT = (
    "The check itself failed on your answer. This is a fault of the course, not yours; "
    "your work is untouched. Please report it with the name of the exercise."
)


def held_out_cases(exercise: Exercise, seed: Seed) -> list[Case]:
    """Return the held-out cases that this seed gives: the same seed, the same cases."""
    if exercise.held_out is None:
        return []
    return list(exercise.held_out(random.Random(f"{seed.value}:{exercise.id}")))  # noqa: S311  (reproducible by design; the seed itself is the secret)


def judge(exercise: Exercise, answer: Any, *, seed: Seed | None = None) -> Verdict:
    """Judge an answer in this process: visible cases, and held-out ones if a seed is given."""
    if _is_blank(exercise, answer):
        return not_attempted(exercise)
    return judge_by_asking(exercise, lambda given: observe(exercise, answer, given), seed=seed)


def not_attempted(exercise: Exercise) -> Verdict:
    """Return the verdict on a blank."""
    return Verdict(exercise.id, exercise.title, Outcome.NOT_ATTEMPTED, 0.0, exercise.points)


def ungradable(exercise: Exercise, reason: str) -> Verdict:
    """Return the verdict where the course itself failed before any case was tried."""
    case = CaseVerdict("the check", Outcome.UNGRADABLE, 0.0, _OUR_FAULT, reason, "ungradable")
    return Verdict(exercise.id, exercise.title, Outcome.UNGRADABLE, 0.0, exercise.points, (case,))


def judge_by_asking(exercise: Exercise, ask: Ask, *, seed: Seed | None = None) -> Verdict:
    """Judge an answer that lives elsewhere: `ask(given)` returns an observation of `observe`."""
    hidden = held_out_cases(exercise, seed) if seed else []
    judged = [
        _judge_case(exercise, case, ask, held_out)
        for cases, held_out in ((exercise.cases, False), (hidden, True))
        for case in cases
    ]
    return _verdict(exercise, judged, len(hidden))


def _judge_case(exercise: Exercise, case: Case, ask: Ask, held_out: bool) -> CaseVerdict:
    observation = ask(case.given)

    def word(outcome: Outcome, share: float, message: str = "", **more: str) -> CaseVerdict:
        return CaseVerdict(
            case.name, outcome, share, message, held_out=held_out, weight=case.weight, **more
        )

    if crash := observation.get("crash"):
        where = "\n".join(crash["lines"])
        detail = f"{where}\n{crash['kind']}: {crash['message']}".strip()
        return word(
            Outcome.CRASHED,
            0.0,
            f"Your code stopped with {crash['kind']}.",
            # a message may quote the held-out input
            detail="" if held_out else detail,
            kind=f"crash: {crash['kind']}",
        )
    if unusable := observation.get("unusable"):
        detail = "" if held_out else unusable["detail"]
        mistake = Mistake(unusable["message"], detail=detail)
        return word(Outcome.WRONG, 0.0, mistake.message, detail=detail, kind=mistake.kind)
    if fault := observation.get("fault"):
        detail = "" if held_out else fault
        return word(Outcome.UNGRADABLE, 0.0, _OUR_FAULT, detail=detail, kind="ungradable")
    try:
        remark = exercise.decide(observation["seen"], case)
    except Mistake as mistake:
        detail = "" if held_out else mistake.detail
        return word(Outcome.WRONG, mistake.share, mistake.message, detail=detail, kind=mistake.kind)
    except Exception as error:  # a fault of the judge must never cost a learner marks in silence
        detail = "" if held_out else f"{type(error).__name__}: {error}"
        return word(Outcome.UNGRADABLE, 0.0, _OUR_FAULT, detail=detail, kind="ungradable")
    if not isinstance(remark, Remark):
        return word(Outcome.CORRECT, 1.0)
    return word(Outcome.CORRECT, 1.0, remark.message, detail="" if held_out else remark.detail)


def _is_blank(exercise: Exercise, answer: Any) -> bool:
    try:
        with quiet():
            return bool(exercise.blank(answer))
    except KeyboardInterrupt:
        raise
    except BaseException:  # an odd answer is judged, and judged as what it is
        return False


def _verdict(exercise: Exercise, cases: Sequence[CaseVerdict], hidden: int) -> Verdict:
    total = sum(case.weight for case in cases)
    share = sum(case.weight * case.share for case in cases) / total if total else 0.0
    found = {case.outcome for case in cases}
    outcome = next((worst for worst in _WORST_FIRST if worst in found), Outcome.CORRECT)
    return Verdict(
        exercise.id,
        exercise.title,
        outcome,
        round(exercise.points * share, 2),
        exercise.points,
        tuple(cases),
        hidden,
    )
