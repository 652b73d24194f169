"""Counting what calls cost: tokens, seconds, money."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from evalfirst.llm import wire
from evalfirst.llm.origin import told
from evalfirst.llm.prices import cost
from evalfirst.llm.tally import Call, Usage, current
from evalfirst.llm.tap import Tap

if TYPE_CHECKING:
    import httpx2

__all__ = ["Call", "Meter", "Metered"]

# The SDK says with each request how often it has sent it before.
_SENT_BEFORE = "x-stainless-retry-count"


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
        spent = Usage.of(self.calls)
        return {
            "calls": spent.calls,
            "recorded": spent.recorded,
            "prompt_tokens": spent.prompt_tokens,
            "completion_tokens": spent.completion_tokens,
            "seconds": spent.model_seconds,
            "dollars": spent.dollars,
        }


class Metered(Tap):
    """A transport whose answers count for the tally of the context, and for a meter."""

    def __init__(self, behind: Any, meter: Meter | None = None) -> None:
        """Count the answers of `behind`."""
        super().__init__(behind)
        self.meter = meter

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on and count the answer, if anybody wants to know."""
        if self._nobody_counts(request):
            passed: httpx2.Response = self.behind.handle_request(request)
            return passed
        return super().handle_request(request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on and count the answer, if anybody wants to know."""
        if self._nobody_counts(request):
            passed: httpx2.Response = await self.behind.handle_async_request(request)
            return passed
        return await super().handle_async_request(request)

    def _nobody_counts(self, request: httpx2.Request) -> bool:
        tally = current()
        if tally is not None and request.headers.get(_SENT_BEFORE, "0") != "0":
            tally.add_retry()
        return tally is None and self.meter is None

    def exchanged(self, asked: wire.Asked, answer: dict[str, Any], seconds: float) -> None:
        """Count one answer."""
        said = told(answer)
        usage = wire.usage(answer)
        model = str(answer.get("model") or asked.body.get("model"))
        tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
        call = Call(
            model,
            *tokens,
            seconds=said.get("seconds", seconds),
            recorded=bool(said.get("recorded")),
            dollars=cost(model, usage),
        )
        if self.meter is not None:
            self.meter.add(call)
        if (tally := current()) is not None:
            tally.add(call)
