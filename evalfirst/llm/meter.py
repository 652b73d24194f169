"""Counting what calls cost: tokens, seconds, money."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.llm.origin import FIELD
from evalfirst.llm.prices import cost
from evalfirst.llm.tap import Tap

if TYPE_CHECKING:
    from evalfirst.llm import wire


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


class Meter:
    """Counts the calls of every client that it was given to. Safe with threads.

    ```python
    meter = Meter()
    openai_client = client(meter=meter)
    ...
    meter.total()
    ```
    """

    def __init__(self) -> None:
        """Start at zero."""
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls so far, in the order in which they ended."""
        with self._lock:
            return tuple(self._calls)

    def add(self, call: Call) -> None:
        """Count one call."""
        with self._lock:
            self._calls.append(call)

    def total(self) -> dict[str, Any]:
        """Return sums over the calls.

        Returns:
            `calls`, `recorded`, `prompt_tokens`, `completion_tokens`, `seconds`, `dollars`.
            A sum is `None` if it is unknown for any call: a sum that leaves calls out misleads.
        """
        calls = self.calls

        def summed(name: str) -> Any:
            values = [getattr(call, name) for call in calls]
            return None if None in values else sum(values)

        names = ("prompt_tokens", "completion_tokens", "seconds", "dollars")
        return {
            "calls": len(calls),
            "recorded": sum(call.recorded for call in calls),
            **{name: summed(name) for name in names},
        }


class Metered(Tap):
    """A transport whose answers are counted by a meter."""

    def __init__(self, behind: Any, meter: Meter) -> None:
        """Count the answers of `behind`."""
        super().__init__(behind)
        self.meter = meter

    def exchanged(self, asked: wire.Asked, answer: dict[str, Any], seconds: float) -> None:
        """Count one answer."""
        told = answer.get(FIELD) or {}
        usage = answer.get("usage") or {}
        model = str(answer.get("model") or asked.body.get("model"))
        tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
        self.meter.add(
            Call(
                model,
                *tokens,
                seconds=told.get("seconds", seconds),
                recorded=bool(told.get("recorded")),
                dollars=cost(model, usage),
            )
        )
