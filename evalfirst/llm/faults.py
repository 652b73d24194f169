"""What can go wrong between a feature and its model, and schedules that say when it does.

A schedule decides from the request's content and the number of the attempt, never from the order
in which threads happen to ask: the same seed gives the same faults at any concurrency.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from evalfirst.llm.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Fault(StrEnum):
    """One kind of fault. The last three are silent: the answer looks like any other."""

    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    OVERLOADED = "overloaded"
    BAD_REQUEST = "bad_request"
    TIMEOUT = "timeout"
    CONNECT_TIMEOUT = "connect_timeout"
    RESET = "reset"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    BROKEN_CONTENT = "broken_content"
    OFF_SCHEMA = "off_schema"
    REFUSAL = "refusal"
    EMPTY = "empty"
    CUT_OFF = "cut_off"
    SLOW = "slow"
    SLOW_TOKENS = "slow_tokens"
    WORSE_MODEL = "worse_model"
    CHANGED_PROMPT = "changed_prompt"
    STALE_CONTEXT = "stale_context"


SILENT = frozenset({Fault.WORSE_MODEL, Fault.CHANGED_PROMPT, Fault.STALE_CONTEXT})

# what they answer with must be given in code
_FROM_CODE = {Fault.WORSE_MODEL: "worse", Fault.STALE_CONTEXT: "stale"}

_IN_WORDS = {
    Fault.TOO_MANY_REQUESTS: "HTTP 429 with Retry-After",
    Fault.SERVER_ERROR: "HTTP 500",
    Fault.UNAVAILABLE: "HTTP 503",
    Fault.OVERLOADED: "HTTP 529, overloaded",
    Fault.BAD_REQUEST: "HTTP 400: asking again does not help",
    Fault.TIMEOUT: "no answer in time",
    Fault.CONNECT_TIMEOUT: "no connection in time",
    Fault.RESET: "the connection drops, in the middle of a stream if there is one",
    Fault.TRUNCATED: "the response breaks off in the middle",
    Fault.MALFORMED: "a page of HTML where JSON should be, with HTTP 200",
    Fault.BROKEN_CONTENT: "the model's answer is JSON that breaks off",
    Fault.OFF_SCHEMA: "the model's answer is JSON of another shape",
    Fault.REFUSAL: "the model refuses",
    Fault.EMPTY: "the model answers with nothing",
    Fault.CUT_OFF: "the answer stops at the token limit (finish_reason length)",
    Fault.SLOW: "the answer comes late",
    Fault.SLOW_TOKENS: "the tokens of the answer crawl in one by one",
    Fault.WORSE_MODEL: "a worse model answers under the same name",
    Fault.CHANGED_PROMPT: "the prompt that is sent is not the one you wrote",
    Fault.STALE_CONTEXT: "the passages in the prompt are old ones",
}


@dataclass(frozen=True)
class Attempt:
    """One request on its way.

    Attributes:
        key: hash of the request's content; a retry has the same one.
        attempt: 1 for the first time that this content is asked, 2 for the second, and so on.
        index: how many requests the transport had seen before, whatever their content.
    """

    key: str
    attempt: int
    index: int


class Schedule(Protocol):
    """Decides whether an attempt meets a fault."""

    def __call__(self, attempt: Attempt) -> Fault | None:
        """Return the fault, or `None` for an undisturbed answer."""

    def describe(self) -> str:
        """Say in words what happens when."""


@dataclass(frozen=True)
class AtRandom:
    """Faults at given rates, drawn by seed, content and attempt.

    Attributes:
        rates: kind to share of attempts, 0 to 1; together at most 1.
        seed: another seed, other requests.
        lasting: every attempt at the same content meets the same fate, so that a retry does not
            help; else each attempt is drawn anew.

    Raises:
        ValueError: a rate is below 0, the rates add up to more than 1, or a kind is unknown.
    """

    rates: Mapping[Fault | str, float]
    seed: int = 0
    lasting: bool = False
    _bounds: tuple[tuple[Fault, float], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse rates that are no shares."""
        bounds, reached = [], 0.0
        for kind, rate in self.rates.items():
            if not rate >= 0:
                raise ValueError(f"the rate of {kind} must be 0 or more, got {rate}")
            reached += rate
            bounds.append((fault(kind), reached))
        if reached > 1 + 1e-9:
            raise ValueError(f"the rates add up to {reached:g}; together they are at most 1")
        object.__setattr__(self, "_bounds", tuple(bounds))

    def __call__(self, attempt: Attempt) -> Fault | None:
        """Return the fault that the seed gives this attempt."""
        number = 0 if self.lasting else attempt.attempt
        digest = hashlib.sha256(f"{self.seed}:{attempt.key}:{number}".encode()).digest()
        drawn = int.from_bytes(digest[:8], "big") / 2**64
        return next((kind for kind, bound in self._bounds if drawn < bound), None)

    def describe(self) -> str:
        """Say in words what happens when."""
        kinds = [
            f"{_share(rate)} {_words(fault(kind))}" for kind, rate in self.rates.items() if rate
        ]
        again = "A retry meets the same fault." if self.lasting else "Each retry is drawn anew."
        return f"At random (seed {self.seed}): {'; '.join(kinds) or 'nothing'}. {again}"


@dataclass(frozen=True)
class FirstAttempts:
    """The first attempts at every request fail, then it recovers: what a retry is for."""

    kind: Fault | str
    attempts: int = 1

    def __call__(self, attempt: Attempt) -> Fault | None:
        """Return the fault for the first attempts at each content."""
        return fault(self.kind) if attempt.attempt <= self.attempts else None

    def describe(self) -> str:
        """Say in words what happens when."""
        tries = "attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        return f"The first {tries} at every request: {_words(fault(self.kind))}. Then it recovers."


@dataclass(frozen=True)
class OnAttempts:
    """Named attempts at every request fail, such as `{1: "timeout", 3: "reset"}`.

    Attributes:
        kinds: number of the attempt (from 1) to the fault that it meets.

    Raises:
        ValueError: an attempt is no whole number from 1, or a kind is unknown.
    """

    kinds: Mapping[int, Fault | str]

    def __post_init__(self) -> None:
        """Refuse attempts that never come."""
        for attempt, kind in self.kinds.items():
            fault(kind)
            if not isinstance(attempt, int) or attempt < 1:
                raise ValueError(f"attempts are numbered from 1, got {attempt!r} for {kind}")

    def __call__(self, attempt: Attempt) -> Fault | None:
        """Return the fault that is named for this attempt."""
        kind = self.kinds.get(attempt.attempt)
        return None if kind is None else fault(kind)

    def describe(self) -> str:
        """Say in words what happens when."""
        named = [f"attempt {n} meets {_words(fault(self.kinds[n]))}" for n in sorted(self.kinds)]
        return f"At every request: {'; '.join(named) or 'nothing happens'}."


@dataclass(frozen=True)
class Outage:
    """Requests number `start` to `start + length - 1` (from 0) fail; without `length`, all later.

    The only schedule that looks at the order of requests.
    """

    kind: Fault | str
    start: int = 0
    length: int | None = None

    def __call__(self, attempt: Attempt) -> Fault | None:
        """Return the fault while the outage lasts."""
        past = self.length is not None and attempt.index >= self.start + self.length
        return None if attempt.index < self.start or past else fault(self.kind)

    def describe(self) -> str:
        """Say in words what happens when."""
        if self.start == 0 and self.length is None:
            return f"Every request: {_words(fault(self.kind))}."
        last = "on" if self.length is None else f"to request {self.start + self.length - 1}"
        return f"From request {self.start} {last}: {_words(fault(self.kind))}."


@dataclass(frozen=True)
class While:
    """Another schedule, but only while `holds()` is true, such as from one night on.

    Attributes:
        schedule: decides while it holds.
        holds: asked at each request; looks at a date or a counter of yours.
        when: the same in words, such as "from night 15 on".
    """

    schedule: Schedule
    holds: Callable[[], bool]
    when: str = "while the condition holds"

    def __call__(self, attempt: Attempt) -> Fault | None:
        """Return what the inner schedule says while the condition holds."""
        return self.schedule(attempt) if self.holds() else None

    def describe(self) -> str:
        """Say in words what happens when."""
        return f"{self.when[:1].upper()}{self.when[1:]}: {self.schedule.describe()}"


@dataclass(frozen=True)
class FirstOf:
    """Several schedules; the first that has a fault decides."""

    schedules: tuple[Schedule, ...]

    def __call__(self, attempt: Attempt) -> Fault | None:
        """Return the first fault that any schedule has."""
        return next((f for s in self.schedules if (f := s(attempt)) is not None), None)

    def describe(self) -> str:
        """Say in words what happens when."""
        return " ".join(schedule.describe() for schedule in self.schedules)


def fault(kind: Fault | str) -> Fault:
    """Return the kind of this name.

    Raises:
        ValueError: there is none; the message lists those that exist.
    """
    try:
        return Fault(kind)
    except ValueError:
        known = ", ".join(Fault)
        raise ValueError(f"no fault is called {kind!r}; there are: {known}") from None


def parse(text: str, name: str = "schedule") -> AtRandom:
    """Return the schedule that a text such as `seed=7,too_many_requests=.05,timeout=.02` names.

    Args:
        text: `seed` and kinds with their rates, separated by commas.
        name: what the text is called in an error, such as an environment variable.

    Raises:
        BadSetting: the text does not say that; the message names the part. Also for a kind that
            needs another transport or a rewrite: only code can give those.
    """
    seed, rates = 0, dict[Fault | str, float]()
    try:
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            key, equals, value = (bit.strip() for bit in part.partition("="))
            if not equals:
                raise ValueError(f"{part!r} has no = in it")
            if key == "seed":
                seed = int(value)
            else:
                rates[_from_text(key)] = float(value)
        return AtRandom(rates, seed)
    except ValueError as error:
        raise BadSetting(
            f"{name} is {text!r}: {error}. Write kinds with their rates, such as "
            "seed=7,too_many_requests=.05,timeout=.02."
        ) from error


def _from_text(name: str) -> Fault:
    kind = fault(name)
    if kind in _FROM_CODE:
        raise ValueError(f"{kind} needs FaultyTransport(..., {_FROM_CODE[kind]}=...) in code")
    return kind


def _share(rate: float) -> str:
    return f"{rate:.1%}" if rate >= 0.001 else f"{100 * rate:.2g}%"


def _words(kind: Fault) -> str:
    return f"{kind} ({_IN_WORDS[kind]})"
