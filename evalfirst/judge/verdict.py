"""What a judge says. A verdict that could not be had is data: neither a pass nor a fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

if TYPE_CHECKING:
    from evalfirst.evals.eval_run import Failure

Pick = Literal["first", "second", "tie"]


@dataclass(frozen=True)
class Verdict:
    """A judge's word on one answer.

    Attributes:
        passes: the verdict; `None` if there is none.
        critique: the reason, which the judge wrote before its verdict.
        failure: why there is no verdict (refused, truncated, malformed, or the call's error).
    """

    passes: bool | None
    critique: str = ""
    failure: Failure | None = None

    def __bool__(self) -> NoReturn:
        """Refuse: any object is true, and a verdict that failed would pass without a sign."""
        raise TypeError("ask a verdict for .passes, which is True, False, or None for no verdict")


@dataclass(frozen=True)
class Choice:
    """A judge's word on two answers in the order in which it saw them.

    Attributes:
        pick: the better one by its place, or `tie`; `None` if there is no verdict.
        critique: the reason, which the judge wrote before its verdict.
        failure: why there is no verdict.
    """

    pick: Pick | None
    critique: str = ""
    failure: Failure | None = None


@dataclass(frozen=True)
class Preference:
    """Which of two answers a judge prefers, whatever their order.

    Attributes:
        winner: `one`, `other` or `tie`; `None` if a verdict is missing.
        flipped: whether the verdict changed with the order; the winner is then `tie`.
        choices: what was said in each order that was asked.
    """

    winner: Literal["one", "other", "tie"] | None
    flipped: bool
    choices: tuple[Choice, ...]
