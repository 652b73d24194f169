# ruff: noqa: ARG001, ARG005, T201  (wrong answers ignore their input, and print)

from __future__ import annotations

import logging
import sys
import warnings

import matplotlib.pyplot as plt
import pytest

from graders.cards import verdict_card
from graders.exercise import Case, Exercise, Mistake, Outcome, Remark
from graders.judging import held_out_cases, judge, judge_by_asking
from graders.observing import observe
from graders.registry import UnknownExercise, exercises, find
from graders.seed import Seed

SECRET = Seed("a secret", practice=False)


def right(n):
    return 2 * n


def crashing(n):
    return n[0]


@pytest.mark.parametrize(
    ("exercise", "answer", "outcome", "marks"),
    [
        ("p9-double", ..., Outcome.NOT_ATTEMPTED, 0),
        ("p9-double", right, Outcome.CORRECT, 4),
        ("p9-double", lambda n: n, Outcome.WRONG, 2),
        ("p9-double", lambda n: "six", Outcome.WRONG, 0),
        ("p9-double", lambda n: 2 * n + 1, Outcome.WRONG, 2),
        ("p9-double", crashing, Outcome.CRASHED, 0),
        ("p9-double", lambda: 6, Outcome.CRASHED, 0),
        ("p9-double", 6, Outcome.CRASHED, 0),
        ("p9-double", lambda n: sys.exit(0), Outcome.CRASHED, 0),
        ("p9-rows", [], Outcome.NOT_ATTEMPTED, 0),
        ("p9-rows", ["row"] * 5, Outcome.WRONG, 1),
        ("p9-rows", ["row"] * 10, Outcome.CORRECT, 2),
        ("p9-broken", 1, Outcome.UNGRADABLE, 0),
    ],
)
def test_each_attempt_gets_its_own_outcome_and_marks(exercise, answer, outcome, marks):
    verdict = judge(find(exercise), answer)
    assert (verdict.outcome, verdict.marks) == (outcome, marks)


class Leaves(list):
    def __len__(self):
        print("on its way out", file=sys.stderr)
        sys.exit(1)


def test_an_answer_that_ends_the_program_when_looked_at_does_not_end_the_grading(capfd):
    assert judge(find("p9-rows"), Leaves()).marks == 0
    assert capfd.readouterr().err == ""


def test_a_crash_shows_the_learners_line_and_no_line_of_the_course():
    (case, *_) = judge(find("p9-double"), crashing).cases
    assert "return n[0]" in case.detail
    assert "TypeError: 'int' object is not subscriptable" in case.detail
    assert "observe" not in case.detail


def test_a_crash_on_one_case_keeps_the_marks_of_the_others():
    verdict = judge(find("p9-double"), lambda n: 6 // n * n)
    assert verdict.outcome is Outcome.CRASHED
    assert verdict.marks == 2


def test_held_out_cases_count_and_never_show_their_values():
    verdict = judge(find("p9-double"), lambda n: min(2 * n, 10), seed=SECRET)
    hidden = [case for case in verdict.cases if case.held_out]
    assert [case.outcome for case in hidden] == [Outcome.WRONG, Outcome.CORRECT]
    assert verdict.held_out == 2
    assert verdict.marks == 3
    assert all(case.detail == "" for case in hidden)


def test_the_message_of_a_crash_on_a_held_out_case_is_withheld():
    def leaks(n):
        if abs(n) > 100:
            raise ValueError(f"saw {n}")
        return 2 * n

    verdict = judge(find("p9-double"), leaks, seed=SECRET)
    given = held_out_cases(find("p9-double"), SECRET)[0].given
    assert verdict.outcome is Outcome.CRASHED
    assert str(given) not in repr(verdict)


def test_the_same_seed_gives_the_same_cases_and_another_seed_others():
    exercise = find("p9-double")
    given = [case.given for case in held_out_cases(exercise, SECRET)]
    assert given == [case.given for case in held_out_cases(exercise, SECRET)]
    assert given != [case.given for case in held_out_cases(exercise, Seed("other", False))]


def test_judging_from_afar_gives_the_same_verdict():
    exercise = find("p9-double")
    afar = judge_by_asking(exercise, lambda given: observe(exercise, abs, given), seed=SECRET)
    assert afar == judge(exercise, abs, seed=SECRET)


def test_a_probe_may_refuse_an_answer_and_such_a_refusal_earns_nothing():
    picky = _exercise()

    @picky.probe
    def _(answer, given):
        raise Mistake("This is no eval set.", share=1.0)

    verdict = judge(picky, "text")
    assert verdict.outcome is Outcome.WRONG
    assert verdict.marks == 0
    assert verdict.cases[0].message == "This is no eval set."


def test_a_right_answer_may_get_a_remark_whose_detail_only_visible_cases_show():
    liked = _exercise(held_out=lambda _: [Case("a hidden one")])
    liked.probe(lambda answer, given: answer)
    liked.judge(lambda observed, case: Remark("Right, and worth a look.", "the rows"))
    verdict = judge(liked, 1, seed=SECRET)
    assert verdict.outcome is Outcome.CORRECT
    assert [(c.message, c.detail) for c in verdict.cases] == [
        ("Right, and worth a look.", "the rows"),
        ("Right, and worth a look.", ""),
    ]
    assert "worth a look" in verdict_card(verdict).text


def test_a_fault_of_the_probe_is_ours():
    picky = _exercise()

    @picky.probe
    def _(answer, given):
        return {}["missing"]

    # the frame of a test stands for one of the course here
    picky._probe = exec_in_course(picky._probe)
    assert judge(picky, "text").outcome is Outcome.UNGRADABLE


def exec_in_course(function):
    import graders.judging

    code = function.__code__.replace(co_filename=graders.judging.__file__)
    return type(function)(code, function.__globals__)


def test_a_share_that_is_no_number_earns_nothing():
    assert Mistake("x", share=float("nan")).share == 0
    assert Mistake("x", share=7).share == 1


def test_nothing_that_an_answer_says_reaches_the_notebook(capfd):
    log = logging.getLogger("noisy")
    log.addHandler(logging.StreamHandler(sys.stderr))

    def noisy(n):
        print("printed")
        print("to stderr", file=sys.stderr)
        warnings.warn("a warning", stacklevel=1)
        log.error("a log line")
        return 2 * n

    assert judge(find("p9-double"), noisy).outcome is Outcome.CORRECT
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == 0


def test_figures_that_an_answer_leaves_open_are_closed():
    kept = plt.figure()

    def draws(n):
        plt.subplots()
        return 2 * n

    judge(find("p9-double"), draws)
    assert plt.get_fignums() == [kept.number]
    plt.close(kept)


def test_own_exercises_are_found_and_an_unknown_id_names_those_that_exist():
    assert {"p9-double", "p9-rows", "p9-broken"} <= exercises().keys()
    assert find("p9-double").phase == 9
    with pytest.raises(UnknownExercise, match=r"'p9-typo'.*p9-double.*git pull"):
        find("p9-typo")


@pytest.mark.parametrize(
    "fact",
    [
        {"id": "phase1-x"},
        {"id": "p1-"},
        {"points": 0},
        {"minutes": 0},
        {"difficulty": 6},
        {"importance": 0},
        {"closes": "1"},
        {"cases": []},
        {"cases": [Case("x", weight=0)]},
    ],
)
def test_an_exercise_with_an_impossible_fact_is_refused_by_name(fact):
    (name,) = fact
    with pytest.raises(ValueError, match=rf"exercise '.*': {name}"):
        _exercise(**fact)


def _exercise(**facts):
    source = find("p9-broken")
    names = (name for name in Exercise.__dataclass_fields__ if not name.startswith("_"))
    return Exercise(**{name: getattr(source, name) for name in names} | facts)
