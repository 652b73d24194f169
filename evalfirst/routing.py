"""From six answers to a phase: the rule of the self-assessment, without any display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst.curriculum import load

if TYPE_CHECKING:
    from evalfirst.curriculum import Curriculum, LevelKey, Roadblock, Standing


@dataclass(frozen=True)
class Placement:
    """Where somebody stands.

    Attributes:
        phase: number of the phase to start with, 1 to 5.
        level: in words, such as `nearing staff`.
        yes_count: how many answers are a yes, 0 to 6.
        gaps: numbers of the questions without a yes, ascending.
        to_find_out: those of the gaps that were answered 'not sure'.
        plateau: what usually holds people at this rung.
        roadblock: the roadblock behind that plateau, with its mechanism and its unlock.
        unlock: what unlocks the next level.
        rung: key of the rung of the ladder.
        standing: whether that is before the rung, on it, or nearing it.
    """

    phase: int
    level: str
    yes_count: int
    gaps: tuple[int, ...]
    to_find_out: tuple[int, ...]
    plateau: str
    roadblock: Roadblock
    unlock: str
    rung: LevelKey
    standing: Standing


def place(answers: Sequence[str], curriculum: Curriculum | None = None) -> Placement:
    """Route six answers, in the order of the questions.

    Args:
        answers: each `"no"`, `"not sure"`, `"yes"` or `"standard"` (yes, and I set the standard).
        curriculum: by default the course's own.

    Raises:
        ValueError: an answer is missing, too many, or none of the four; names the question.
    """
    c = curriculum or load()
    _check(answers, c)
    counts = {choice.value for choice in c.answers if choice.counts}
    gaps = tuple(q.number for q, a in zip(c.questions, answers, strict=True) if a not in counts)
    yes_count = len(answers) - len(gaps)
    all_standard = all(answer == "standard" for answer in answers)
    route = next(r for r in c.routing if yes_count in r.yes and r.all_standard == all_standard)
    rung = c.level(route.level)
    return Placement(
        phase=route.phase,
        level=route.label,
        yes_count=yes_count,
        gaps=gaps,
        to_find_out=tuple(number for number in gaps if answers[number - 1] == "not sure"),
        plateau=rung.plateau,
        roadblock=c.roadblock(c.phase(route.phase).roadblock),
        unlock=rung.unlock,
        rung=route.level,
        standing=route.standing,
    )


def _check(answers: Sequence[str], c: Curriculum) -> None:
    known = [choice.value for choice in c.answers]
    choices = ", ".join(repr(value) for value in known)
    if isinstance(answers, str) or not isinstance(answers, Sequence):
        raise ValueError(
            f"the answers must be a list of {len(c.questions)}, starting with question 1; "
            f"this is {answers!r}. Each is one of {choices}."
        )
    for question, answer in zip(c.questions, answers, strict=False):
        if answer not in known:
            raise ValueError(
                f"question {question.number} ({question.topic}) has the answer {answer!r}. "
                f"It must be one of {choices}."
            )
    if len(answers) < len(c.questions):
        question = c.questions[len(answers)]
        raise ValueError(
            f"question {question.number} ({question.topic}) has no answer: there are "
            f"{len(answers)} answers for {len(c.questions)} questions."
        )
    if len(answers) > len(c.questions):
        raise ValueError(
            f"there is no question {len(c.questions) + 1}, but an answer for it: "
            f"{answers[len(c.questions)]!r}. Give {len(c.questions)} answers."
        )
