"""Exercise: an accuracy with an interval that is honest for a small eval set.

What a function returns is judged, never its formula. Every interval in common use that keeps
its promise passes: Wilson, Clopper-Pearson, Jeffreys, Agresti-Coull.
"""

from __future__ import annotations

import math
import random
from typing import Any

from graders.exercise import Case, Exercise, Mistake
from graders.observing import describe_crash
from graders.phase_1.coverage import exact_width, honesty, score_width
from graders.plain import is_number, type_name

# Sums over all outcomes give .950 to .980 for the honest intervals at the sizes tried here,
# .879 to .929 for the textbook one and .899 to .943 for honest ones of 90%.
_LEAST_COVERAGE = 0.945
# An average may hide a hole: the textbook interval with repaired ends has one of .82 to .86.
_LEAST_IN_THE_MIDDLE = 0.88
# Against Clopper-Pearson: Wilson with continuity correction 1.00, Wilson at 99% 1.17 and more.
_MOST_WIDTH = 1.1
# Against Wilson, for one list: the 90% interval has .84.
_LEAST_WIDTH = 0.93
# The same two at 0% and 100%, where honest methods differ most: Jeffreys .69, Agresti-Coull 1.20.
_WIDTHS_AT_THE_ENDS = (0.6, 1.35)
# A learner may round to whole percents.
_ROUNDING = 0.0051
_SCALE_SHARE = 0.3

NOT_A_FUNCTION = (
    "This check tries many runs, so it needs your function, not one result of it. Define "
    "`accuracy` with `def`."
)
FORM = "Return three numbers: the accuracy, the low end and the high end of its interval."
PERCENT = (
    "Your numbers are percents. Return shares between 0 and 1: what comes after this, a gate or "
    "a figure, expects 0.84 and would read 84 as 8,400%."
)
COUNT = "Your accuracy is a number of right answers. Divide it by the number of tickets."
ORDER = "Your numbers come in another order. Return the accuracy first, then low, then high."
SWAPPED = "Your interval has its ends swapped: the low end lies above the high end."
DROPPED = (
    "Failed calls are gone from your accuracy. A user whose call failed got no answer, so it "
    "counts as not right. Left out, a feature looks better the more often it breaks."
)
FORGIVEN = (
    "Failed calls count as right answers in your accuracy. A user whose call failed got no "
    "answer: count it as not right."
)
SMALLER_N = (
    "Your accuracy counts the failed calls, and your interval does not. Both must come from the "
    "same number of tickets."
)
STOPS_AT_NONE = (
    "Your function stops when a call has failed. Real runs have failed calls, marked None. "
    "Count each as not right."
)
STOPS_SOMETIMES = (
    "Your function stops for some numbers of right answers, though it works for others. "
    "A run with none right, or all right, must have an answer too."
)
WRONG_ACCURACY = (
    "Your accuracy is not the share of right answers. Divide the number of True by the number "
    "of all tickets, the failed ones included."
)
NO_WIDTH = (
    "Your interval has no width here. It claims certainty that so few tickets cannot give: "
    "another 50 could come out differently. The textbook interval and the bootstrap both do this "
    "at 0% and 100%."
)
OUTSIDE = "Your interval does not hold the accuracy that you measured."
EVERYTHING = (
    "Your interval runs from 0 to 1. It is never wrong and says nothing: nobody can decide with it."
)
ONE_SIDED = (
    "Your interval has only one end: the other is always 0 or 1. A team needs both, how bad it "
    "may be and how good. Put 2.5% outside each end."
)
TOO_NARROW = (
    "Your interval is narrower than 95% allows. Check that 2.5% lie outside each end: a normal "
    "quantile of 1.96, where 1.64 gives 90%."
)
COVERS_TOO_RARELY = (
    "Your intervals hold the true accuracy less often than in 95 of 100 repeats, above all near "
    "0% and 100%. The textbook formula and the percentile bootstrap fail like this when n is "
    "small. Use an interval that is made for shares, such as Wilson's."
)
TOO_WIDE = (
    "Your interval is wider than 95% needs. It is honest, but it hides differences that your "
    "tickets do show. Check the confidence level, or use a tighter method. The standard "
    "deviation of single answers is no interval: it stays as wide when you label more."
)
IMPOSSIBLE = (
    "Your interval goes below 0 or above 1. No accuracy lies there, and a reader will doubt the "
    "rest. Cut it off at 0 and 1."
)


def _outcomes(right: int, wrong: int, failed: int, seed: int) -> list[bool | None]:
    rows: list[bool | None] = [True] * right + [False] * wrong + [None] * failed
    random.Random(seed).shuffle(rows)  # noqa: S311  (order only; nothing secret)
    return rows


def _single(name: str, right: int, wrong: int, failed: int, *, weight: float = 1.0) -> Case:
    n = right + wrong + failed
    return Case(
        name,
        given={"outcomes": _outcomes(right, wrong, failed, seed=n)},
        expected={"right": right, "failed": failed, "n": n},
        weight=weight,
    )


def _sweep(n: int, *, weight: float = 1.0) -> Case:
    return Case(
        f"Every result that {n} tickets can have, from none right to all right",
        given={"every_result_of": n},
        expected={"sweep": n},
        weight=weight,
    )


def _held_out(rng: random.Random) -> list[Case]:
    n, failed = rng.randint(40, 80), rng.randint(9, 16)
    right = rng.randint(n // 3, 2 * n // 3)
    other = rng.randint(25, 60)
    return [
        _single("Another run with failed calls", right, n - right, failed),
        _single("Another size, all right", other, 0, 0, weight=0.5),
        _single("Another size, none right", 0, other + 7, 0, weight=0.5),
        _sweep(rng.randint(35, 75), weight=2.0),
    ]


ACCURACY = Exercise(
    id="p1-accuracy",
    title="Give an accuracy with an honest interval",
    points=6,
    minutes=20,
    difficulty=2,
    importance=5,
    closes="1.2",
    why=(
        "A team that reads '84%' from 50 tickets ships or holds a release on noise. The interval "
        "says what the number can and cannot tell."
    ),
    checked=(
        "Your function is called with many lists of outcomes. What counts is what it returns: how "
        "often its interval holds the true accuracy, by exact sums, and how wide it is. Any honest "
        "method passes."
    ),
    cases=[
        _single("42 of 50 right", 42, 8, 0),
        _single("50 of 50 right", 50, 0, 0),
        _single("None of 50 right", 0, 50, 0, weight=0.5),
        _single("30 of 50 right, 6 wrong, 14 failed", 30, 6, 14, weight=2.0),
        _sweep(30, weight=1.5),
        _sweep(50, weight=2.0),
    ],
    held_out=_held_out,
    hints=[
        "Start with the accuracy alone. How many tickets came in, and how many users got a right "
        "answer? What did the user of a failed call get?",
        "Now imagine 50 of 50 right. Would you bet your month's pay that the next ticket is right "
        "too? Your interval must not make that bet: it needs a width there.",
        "The textbook formula `p ± 1.96 * sqrt(p * (1 - p) / n)` has no width at 0% and 100% and "
        "holds the truth too rarely at n = 50. Look for the Wilson interval.",
        "`evalfirst.stats.wilson(passes, n)` returns `(low, high)`. Count `passes` with "
        "`sum(outcome is True for outcome in outcomes)`, take `n = len(outcomes)`, and return "
        "`passes / n, low, high`.",
    ],
)


@ACCURACY.probe
def _probe(answer: Any, given: dict[str, Any]) -> Any:
    """Call the answer for each list and return what it gave, or how it stopped."""
    if not callable(answer):
        raise Mistake(NOT_A_FUNCTION, detail=f"You gave a {type(answer).__name__}.")
    if "every_result_of" in given:
        n = given["every_result_of"]
        lists = [_outcomes(passes, n - passes, 0, seed=passes) for passes in range(n + 1)]
    else:
        outcomes = given["outcomes"]
        # the same run with each failure written as a wrong answer must give the same numbers
        lists = [outcomes, [outcome is True for outcome in outcomes]]
    results: list[dict[str, Any]] = []
    first: Exception | None = None
    for outcomes in lists:
        try:
            results.append({"returned": answer(list(outcomes))})
        except Exception as error:  # judged below: stopping on some lists only is a mistake
            first = first or error
            results.append({"crash": describe_crash(error)})
    if first is not None and all("crash" in result for result in results):
        raise first
    return results


@ACCURACY.judge
def _judge(observed: list[dict[str, Any]], case: Case) -> None:
    """Judge one list, or all results that a number of tickets can have."""
    if "sweep" in case.expected:
        _judge_sweep(observed, case.expected["sweep"])
    else:
        _judge_single(observed, **case.expected)


def _judge_single(observed: list[dict[str, Any]], *, right: int, failed: int, n: int) -> None:
    given, twin = observed
    if crash := given.get("crash"):
        raise Mistake(STOPS_AT_NONE if failed else STOPS_SOMETIMES, detail=_crash_lines(crash))
    accuracy, low, high = _numbers(given["returned"], right, n, failed)
    if failed:
        other = _numbers(twin.get("returned"), right, n, 0)
        if max(abs(a - b) for a, b in zip((accuracy, low, high), other, strict=True)) > 0.012:
            detail = (
                f"With {failed} failed calls: {_show(low, high)}. "
                f"With {failed} wrong answers instead: {_show(*other[1:])}."
            )
            raise Mistake(SMALLER_N, detail=detail, share=0.4)
    _judge_ends(accuracy, low, high)
    detail = f"For {right} right of {n} you returned {_show(low, high)}."
    width = min(high, 1.0) - max(low, 0.0)
    least, most = (_LEAST_WIDTH, _MOST_WIDTH) if 0 < right < n else _WIDTHS_AT_THE_ENDS
    if width < least * score_width(right, n):
        raise Mistake(TOO_NARROW, detail=detail, share=0.4)
    if width > most * exact_width(right, n):
        at_0, at_1 = abs(low) <= 0.001, abs(high - 1) <= 0.001
        only_one_end = at_0 != at_1 and 0 < right < n
        raise Mistake(ONE_SIDED if only_one_end else TOO_WIDE, detail=detail)
    if low < -1e-6 or high > 1 + 1e-6:
        raise Mistake(IMPOSSIBLE, detail=detail, share=0.8)


def _judge_sweep(observed: list[dict[str, Any]], n: int) -> None:
    rows = []
    for right, result in enumerate(observed):
        if crash := result.get("crash"):
            detail = f"It stops for {right} right of {n}.\n{_crash_lines(crash)}"
            raise Mistake(STOPS_SOMETIMES, detail=detail)
        rows.append((right, result["returned"]))
    # from the middle outwards: 0 percent and a share of 0 look alike
    inner = sorted(rows, key=lambda row: abs(row[0] - n / 2))
    triples = {right: _numbers(returned, right, n, 0) for right, returned in inner}
    for right, returned in inner:
        _judge_order(*triples[right], detail=f"For {right} right of {n}: {returned}.")
    intervals = [triples[right][1:] for right in range(n + 1)]
    measured = honesty(intervals)
    if all(low <= 0.001 and high >= 0.999 for low, high in intervals):
        raise Mistake(EVERYTHING)
    if all(low <= 0.001 for low, _ in intervals) or all(high >= 0.999 for _, high in intervals):
        raise Mistake(ONE_SIDED)
    detail = (
        f"For n = {n} your intervals hold the true accuracy in {measured.mean_coverage:.1%} of "
        f"repeats on average, and in {measured.middle_coverage:.1%} where they do worst "
        f"(true accuracies of 5% to 95%). At 50% they run from {_show(*intervals[n // 2])}."
    )
    if measured.mean_coverage < _LEAST_COVERAGE or measured.middle_coverage < _LEAST_IN_THE_MIDDLE:
        middle = intervals[n // 2][1] - intervals[n // 2][0]
        narrow = middle < _LEAST_WIDTH * score_width(n // 2, n)
        share = max(0.0, (measured.mean_coverage - 0.8) / 0.5)
        raise Mistake(TOO_NARROW if narrow else COVERS_TOO_RARELY, detail=detail, share=share)
    if measured.relative_width > _MOST_WIDTH:
        detail = (
            f"For n = {n} your intervals are {measured.relative_width:.2f} times as wide as the "
            f"exact (Clopper-Pearson) ones. At 50% they run from {_show(*intervals[n // 2])}."
        )
        raise Mistake(TOO_WIDE, detail=detail, share=0.3 if measured.relative_width < 1.5 else 0.0)


def _numbers(returned: Any, right: int, n: int, failed: int) -> tuple[float, float, float]:
    """Return the three numbers as shares, or raise the mistake that they show."""
    if not isinstance(returned, list) or len(returned) != 3:
        got = f"{len(returned)} values" if isinstance(returned, list) else type_name(returned)
        raise Mistake(FORM, detail=f"You returned {got}.")
    if not all(is_number(value) for value in returned):
        raise Mistake(FORM, detail=f"For {right} right of {n} you returned {returned}.")
    accuracy, low, high = (float(value) for value in returned)
    truth = right / n
    shown = f"For {right} right of {n} you returned {accuracy:g}, {low:g}, {high:g}."
    if math.isclose(accuracy, truth, abs_tol=_ROUNDING):
        if max(abs(low), abs(high)) > 1.5:
            raise Mistake(PERCENT, detail=shown, share=_SCALE_SHARE)
        return accuracy, low, high
    if math.isclose(accuracy, 100 * truth, abs_tol=0.51) and accuracy > 1:
        raise Mistake(PERCENT, detail=shown, share=_SCALE_SHARE if low < high <= 100 else 0.0)
    if accuracy == right and right > 1:
        raise Mistake(COUNT, detail=shown)
    if failed and math.isclose(accuracy, right / (n - failed), abs_tol=_ROUNDING):
        raise Mistake(DROPPED, detail=shown)
    if failed and math.isclose(accuracy, (right + failed) / n, abs_tol=_ROUNDING):
        raise Mistake(FORGIVEN, detail=shown)
    if math.isclose(low, truth, abs_tol=_ROUNDING) and accuracy < truth < high:
        raise Mistake(ORDER, detail=shown, share=_SCALE_SHARE)
    raise Mistake(WRONG_ACCURACY, detail=shown)


def _judge_order(accuracy: float, low: float, high: float, detail: str) -> None:
    if low > high:
        raise Mistake(SWAPPED, detail=detail, share=_SCALE_SHARE)
    if high - low > 0 and not low - _ROUNDING <= accuracy <= high + _ROUNDING:
        raise Mistake(OUTSIDE, detail=detail)


def _judge_ends(accuracy: float, low: float, high: float) -> None:
    detail = f"You returned an accuracy of {accuracy:g} and {_show(low, high)}."
    _judge_order(accuracy, low, high, detail)
    if high - low < 1e-9:
        raise Mistake(NO_WIDTH, detail=detail)
    if low <= 0.001 and high >= 0.999:
        raise Mistake(EVERYTHING, detail=detail)


def _show(low: float, high: float) -> str:
    return f"{low:.3f} to {high:.3f}"


def _crash_lines(crash: dict[str, Any]) -> str:
    return "\n".join([*crash["lines"], f"{crash['kind']}: {crash['message']}"])
