"""Judges and scorers of your own inside a run."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.scorers import exact, judged
from evalfirst.judge import Labelled, RubricJudge, calibrate
from tests.judge.scripted import completion, model, part, said

if TYPE_CHECKING:
    from pathlib import Path

SET = EvalSet(tuple(Sample(str(i), f"question {i}", "yes" if i % 2 else "no") for i in range(12)))


def feature(question: str) -> str:
    return f"answer to {question}"


def passes_odd(request: dict[str, Any]) -> dict[str, Any]:
    return said("pass" if int(part(request, "question").split()[1]) % 2 else "fail", "By number.")


def test_a_judge_scores_a_run_and_sees_every_question() -> None:
    done = run(feature, SET, [judged(RubricJudge("R", model(passes_odd)))])
    assert done.scorers == ("judged",)
    assert [r.scores["judged"].value for r in done.results] == [0.0, 1.0] * 6
    assert done.results[0].scores["judged"].explanation == "By number."


def test_finished_verdicts_are_not_asked_for_again_and_another_rubric_is(tmp_path: Path) -> None:
    asked = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return passes_odd(request)

    for rubric, calls in (("R", 12), ("R", 12), ("Another", 24)):
        judge = RubricJudge(rubric, model(answer))
        assert run(feature, SET, [judged(judge)], cache=tmp_path / "run.jsonl").passes() == 6
        assert len(asked) == calls


def test_a_missing_verdict_fails_the_sample_openly_and_is_tried_again(tmp_path: Path) -> None:
    broken = ["question 3", "question 4"]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if part(request, "question") in broken:
            return completion("Hard to say.")
        return passes_odd(request)

    judge = RubricJudge("R", model(answer))
    done = run(feature, SET, [judged(judge)], cache=tmp_path / "run.jsonl")
    assert [r.id for r in done.failures] == ["3", "4"]
    failed = done.failures[0]
    assert failed.failure is not None
    assert failed.failure.kind == "NoVerdict"
    assert "Malformed: no verdict in 'Hard to say.'" in failed.failure.message
    assert failed.output == "answer to question 3"
    assert done.accuracy() == 5 / 12
    assert done.accuracy(errors="excluded") == 5 / 10
    broken.clear()
    again = run(feature, SET, [judged(judge)], cache=tmp_path / "run.jsonl")
    assert (again.passes(), len(again.failures)) == (6, 0)


def test_a_judge_that_waits_does_not_hold_up_an_async_feature() -> None:
    asked, answered = threading.Event(), threading.Event()

    async def waits_for_the_judge(question: str) -> str:
        if question == "question 1":
            while not asked.is_set():  # the judge of question 0 is waiting by now
                await asyncio.sleep(0)
            answered.set()
        return question

    def judge(question: str, _: str) -> bool:
        if question == "question 0":
            asked.set()
            return answered.wait(10)  # false if the loop stood still meanwhile
        return True

    done = run(waits_for_the_judge, SET[:2], [judged(judge)], concurrency=2)
    assert done.passes() == 2


def test_plain_functions_are_scorers() -> None:
    def short(output: str, _target: Any) -> bool:
        return len(output) < 19

    async def near(output: str, target: str, input: str) -> float:  # noqa: A002  (the name is the claim)
        return 0.5 if input in output and target in ("yes", "no") else 0.0

    done = run(feature, SET, [short, near])
    assert done.passes("short") == 0
    assert {r.scores["near"].value for r in done.results} == {0.5}


@pytest.mark.parametrize(
    ("scorers", "says"),
    [
        ([exact], r"Did you mean exact\(\)"),
        ([lambda _output: True], r"must take \(output, target\)"),
        ([lambda *_: "good"], "returned 'good' for sample '0'"),
        ([exact(), exact()], "two scorers are called exact"),
    ],
)
def test_a_scorer_that_cannot_score_stops_the_run_and_says_why(scorers: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        run(feature, SET, scorers, concurrency=1)


def test_a_calibrated_judge_corrects_the_run_that_it_scored() -> None:
    labels = [
        Labelled(f"question {n}", "a", passes=bool(n % 2) == (n % 10 != 0)) for n in range(100, 200)
    ]
    judge = RubricJudge("R", model(passes_odd))
    found = calibrate(judge, labels)
    many = EvalSet(tuple(Sample(str(i), f"question {i}") for i in range(40)))
    done = run(feature, many, [judged(judge)])
    corrected = found.corrected(done)
    assert corrected.observed == 0.5
    # it fails ten of the sixty that people pass, and passes none that they fail
    assert corrected.share == pytest.approx(0.5 / (50 / 60))
