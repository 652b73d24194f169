"""Scorers of your own and judges: what a run takes from them, and what it says where it cannot."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from evalfirst.evals import Sample, Score
from evalfirst.evals.eval_run import Failure
from evalfirst.evals.scorers import NoVerdict, exact, judged
from evalfirst.evals.scorers.calling import ScorerCall
from evalfirst.judge import RubricJudge, Verdict
from tests.judge.scripted import completion, model, part, said


def score(scorer: Any, output: Any = "A", target: Any = "A", question: Any = "q") -> Score:
    call = ScorerCall(scorer, getattr(scorer, "__name__", "scorer"))
    with ThreadPoolExecutor(1) as threads:
        return asyncio.run(call(output, Sample("s1", question, target), threads))


@pytest.mark.parametrize(
    ("returned", "value"),
    [
        (True, 1.0),
        (False, 0.0),
        (1, 1.0),
        (0.25, 0.25),
        (np.bool_(True), 1.0),
        (np.float32(0.5), 0.5),
        (Score(0.5, "a", "why"), 0.5),
    ],
)
def test_a_plain_functions_answer_becomes_a_score(returned: Any, value: float) -> None:
    assert score(lambda *_: returned).value == value


def test_a_score_of_ones_own_is_kept_as_it_is() -> None:
    own = Score(0.5, "a", "half of it")
    assert score(lambda *_: own) is own


@pytest.mark.parametrize("returned", [None, "pass", [1], {"value": 1}, np.array([1.0, 0.0])])
def test_what_is_no_score_is_refused_with_scorer_and_sample(returned: Any) -> None:
    def mine(*_: Any) -> Any:
        return returned

    with pytest.raises(TypeError, match=r"scorer mine returned .* for sample 's1'; return a Score"):
        score(mine)


def test_a_forgotten_return_is_named() -> None:
    with pytest.raises(TypeError, match="lack a `return`"):
        score(lambda *_: None)


@pytest.mark.parametrize("value", [2, -0.1, 85, float("nan"), float("inf")])
@pytest.mark.parametrize("kind", [float, Score])
def test_a_value_outside_0_to_1_is_refused_because_85_would_count_as_right(
    value: float, kind: Any
) -> None:
    with pytest.raises(ValueError, match=r"sample 's1' the value .*; a score lies between 0"):
        score(lambda *_: kind(value))


def test_a_scorer_that_names_input_sees_it_and_others_do_not() -> None:
    def sees(_output: Any, _target: Any, input: Any) -> bool:  # noqa: A002  (the name is the claim)
        return bool(input == "q")

    assert score(sees).value == 1
    assert score(lambda *args, **more: len(args) == 2 and not more).value == 1


def test_a_scorer_may_be_async_in_any_form() -> None:
    async def coroutine(output: Any, target: Any) -> bool:
        await asyncio.sleep(0)
        return bool(output == target)

    class Callable:
        async def __call__(self, output: Any, target: Any) -> bool:
            return bool(output == target)

    for scorer in (coroutine, Callable(), lambda output, target: coroutine(output, target)):
        assert score(scorer).value == 1.0


def test_what_a_scorer_raises_names_the_sample() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        score(lambda *_: 1 / 0)
    assert caught.value.__notes__ == ["in the scorer <lambda>, on sample 's1'"]


@pytest.mark.parametrize(
    ("scorer", "says"),
    [
        (exact, r"exact takes \(\), and must take \(output, target\).*Did you mean exact\(\)\?"),
        (lambda _one: True, r"takes \(_one\)"),
        (lambda _one, _two, _more: True, r"takes \(_one, _two, _more\)"),
        ("exact", "'exact' is no scorer"),
        (exact()("a", "a"), "is no scorer"),
    ],
)
def test_a_function_that_cannot_score_is_refused_before_anything_runs(
    scorer: Any, says: str
) -> None:
    with pytest.raises(TypeError, match=says):
        ScorerCall(scorer, getattr(scorer, "__name__", "scorer"))


# --- judges


def test_a_judges_verdict_becomes_a_score_with_its_critique() -> None:
    seen = []

    def judge(question: str, output: str, target: str) -> Verdict:
        seen.append((question, output, target))
        return Verdict(output == target, "Compared.")

    assert score(judged(judge)) == Score(1.0, "A", "Compared.")
    assert score(judged(judge), "B") == Score(0.0, "B", "Compared.")
    assert seen == [("q", "A", "A"), ("q", "B", "A")]


def test_the_target_can_be_kept_from_the_judge() -> None:
    judge = RubricJudge("R", model(lambda r: said("fail" if "reference" in str(r) else "pass")))
    assert score(judged(judge)).value == 0.0
    assert score(judged(judge, reference=False)).value == 1.0


def test_no_verdict_is_no_score() -> None:
    judge = RubricJudge("R", model(lambda _: completion("Well.")))
    with pytest.raises(NoVerdict, match=r"strict gave no verdict \(Malformed: no verdict in 'Well"):
        score(judged(judge, name="strict"))
    with pytest.raises(NoVerdict, match="did not say why"):
        score(judged(lambda *_: Verdict(None)))
    with pytest.raises(NoVerdict, match="Refused: I cannot"):
        score(judged(lambda *_: Verdict(None, failure=Failure("Refused", "I cannot"))))


def test_judges_wait_on_threads_side_by_side_and_not_on_the_loop() -> None:
    together = threading.Barrier(3)

    def judge(*_: Any) -> bool:
        together.wait(10)  # three must be under way at once, or this times out
        return threading.current_thread() is not threading.main_thread()

    call = ScorerCall(judged(judge), "judged")

    async def three() -> list[Score]:
        with ThreadPoolExecutor(3) as threads:
            calls = (call("A", Sample(str(n), "q", "A"), threads) for n in range(3))
            return list(await asyncio.gather(*calls))

    assert [s.value for s in asyncio.run(three())] == [1.0] * 3


def test_the_question_reaches_a_rubric_judge() -> None:
    judge = RubricJudge("R", model(lambda r: said("pass", part(r, "question"))))
    assert score(judged(judge), question="Where is it?").explanation == "Where is it?"


def test_another_rubric_is_another_version_of_the_scorer() -> None:
    from evalfirst.evals.running import feature_version

    one, other = (judged(RubricJudge(rubric)) for rubric in ("One.", "Other."))
    assert feature_version(one) != feature_version(other)
    assert feature_version(one) != feature_version(judged(RubricJudge("One."), reference=False))
    assert feature_version(judged(lambda *_: True)) != feature_version(judged(lambda *_: False))
