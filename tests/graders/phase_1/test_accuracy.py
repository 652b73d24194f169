from __future__ import annotations

import math
import random
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import beta, binomtest, norm

from evalfirst.stats import wilson
from graders.exercise import Outcome
from graders.judging import held_out_cases, judge
from graders.phase_1 import accuracy as lesson
from graders.registry import find
from graders.seed import Seed

SECRET = Seed("a secret", practice=False)
EXERCISE = find("p1-accuracy")


def reference(outcomes):
    passes, n = sum(outcome is True for outcome in outcomes), len(outcomes)
    return passes / n, *wilson(passes, n)


def by(method, confidence=0.95):
    def accuracy(outcomes):
        passes, n = outcomes.count(True), len(outcomes)
        interval = binomtest(passes, n).proportion_ci(confidence, method=method)
        return passes / n, interval.low, interval.high

    return accuracy


def agresti_coull(outcomes):
    z = norm.ppf(0.975)
    n = len(outcomes) + z * z
    middle = (outcomes.count(True) + z * z / 2) / n
    half = z * math.sqrt(middle * (1 - middle) / n)
    return outcomes.count(True) / len(outcomes), max(0, middle - half), min(1, middle + half)


def jeffreys_by_hand(outcomes):
    passes, n = sum(map(bool, outcomes)), len(outcomes)
    low = 0 if passes == 0 else beta.ppf(0.025, passes + 0.5, n - passes + 0.5)
    high = 1 if passes == n else beta.ppf(0.975, passes + 0.5, n - passes + 0.5)
    return np.array([passes / n, low, high])


class Result(NamedTuple):
    accuracy: float
    low: float
    high: float


def rounded_by_hand(outcomes):
    n, z = len(outcomes), 1.96
    p = sum(1 for outcome in outcomes if outcome) / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Result(round(p, 2), round(middle - half, 3), round(middle + half, 3))


def textbook(outcomes):
    n = len(outcomes)
    p = outcomes.count(True) / n
    half = 1.96 * math.sqrt(p * (1 - p) / n)
    return p, max(0, p - half), min(1, p + half)


def textbook_with_repaired_ends(outcomes):
    p, low, high = textbook(outcomes)
    n = len(outcomes)
    return (p, 0, 3 / n) if p == 0 else (p, 1 - 3 / n, 1) if p == 1 else (p, low, high)


def bootstrap(outcomes):
    p = outcomes.count(True) / len(outcomes)
    draws = np.random.default_rng(7).binomial(len(outcomes), p, 2000) / len(outcomes)
    return p, *np.quantile(draws, [0.025, 0.975])


def uncut(outcomes):
    n = len(outcomes)
    middle = (outcomes.count(True) + 2) / (n + 4)
    half = 1.96 * math.sqrt(middle * (1 - middle) / (n + 4))
    return outcomes.count(True) / n, middle - half, middle + half


def one_standard_deviation(outcomes):
    p = outcomes.count(True) / len(outcomes)
    spread = math.sqrt(p * (1 - p))
    return p, p - spread, p + spread


def percent(outcomes):
    return tuple(100 * value for value in reference(outcomes))


def swapped(outcomes):
    p, low, high = reference(outcomes)
    return p, high, low


def low_first(outcomes):
    p, low, high = reference(outcomes)
    return low, p, high


def failures_dropped(outcomes):
    return reference([outcome for outcome in outcomes if outcome is not None])


def failures_dropped_from_the_interval(outcomes):
    answered = [outcome for outcome in outcomes if outcome is not None]
    return outcomes.count(True) / len(outcomes), *wilson(answered.count(True), len(answered))


def failures_forgiven(outcomes):
    return reference([outcome is not False for outcome in outcomes])


def stops_at_failures(outcomes):
    passes = sum(outcomes)
    return passes / len(outcomes), *wilson(passes, len(outcomes))


def stops_at_no_pass(outcomes):
    p, low, high = reference(outcomes)
    return p, low, high + 0 / p


def lower_end_only(outcomes):
    p, *_ = reference(outcomes)
    return p, by("exact", 0.9)(outcomes)[1], 1.0


def counted(outcomes):
    _, low, high = reference(outcomes)
    return outcomes.count(True), low, high


def smoothed(outcomes):
    _, low, high = reference(outcomes)
    return (outcomes.count(True) + 2) / (len(outcomes) + 4), low, high


def widest(outcomes):
    return outcomes.count(True) / len(outcomes), 0, 1


def point_only(outcomes):
    p = outcomes.count(True) / len(outcomes)
    return p, p, p


def everywhere(message):
    return {case.name: message for case in EXERCISE.cases}


NAMES = [case.name for case in EXERCISE.cases]
TYPICAL, ALL, NONE, FAILED, SWEEP_30, SWEEP_50 = NAMES


@pytest.mark.parametrize(
    "answer",
    [
        reference,
        by("wilson"),
        by("wilsoncc"),
        by("exact"),
        agresti_coull,
        jeffreys_by_hand,
        rounded_by_hand,
        lambda outcomes: list(reference(outcomes)),
    ],
)
def test_every_honest_interval_gets_full_marks_however_it_is_made(answer):
    verdict = judge(EXERCISE, answer, seed=SECRET)
    assert [case.message for case in verdict.cases if case.message] == []
    assert (verdict.outcome, verdict.marks) == (Outcome.CORRECT, EXERCISE.points)


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_the_reference_stands_whatever_the_seed_and_the_textbook_falls(seed):
    drawn = Seed(seed, practice=False)
    assert judge(EXERCISE, reference, seed=drawn).outcome is Outcome.CORRECT
    held_out = [case for case in judge(EXERCISE, textbook, seed=drawn).cases if case.held_out]
    assert {case.message for case in held_out if case.message} == {
        lesson.NO_WIDTH,
        lesson.COVERS_TOO_RARELY,
    }


def test_another_seed_draws_other_runs():
    given = {
        str([case.given for case in held_out_cases(EXERCISE, Seed(name, practice=False))])
        for name in ("one", "two", "three")
    }
    assert len(given) == 3


@pytest.mark.parametrize(
    ("answer", "messages"),
    [
        (
            textbook,
            {
                ALL: lesson.NO_WIDTH,
                NONE: lesson.NO_WIDTH,
                SWEEP_30: lesson.COVERS_TOO_RARELY,
                SWEEP_50: lesson.COVERS_TOO_RARELY,
            },
        ),
        (
            bootstrap,
            {
                ALL: lesson.NO_WIDTH,
                NONE: lesson.NO_WIDTH,
                SWEEP_30: lesson.COVERS_TOO_RARELY,
                SWEEP_50: lesson.COVERS_TOO_RARELY,
            },
        ),
        (
            textbook_with_repaired_ends,
            {SWEEP_30: lesson.COVERS_TOO_RARELY, SWEEP_50: lesson.COVERS_TOO_RARELY},
        ),
        (by("wilson", 0.9), everywhere(lesson.TOO_NARROW) | {ALL: None, NONE: None}),
        (by("exact", 0.99), everywhere(lesson.TOO_WIDE)),
        (uncut, {ALL: lesson.IMPOSSIBLE, NONE: lesson.IMPOSSIBLE}),
        (percent, everywhere(lesson.PERCENT)),
        (swapped, everywhere(lesson.SWAPPED)),
        (failures_dropped, {FAILED: lesson.DROPPED}),
        (failures_dropped_from_the_interval, {FAILED: lesson.SMALLER_N}),
        (failures_forgiven, {FAILED: lesson.FORGIVEN}),
        (stops_at_failures, {FAILED: lesson.STOPS_AT_NONE}),
        (counted, everywhere(lesson.COUNT) | {NONE: None}),
        (smoothed, everywhere(lesson.WRONG_ACCURACY)),
        (lambda outcomes: reference(outcomes)[0], everywhere(lesson.FORM)),
        (lambda outcomes: [str(value) for value in reference(outcomes)], everywhere(lesson.FORM)),
        (lambda outcomes: reference(outcomes) and None, everywhere(lesson.FORM)),
        (widest, everywhere(lesson.EVERYTHING)),
    ],
)
def test_each_wrong_answer_gets_exactly_the_message_meant_for_it(answer, messages):
    verdict = judge(EXERCISE, answer)
    assert verdict.outcome is Outcome.WRONG
    got = {case.name: case.message for case in verdict.cases if case.message}
    assert got == {name: message for name, message in messages.items() if message}


@pytest.mark.parametrize(
    ("answer", "case", "message"),
    [
        (low_first, TYPICAL, lesson.ORDER),
        (lower_end_only, TYPICAL, lesson.ONE_SIDED),
        (lower_end_only, SWEEP_50, lesson.ONE_SIDED),
        (one_standard_deviation, TYPICAL, lesson.TOO_WIDE),
        (point_only, TYPICAL, lesson.NO_WIDTH),
        (stops_at_no_pass, SWEEP_50, lesson.STOPS_SOMETIMES),
        (lambda outcomes: (reference(outcomes)[0], 0.1, 0.2), TYPICAL, lesson.OUTSIDE),
    ],
)
def test_a_mistake_of_one_kind_of_list_is_named_there(answer, case, message):
    found = {c.name: c.message for c in judge(EXERCISE, answer).cases}
    assert found[case] == message


@pytest.mark.parametrize(
    "answer",
    [
        widest,
        point_only,
        lower_end_only,
        lambda _: (0.84, 0.715, 0.917),
        lambda _: (0.5, 0.0, 1.0),
        lambda _: (1.0, 1.0, 1.0),
        lambda outcomes: (random.Random(len(outcomes)).random(), 0.1, 0.9),
    ],
)
def test_a_lazy_answer_earns_less_than_a_fifth(answer):
    verdict = judge(EXERCISE, answer, seed=SECRET)
    assert verdict.outcome is Outcome.WRONG
    assert verdict.marks < 0.2 * EXERCISE.points


def test_a_result_in_place_of_the_function_is_told_so():
    verdict = judge(EXERCISE, (0.84, 0.71, 0.92))
    assert verdict.outcome is Outcome.WRONG
    assert {case.message for case in verdict.cases} == {lesson.NOT_A_FUNCTION}


def test_a_blank_is_not_attempted_and_a_crash_on_every_list_is_a_crash():
    def blank(outcomes): ...

    def crashing(outcomes):
        return outcomes["passes"]

    assert judge(EXERCISE, blank).outcome is Outcome.NOT_ATTEMPTED
    assert judge(EXERCISE, ...).marks == 0
    assert judge(EXERCISE, crashing).outcome is Outcome.CRASHED


def test_half_an_answer_earns_more_than_none_and_less_than_all():
    marks = [judge(EXERCISE, answer).marks for answer in (widest, textbook, uncut, reference)]
    assert marks == sorted(set(marks))


def test_no_message_for_a_held_out_case_shows_its_numbers():
    verdict = judge(EXERCISE, textbook, seed=SECRET)
    assert [case.detail for case in verdict.cases if case.held_out and case.detail] == []
