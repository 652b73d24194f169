"""How a run calls a scorer: any plain function will do, and one that waits holds up nobody.

Beside `(output, target)` a scorer may have a parameter `input`, and then gets the sample's input.
It returns a `Score`, or True, False or a number from 0 to 1. It may be async; a function that waits
for a network says so with an attribute `blocking = True`, and is called on a thread.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import numbers
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from evalfirst.evals.scorers.score import Score

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Executor

    from evalfirst.evals.eval_set import Sample

_WANTED = "return a Score, True or False, or a number from 0 to 1"


class ScorerCall:
    """One scorer, ready to be called by a run."""

    def __init__(self, scorer: Callable[..., Any], name: str) -> None:
        """Look at what the scorer takes.

        Raises:
            TypeError: it does not take `(output, target)`; the message says what it takes.
        """
        self._name = name
        if not callable(scorer):
            raise TypeError(
                f"{scorer!r} is no scorer: give functions of (output, target), such as exact()"
            )
        try:
            signature = inspect.signature(scorer)
        except ValueError:  # written in C
            signature = None
        self._call, self._takes_input = scorer, False
        if signature is not None:
            self._takes_input = "input" in signature.parameters
            extra = {"input": None} if self._takes_input else {}
            try:
                signature.bind(None, None, **extra)
            except TypeError as error:
                mend = ""
                if isinstance(scorer, type) or _makes_a_scorer(scorer, signature):
                    mend = f" Did you mean {name}()?"
                takes = signature.replace(return_annotation=inspect.Signature.empty)
                raise TypeError(
                    f"the scorer {name} takes {takes}, and must take (output, target): "
                    f"{error}.{mend}"
                ) from error
        self._blocking = bool(getattr(scorer, "blocking", False))

    async def __call__(self, output: Any, sample: Sample, threads: Executor) -> Score:
        """Return the score of one output.

        Raises:
            NoVerdict: the scorer cannot decide on this output.
            TypeError, ValueError: it returned no score; names the scorer and the sample.
            Exception: what the scorer raised, with a note that names the sample.
        """
        extra = {"input": sample.input} if self._takes_input else {}
        call = partial(self._call, output, sample.target, **extra)
        try:
            said: Any
            if self._blocking:
                loop = asyncio.get_running_loop()
                said = await loop.run_in_executor(threads, copy_context().run, call)
            else:
                said = call()
            if inspect.isawaitable(said):
                said = await _as_awaitable(said)
        except Exception as error:
            error.add_note(f"in the scorer {self._name}, on sample {sample.id!r}")
            raise
        return self._score(said, sample.id)

    def _score(self, said: Any, sample_id: str) -> Score:
        if isinstance(said, Score):
            score = said
        else:
            # numpy's booleans and numbers are not Python's
            plain = said.item() if hasattr(said, "item") and not hasattr(said, "__len__") else said
            if not isinstance(plain, numbers.Real):
                hint = " Does it lack a `return`?" if said is None else ""
                raise TypeError(
                    f"the scorer {self._name} returned {said!r} for sample {sample_id!r}; "
                    f"{_WANTED}.{hint}"
                )
            score = Score(float(plain))
        if not (math.isfinite(score.value) and 0 <= score.value <= 1):
            raise ValueError(
                f"the scorer {self._name} gave sample {sample_id!r} the value {score.value}; "
                "a score lies between 0 (wrong) and 1 (right). Divide by the largest value."
            )
        return score


def _makes_a_scorer(scorer: Callable[..., Any], signature: inspect.Signature) -> bool:
    """Whether this is `exact` where `exact()` was meant."""
    home = getattr(scorer, "__module__", "") or ""
    return "Scorer" in str(signature.return_annotation) or home.startswith(
        "evalfirst.evals.scorers"
    )


async def _as_awaitable(value: Awaitable[Any]) -> Any:
    return await value
