"""Asking judges many questions at once, whether they are models or plain functions."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from evalfirst.judge.answers import Answer, Pair
from evalfirst.judge.verdict import Choice, Verdict

if TYPE_CHECKING:
    from evalfirst.evals.eval_run import Failure

#: a judge of one answer: `f(input, output)` or `f(input, output, target)` -> bool or `Verdict`
Judge = Callable[..., Any]
#: a judge of two: `f(input, first, second)` -> "first", "second", "tie" or `Choice`
Chooser = Callable[[Any, Any, Any], Any]

T = TypeVar("T")
R = TypeVar("R")


def verdict_on(judge: Judge, answer: Answer) -> Verdict:
    """Ask a judge about one answer; it sees the target if there is one and it takes one.

    Raises:
        TypeError: it returns neither True, False nor a `Verdict`.
    """
    asked: tuple[Any, ...] = (answer.input, answer.output)
    if answer.target is not None and _takes(judge, 3):
        asked = (*asked, answer.target)
    said = judge(*asked)
    if isinstance(said, Verdict):
        return said
    # numpy's booleans are not bool
    if said not in (True, False) or isinstance(said, str):
        raise TypeError(
            f"a judge returns True, False or a Verdict, got {said!r} for the answer "
            f"{answer.output!r}"
        )
    return Verdict(bool(said))


def choice_of(judge: Any, question: Any, first: Any, second: Any) -> Choice:
    """Ask a judge which of two answers is better, in this order.

    Raises:
        TypeError: it returns no `Choice` and none of "first", "second", "tie".
    """
    chooser: Chooser = getattr(judge, "choose", judge)
    said = chooser(question, first, second)
    if isinstance(said, Choice):
        return said
    if said not in ("first", "second", "tie"):
        raise TypeError(f"a judge of two answers returns 'first', 'second' or 'tie', got {said!r}")
    return Choice(said)


def both_orders(judge: Any, pair: Pair) -> tuple[Choice, Choice]:
    """Ask a judge about a pair as `(one, other)`, and then as `(other, one)`."""
    return (
        choice_of(judge, pair.input, pair.one, pair.other),
        choice_of(judge, pair.input, pair.other, pair.one),
    )


def all_of(ask: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """Return what `ask` says to each item, in their order, several at once."""
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    with ThreadPoolExecutor(threads, thread_name_prefix="evalfirst-judge") as pool:
        # each thread counts what it asks for where the caller counts
        asked = [pool.submit(copy_context().run, ask, item) for item in items]
        try:
            return [one.result() for one in asked]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def answers_in(items: Iterable[Any]) -> list[Answer]:
    """Return answers, also from `(input, output)` tuples.

    Raises:
        ValueError: there is none.
    """
    answers = [item if isinstance(item, Answer) else Answer(*item) for item in items]
    if not answers:
        raise ValueError("there is no answer to judge")
    return answers


def pairs_in(items: Iterable[Any]) -> list[Pair]:
    """Return pairs, also from `(input, one, other)` tuples.

    Raises:
        ValueError: there is none.
    """
    pairs = [item if isinstance(item, Pair) else Pair(*item) for item in items]
    if not pairs:
        raise ValueError("there is no pair to judge")
    return pairs


def without_verdict(failures: Sequence[Failure | None]) -> str:
    """Return a sentence on the questions without a verdict, empty if all were answered.

    No share of all verdicts: where one of an answer's verdicts is missing, its others do not
    count either, so that what was counted does not say how many were asked.
    """
    kinds = Counter(failure.kind for failure in failures if failure)
    if not kinds:
        return ""
    said = ", ".join(f"{kind}: {count}" for kind, count in kinds.most_common())
    missing = sum(kinds.values())
    are = "1 verdict is" if missing == 1 else f"{missing} verdicts are"
    return f"{are} missing ({said}); an answer that lacks one is not counted."


def refuse_silence(missing: Sequence[Failure | None], judged: int) -> None:
    """Refuse to measure a judge that gave no verdict at all.

    Raises:
        ValueError: with what the first failure says.
    """
    if not judged:
        first = next(failure for failure in missing if failure)
        raise ValueError(
            f"the judge gave no verdict at all, first because of {first.kind}: {first.message}"
        )


def _takes(judge: Judge, count: int) -> bool:
    try:
        inspect.signature(judge).bind(*[None] * count)
    except (TypeError, ValueError):
        return False
    return True
