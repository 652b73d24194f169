"""What a notebook calls: `check`, `hint`, `solution`, and `grade` where marks are given.

`check` and `grade` never raise and write nothing to stdout or stderr, because nbgrader takes a
raised error or a line on stderr for zero marks. What they return is a number, because nbgrader
takes everything else for full marks.
"""

from __future__ import annotations

import json
import os
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

from evalfirst import evidence
from evalfirst.progress import ProgressError, ProgressStore
from evalfirst.workspace import Workspace
from graders import versions
from graders.cards import Card, list_card, note_card, verdict_card
from graders.exercise import Outcome, Verdict
from graders.judging import judge, ungradable
from graders.observing import quiet
from graders.registry import UnknownExercise, find
from graders.seed import current_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from graders.exercise import Exercise

_REMAIN = (
    "Held-out cases remain. Your grade also tries this answer on cases that you cannot see here, "
    "so it may differ from these marks."
)
_PRACTICE = (
    "The held-out cases came from the public practice seed. An instructor's own seed gives "
    "other ones."
)


class Marks(float):
    """Marks: a number for nbgrader, a card for a person.

    Attributes:
        verdict: what was judged; None where there is no such exercise.
        text: the card as plain text.
    """

    verdict: Verdict | None
    text: str
    _card: Card
    _points: float

    def __new__(cls, value: float, points: float, card: Card, verdict: Verdict | None) -> Self:
        """Make marks of `value` out of `points`, clamped to what nbgrader accepts."""
        # a NaN compares false and ends as 0
        marks = super().__new__(cls, min(value, points) if value > 0 else 0.0)
        marks.verdict, marks.text, marks._card, marks._points = verdict, card.text, card, points
        return marks

    def __repr__(self) -> str:
        """Return the plain number, which nbgrader reads as partial credit."""
        return float.__repr__(self)

    def _repr_html_(self) -> str:
        return self._card.html


def check(exercise_id: str, answer: Any) -> Marks:
    """Judge an answer on the visible cases and show what passed, what did not and why.

    The attempt goes to the progress store, and a correct one becomes evidence for the exit
    criterion that the exercise closes. Never raises.
    """
    return _marks(exercise_id, lambda exercise: _checked(exercise, answer))


def grade(exercise_id: str, answer: Any) -> Marks:
    """Judge an answer on the visible and the held-out cases. Never raises; saves nothing."""
    return _marks(exercise_id, lambda exercise: _graded(exercise, answer))


def hint(exercise_id: str) -> Card:
    """Show the next hint below those that were shown before. Never raises."""
    return _card(exercise_id, _next_hint)


def _next_hint(exercise: Exercise) -> Card:
    total = len(exercise.hints)
    if not total:
        return note_card(exercise.title, ["This exercise has no hints."])
    store, key = _store(), f"hints/{exercise.id}"
    try:
        shown = int(store.recall(key, 0))
        if not _nbgrader_runs():
            shown += 1
            store.remember(key, min(shown, total))
        shown = min(max(shown, 1), total)
        note = ""
    except ProgressError as error:
        # without the store nothing says which hint is next; all of them are better than none
        shown, note = total, f" {error}"
    left = total - shown
    after = (
        f"{left} more: run `hint({exercise.id!r})` again."
        if left
        else f"That was the last hint. After an attempt, `solution({exercise.id!r})` shows one way."
    )
    return list_card(f"Hints: {exercise.title}", exercise.hints[:shown], after + note)


def solution(exercise_id: str) -> Card:
    """Show one way to solve an exercise, once it was attempted. Never raises."""
    return _card(exercise_id, _solution)


def _solution(exercise: Exercise) -> Card:
    store = _store()
    try:
        if not store.attempts(exercise.id):
            return note_card(
                exercise.title,
                [
                    "Try it first. A wrong attempt teaches you more than a solution you read.",
                    f"Run the check once on an answer of your own, then call "
                    f"`solution({exercise.id!r})` again. "
                    f"`hint({exercise.id!r})` gives you a start.",
                ],
            )
        store.remember(f"solution/{exercise.id}", True)
    except ProgressError as error:
        return note_card(exercise.title, [str(error)], bad=True)
    code = _solutions().get(exercise.id)
    if code is None:
        return note_card(exercise.title, ["No solution is published for this exercise."])
    return note_card(
        f"One way: {exercise.title}",
        [
            "Yours may differ and be as good: the check judges what it does. "
            "Compare the two and name one difference."
        ],
        code=code,
    )


def _card(exercise_id: str, shown: Callable[[Exercise], Card]) -> Card:
    exercise = _find(exercise_id)
    if isinstance(exercise, Card):
        return exercise
    try:
        return shown(exercise)
    except Exception as error:
        return note_card(
            exercise.title,
            [
                "This cannot be shown: the progress store or the folder of this kernel is not as "
                "the course left it. Restart the kernel; if it stays, please report the line "
                "below.",
                f"`{type(error).__name__}: {error}`",
            ],
            bad=True,
        )


def _marks(exercise_id: str, judged: Callable[[Exercise], Marks]) -> Marks:
    exercise = _find(exercise_id)
    if isinstance(exercise, Card):
        return Marks(0.0, 0.0, exercise, None)
    try:
        return judged(exercise)
    except Exception as error:
        verdict = ungradable(exercise, f"{type(error).__name__}: {error}")
        return Marks(0.0, exercise.points, verdict_card(verdict), verdict)


def _checked(exercise: Exercise, answer: Any) -> Marks:
    verdict = judge(exercise, answer)
    after = [note] if (note := versions.mismatch(versions.open_notebook())) else []
    if exercise.held_out is not None and verdict.outcome is not Outcome.NOT_ATTEMPTED:
        after.append(_REMAIN)
    with quiet():
        after += _keep(exercise, verdict)
    card = verdict_card(
        verdict,
        after=after,
        next_step=_next_step(exercise, verdict),
        checked=exercise.checked,
    )
    return Marks(verdict.marks, verdict.points, card, verdict)


def _graded(exercise: Exercise, answer: Any) -> Marks:
    seed = current_seed()
    verdict = judge(exercise, answer, seed=seed)
    after = [_PRACTICE] if seed.practice and verdict.held_out else []
    card = verdict_card(verdict, after=after, checked=exercise.checked)
    return Marks(verdict.marks, verdict.points, card, verdict)


def _keep(exercise: Exercise, verdict: Verdict) -> list[str]:
    """Save the attempt and its evidence, and return what to tell the learner about it."""
    if verdict.outcome is Outcome.NOT_ATTEMPTED or _nbgrader_runs():
        return []
    workspace, store = Workspace.here(), _store()
    try:
        if verdict.outcome is not Outcome.UNGRADABLE:
            store.record_attempt(exercise.id, verdict.outcome, verdict.marks, verdict.points)
        count = len(store.attempts(exercise.id))
        said = [f"Attempts so far: {count}."] if count else []
        if verdict.outcome is Outcome.CORRECT:
            practice = evidence.Practice(
                exercise.id,
                exercise.title,
                verdict.marks,
                verdict.points,
                evidence.now(),
                attempts=count,
                hints=int(store.recall(f"hints/{exercise.id}", 0)),
                solution_seen=bool(store.recall(f"solution/{exercise.id}", False)),
            )
            path = evidence.practised(workspace, exercise.closes, practice)
            said.append(
                f"Kept as practice for exit criterion {exercise.closes}: "
                f"`{path.relative_to(workspace.root).as_posix()}`."
            )
    except (ProgressError, evidence.BadEvidence, OSError) as error:
        return [f"Your marks stand, but they could not be saved. {error}"]
    except Exception as error:  # what a hand-edited file holds must not turn into lost marks
        return [
            f"Your marks stand, but they could not be saved: `{type(error).__name__}: {error}`. "
            f"Was a file in `{workspace.feature / 'evidence'}`, or the progress store, edited?"
        ]
    return said


def _next_step(exercise: Exercise, verdict: Verdict) -> str:
    ask = f" Stuck? Run `hint({exercise.id!r})`." if exercise.hints else ""
    match verdict.outcome:
        case Outcome.NOT_ATTEMPTED:
            return "write your answer above, run it, then run this cell again." + ask
        case Outcome.CRASHED:
            return (
                "run your code in a new cell on an input like the one named above, "
                "and look at the line where it stops." + ask
            )
        case Outcome.WRONG:
            return "change the first thing named above, then run both cells again." + ask
        case Outcome.UNGRADABLE:
            return "save the notebook and go on with the next exercise."
    return "go on below."


def _find(exercise_id: str) -> Exercise | Card:
    try:
        return find(exercise_id)
    except UnknownExercise as error:
        return note_card("Unknown exercise", [str(error)], bad=True)
    except Exception as error:  # the module of some exercise does not load
        return note_card(
            "The checks do not load",
            [
                "This is a fault of the course or of its installation, not yours. "
                "Run `make lab` again; if it stays, please report the line below.",
                f"`{type(error).__name__}: {error}`",
            ],
            bad=True,
        )


def _nbgrader_runs() -> bool:
    """Return whether nbgrader runs the notebook again, to validate or grade: nobody's attempt."""
    return "NBGRADER_EXECUTION" in os.environ


def _store() -> ProgressStore:
    return ProgressStore(Workspace.here().progress)


@cache
def _solutions() -> dict[str, str]:
    """Return the reference solutions, which the build takes from the notebooks' sources."""
    found = resources.files("graders").joinpath("solutions.json")
    if not found.is_file():
        return {}
    solutions: dict[str, str] = json.loads(found.read_text(encoding="utf-8"))
    return solutions
