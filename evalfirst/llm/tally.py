"""What one piece of work asked of models: calls, tokens, seconds and money, without any wiring.

Every client of `evalfirst.llm` reports each answer to the tally of the context that it is called
in (`contextvars`), so a run knows what each sample cost although its feature says nothing about
it. Async tasks have the tally of the task that started them; a thread has one if it was started
with `contextvars.copy_context().run`, as `evalfirst.evals.run` and `asyncio.to_thread` do.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Call:
    """One answered call.

    Attributes:
        model: the model's real name.
        prompt_tokens, completion_tokens: `None` if the server did not say (a stream without
            `include_usage`).
        seconds: what the model took; for a recorded answer, when it was made.
        recorded: whether the answer was read from a recording.
        dollars: its price by the dated table of `evalfirst.llm.prices`; `None` if unknown.
    """

    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float | None
    recorded: bool
    dollars: float | None


@dataclass(frozen=True)
class Usage:
    """What several calls came to. A sum is `None` if it is unknown for any of them.

    Attributes:
        calls: answered calls.
        recorded: how many of them were answered from a recording.
        retries: requests that the SDK sent again, after an error or a lost connection.
        prompt_tokens, completion_tokens: tokens sent and answered.
        model_seconds: what the models took; for recorded answers, when they were made.
        recorded_seconds: the part of `model_seconds` that was not waited for this time.
        dollars: list price.
        models: the real names of the models that answered.
    """

    calls: int = 0
    recorded: int = 0
    retries: int = 0
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    model_seconds: float | None = 0.0
    recorded_seconds: float | None = 0.0
    dollars: float | None = 0.0
    models: tuple[str, ...] = ()

    @classmethod
    def of(cls, calls: Iterable[Call], retries: int = 0) -> Usage:
        """Return what `calls` came to."""
        calls = tuple(calls)
        recorded = [call for call in calls if call.recorded]
        return cls(
            calls=len(calls),
            recorded=len(recorded),
            retries=retries,
            prompt_tokens=_sum(call.prompt_tokens for call in calls),
            completion_tokens=_sum(call.completion_tokens for call in calls),
            model_seconds=_sum(call.seconds for call in calls),
            recorded_seconds=_sum(call.seconds for call in recorded),
            dollars=_sum(call.dollars for call in calls),
            models=tuple(sorted({call.model for call in calls})),
        )

    def __add__(self, other: Usage) -> Usage:
        """Return what both came to."""
        return Usage(
            calls=self.calls + other.calls,
            recorded=self.recorded + other.recorded,
            retries=self.retries + other.retries,
            prompt_tokens=_sum((self.prompt_tokens, other.prompt_tokens)),
            completion_tokens=_sum((self.completion_tokens, other.completion_tokens)),
            model_seconds=_sum((self.model_seconds, other.model_seconds)),
            recorded_seconds=_sum((self.recorded_seconds, other.recorded_seconds)),
            dollars=_sum((self.dollars, other.dollars)),
            models=tuple(sorted({*self.models, *other.models})),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**asdict(self), "models": list(self.models)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Usage:
        """Rebuild it from its JSON form.

        Raises:
            TypeError: it has fields that are none of a usage.
        """
        return cls(**{**row, "models": tuple(row.get("models", ()))})


def _sum(values: Iterable[Any]) -> Any:
    known = list(values)
    return None if None in known else sum(known)


class Tally:
    """Collects the calls of one piece of work, from any of its threads and tasks."""

    def __init__(self) -> None:
        """Start at zero."""
        # appending to a list is safe with threads
        self._calls: list[Call] = []
        self._retries: list[None] = []

    def add(self, call: Call) -> None:
        """Count one answered call."""
        self._calls.append(call)

    def add_retry(self) -> None:
        """Count one request that was sent again."""
        self._retries.append(None)

    @property
    def usage(self) -> Usage | None:
        """What was counted so far; `None` if no client of `evalfirst.llm` was used."""
        if not self._calls and not self._retries:
            return None
        return Usage.of(self._calls, len(self._retries))


_current: ContextVar[Tally | None] = ContextVar("evalfirst_tally", default=None)


def current() -> Tally | None:
    """Return the tally that calls in this context count for, if there is one."""
    return _current.get()


@contextmanager
def counting() -> Iterator[Tally]:
    """Count the calls made inside the `with` block; a tally around it does not see them.

    ```python
    with counting() as tally:
        answer = feature(ticket)
    tally.usage.prompt_tokens
    ```
    """
    tally = Tally()
    token = _current.set(tally)
    try:
        yield tally
    finally:
        _current.reset(token)
