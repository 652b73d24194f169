"""Three small exercises for tests of judging, building and grading, as an instructor adds them."""

from __future__ import annotations

from typing import Any

from graders.exercise import Case, Exercise, Mistake
from graders.plain import is_number, type_name

# ten digits, so that finding one in a page means that it leaked
_BIG = range(7 * 10**9, 9 * 10**9)

double = Exercise(
    "p9-double",
    "Double a number",
    points=4,
    minutes=5,
    difficulty=1,
    importance=2,
    closes="1.2",
    why="A team that cannot double cannot scale.",
    checked="Your function is called with numbers and the results are compared.",
    cases=[Case("a small number", given=3, expected=6), Case("zero", given=0, expected=0)],
    hints=["What is twice 3?", "Multiply by 2."],
    held_out=lambda rng: [
        Case("a number of ours", given=(n := rng.choice(_BIG)), expected=2 * n),
        Case("a negative number", given=(m := -rng.choice(_BIG)), expected=2 * m),
    ],
)


@double.probe
def _run_double(answer: Any, given: Any) -> Any:
    return answer(given)


@double.judge
def _judge_double(observed: Any, case: Case) -> None:
    if not is_number(observed):
        raise Mistake(f"A number is needed, and you returned {type_name(observed)}.")
    if observed != case.expected:
        raise Mistake(
            "The result is not twice the input. Everything built on it is off.",
            detail=f"double({case.given}) gave {observed}, expected {case.expected}",
            share=0.5 if abs(observed - case.expected) <= 1 else 0.0,
            kind="not doubled",
        )


rows = Exercise(
    "p9-rows",
    "Collect ten rows",
    points=2,
    minutes=5,
    difficulty=1,
    importance=2,
    closes="1.2",
    why="Ten rows are a start.",
    checked="The rows are counted.",
    cases=[Case("how many there are", expected=10)],
    hints=[],
    blank=lambda answer: answer is Ellipsis or len(answer) == 0,
)


@rows.probe
def _count(answer: Any, _given: Any) -> Any:
    return len(answer)


@rows.judge
def _judge_rows(observed: Any, case: Case) -> None:
    if observed < case.expected:
        raise Mistake(
            "There are fewer than ten rows.",
            detail=f"{observed} rows",
            share=observed / case.expected,
        )


broken = Exercise(
    "p9-broken",
    "An exercise whose check fails",
    points=1,
    minutes=5,
    difficulty=1,
    importance=1,
    closes="1.2",
    why="To see what a learner is told.",
    checked="It is not.",
    cases=[Case("anything")],
    hints=["There is nothing to do."],
)


@broken.probe
def _pass_on(answer: Any, _given: Any) -> Any:
    return answer


@broken.judge
def _fail(_observed: Any, _case: Case) -> None:
    raise ZeroDivisionError("a fault of the judge")
