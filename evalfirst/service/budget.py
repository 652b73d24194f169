"""A budget: how much a service may spend before it refuses, by the minute, hour or day."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from evalfirst.llm import Usage

Period = Literal["day", "hour", "minute"]

_SECONDS = {"day": 86_400, "hour": 3_600, "minute": 60}


@dataclass(frozen=True)
class Spent:
    """What was spent in the present period.

    Attributes:
        requests: requests that were let in.
        tokens: tokens sent and answered.
        dollars: list price of the calls whose price is known.
        unpriced: calls whose price is unknown.
    """

    requests: int = 0
    tokens: int = 0
    dollars: float = 0.0
    unpriced: int = 0


@dataclass(frozen=True)
class Refusal:
    """Why the budget lets no request in, and in how many seconds it will again."""

    kind: Literal["budget_spent", "unpriced"]
    reason: str
    retry_after: int


class Budget:
    """A ledger with limits; safe with threads.

    Periods are those of the calendar in UTC: a day begins at midnight. A request is counted when
    it is let in. Tokens and money are known when it is answered, so requests under way at that
    moment may carry a period over its limit, by at most what `concurrency` requests cost.

    What the clients of `evalfirst.llm` report is what is counted; a feature that calls a model
    past them counts as free. A call whose price is unknown makes a limit in dollars meaningless,
    so such a budget lets no request in after it, until the period ends.
    """

    def __init__(
        self,
        requests: int | None = None,
        dollars: float | None = None,
        tokens: int | None = None,
        per: Period = "day",
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set the limits; `None` is no limit.

        Args:
            requests: requests let in.
            dollars: list price of their calls, US dollars.
            tokens: tokens sent and answered.
            per: `day`, `hour` or `minute`.
            clock: seconds since 1970, for tests.

        Raises:
            ValueError: there is no limit at all, one is not above zero, or `per` is unknown.
        """
        limits = {"requests": requests, "dollars": dollars, "tokens": tokens}
        if all(limit is None for limit in limits.values()):
            raise ValueError("a budget needs a limit: give requests, dollars or tokens")
        for name, limit in limits.items():
            if limit is not None and not (limit > 0 and math.isfinite(limit)):
                raise ValueError(f"{name} is {limit}: a limit is a number above zero")
        if per not in _SECONDS:
            raise ValueError(f"per is {per!r}: it is one of {', '.join(_SECONDS)}")
        self.requests, self.dollars, self.tokens, self.per = requests, dollars, tokens, per
        self._clock = clock
        self._lock = threading.Lock()
        self._period = self._now()
        self._spent = Spent()

    def check(self) -> Refusal | None:
        """Return why no request can be let in now; `None` if one can."""
        with self._lock:
            return self._refusal()

    def admit(self) -> Refusal | None:
        """Let one request in and count it, or return why not."""
        with self._lock:
            refusal = self._refusal()
            if refusal is None:
                spent = self._spent
                self._spent = Spent(spent.requests + 1, spent.tokens, spent.dollars, spent.unpriced)
            return refusal

    def spend(self, usage: Usage | None) -> None:
        """Add what a request came to; `None` if it called no model."""
        if usage is None or not usage.calls:
            return
        with self._lock:
            self._turn()
            spent = self._spent
            tokens = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
            self._spent = Spent(
                spent.requests,
                spent.tokens + tokens,
                spent.dollars + (usage.dollars or 0.0),
                spent.unpriced + (usage.calls if usage.dollars is None else 0),
            )

    @property
    def spent(self) -> Spent:
        """What was spent in the present period."""
        with self._lock:
            self._turn()
            return self._spent

    def _now(self) -> int:
        return int(self._clock() // _SECONDS[self.per])

    def _turn(self) -> None:
        if (now := self._now()) > self._period:
            self._period, self._spent = now, Spent()

    def _refusal(self) -> Refusal | None:
        self._turn()
        spent = self._spent
        end = (self._period + 1) * _SECONDS[self.per]
        wait = max(1, math.ceil(end - self._clock()))
        for name, limit, used in (
            ("requests", self.requests, spent.requests),
            ("tokens", self.tokens, spent.tokens),
            ("dollars", self.dollars, spent.dollars),
        ):
            if limit is not None and used >= limit:
                limit_text = f"${limit:g}" if name == "dollars" else f"{limit:,} {name}"
                per = "an hour" if self.per == "hour" else f"a {self.per}"
                reason = f"the budget of {limit_text} {per} is spent"
                return Refusal("budget_spent", reason, wait)
        if self.dollars is not None and spent.unpriced:
            calls = "1 call" if spent.unpriced == 1 else f"{spent.unpriced} calls"
            reason = f"the price of {calls} is unknown, so the budget in dollars cannot be kept"
            return Refusal("unpriced", reason, wait)
        return None
