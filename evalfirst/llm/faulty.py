"""A transport that injects faults in front of another one: the test bench of a call layer."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import httpx2

from evalfirst.llm import spoiling, wire
from evalfirst.llm.faults import Attempt, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from evalfirst.llm.faults import Schedule

    Rewrite = Callable[[dict[str, Any]], dict[str, Any]]

_AFTER_ASKING = spoiling.SPOILERS | {Fault.SLOW_TOKENS}

# what holds an answer to a form
_GUIDES = frozenset({"response_format", "grammar", "json_schema", "top_p", "top_k", "min_p"})


@dataclass(frozen=True)
class Injected:
    """One fault that was injected: what, into which request, and at which attempt."""

    fault: Fault
    key: str
    attempt: int


class FaultyTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Passes requests to `behind`, and spoils those that the schedule names.

    A fault looks to the SDK as it would from a real server, so its retries, exceptions and
    time-outs are the real ones.
    """

    def __init__(
        self,
        behind: Any,
        schedule: Schedule,
        *,
        retry_after: str = "1",
        seconds: float = 30.0,
        token_seconds: float = 1.0,
        worse: Any = None,
        rewrite: Rewrite | None = None,
        stale: Rewrite | None = None,
        sleep: Callable[[float], Any] | None = None,
    ) -> None:
        """Wrap a transport.

        Args:
            behind: the transport that answers.
            schedule: which attempts meet which fault, see `evalfirst.llm.faults`.
            retry_after: the header that comes with 429, 503 and 529: seconds or an HTTP date.
            seconds: how late a slow answer comes; a client that waits less long gives up before.
            token_seconds: how long each token of `slow_tokens` takes. A client's limit is on the
                wait for the next piece, so a stream can crawl on for ever.
            worse: answers for `worse_model`: another transport, or a rewrite of the request's
                body, such as `at_high_temperature`, so that `behind` answers under worse settings.
            rewrite: body of a request -> what is sent instead, for `changed_prompt`; by default
                the system message is lost.
            stale: the same for `stale_context`.
            sleep: waits in place of the real clock; may be a coroutine function for async use.
        """
        self.behind = behind
        self.schedule = schedule
        self.retry_after = retry_after
        self.seconds = seconds
        self.token_seconds = token_seconds
        self._worse, self._sleep = worse, sleep
        self._means = {
            Fault.WORSE_MODEL: ("worse", worse),
            Fault.CHANGED_PROMPT: ("rewrite", rewrite or without_system_message),
            Fault.STALE_CONTEXT: ("stale", stale),
        }
        self._attempts: Counter[str] = Counter()
        self._seen = 0
        self._injected: list[Injected] = []
        self._lock = threading.Lock()

    @property
    def injected(self) -> tuple[Injected, ...]:
        """What was injected so far."""
        with self._lock:
            return tuple(self._injected)

    @property
    def requests(self) -> int:
        """How many requests came in, retries included."""
        return self._seen

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request, or spoil it.

        Raises:
            httpx2.TransportError: a time-out or a dropped connection was due.
            ValueError: a silent fault was due that has no transport or rewrite to come from.
        """
        request.read()
        asked = wire.asked(request)
        fault = self._due(asked)
        if fault in spoiling.UNASKED:
            return spoiling.unasked(fault, request, self.retry_after)
        if fault is Fault.SLOW:
            self._wait(self.seconds, request)
        behind, sent = self._route(fault, asked, request)
        response: httpx2.Response = behind.handle_request(sent)
        if response.status_code != 200 or fault not in _AFTER_ASKING:
            return response
        response.read()
        if fault is not Fault.SLOW_TOKENS:
            return spoiling.spoilt(fault, asked, request, response)
        if asked.streams:
            return self._slowed(response, request)
        self._wait(self.token_seconds * spoiling.tokens_in(response), request)
        return spoiling.as_it_came(response)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request, or spoil it."""
        await request.aread()
        asked = wire.asked(request)
        fault = self._due(asked)
        if fault in spoiling.UNASKED:
            return spoiling.unasked(fault, request, self.retry_after)
        if fault is Fault.SLOW:
            await self._wait_async(self.seconds, request)
        behind, sent = self._route(fault, asked, request)
        response: httpx2.Response = await behind.handle_async_request(sent)
        if response.status_code != 200 or fault not in _AFTER_ASKING:
            return response
        await response.aread()
        if fault is not Fault.SLOW_TOKENS:
            return spoiling.spoilt(fault, asked, request, response)
        if asked.streams:
            return self._slowed(response, request)
        await self._wait_async(self.token_seconds * spoiling.tokens_in(response), request)
        return spoiling.as_it_came(response)

    def close(self) -> None:
        """Close what is behind."""
        for transport in self._transports():
            transport.close()

    async def aclose(self) -> None:
        """Close what is behind."""
        for transport in self._transports():
            await transport.aclose()

    def _due(self, asked: wire.Asked) -> Fault | None:
        if asked.endpoint not in (wire.CHAT, wire.TEXT):
            return None
        with self._lock:
            self._attempts[asked.key] += 1
            attempt = Attempt(asked.key, self._attempts[asked.key], self._seen)
            self._seen += 1
        fault = self.schedule(attempt)
        if fault is not None:
            with self._lock:
                self._injected.append(Injected(fault, attempt.key, attempt.attempt))
        return fault

    def _slowed(self, response: httpx2.Response, request: httpx2.Request) -> httpx2.Response:
        return spoiling.slowed(
            response,
            lambda: self._wait(self.token_seconds, request),
            lambda: self._wait_async(self.token_seconds, request),
        )

    def _wait(self, seconds: float, request: httpx2.Request) -> None:
        patience = _patience(request)
        (self._sleep or time.sleep)(min(seconds, patience))
        _give_up_after(patience, seconds, request)

    async def _wait_async(self, seconds: float, request: httpx2.Request) -> None:
        patience = _patience(request)
        waiting = (self._sleep or anyio.sleep)(min(seconds, patience))
        if hasattr(waiting, "__await__"):
            await waiting
        _give_up_after(patience, seconds, request)

    def _transports(self) -> list[Any]:
        return [t for t in (self.behind, self._worse) if t is not None and not callable(t)]

    def _route(
        self, fault: Fault | None, asked: wire.Asked, request: httpx2.Request
    ) -> tuple[Any, httpx2.Request]:
        """Return who is asked, and what."""
        if fault not in self._means:
            return self.behind, request
        name, means = self._means[fault]
        if means is None:
            raise ValueError(f"{fault} is due, but nothing was given for it: pass {name}=...")
        if not callable(means):
            return means, request
        headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
        body = json.dumps(means(asked.body)).encode()
        return self.behind, httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            content=body,
            extensions=request.extensions,
        )


def without_system_message(body: dict[str, Any]) -> dict[str, Any]:
    """Return a request's body without its system message: an instruction that got lost."""
    messages = body.get("messages") or []
    return {**body, "messages": [m for m in messages if m.get("role") != "system"]}


def at_high_temperature(body: dict[str, Any]) -> dict[str, Any]:
    """Return a request's body at temperature 2 and without a schema: a model that rambles.

    The seed is kept or set, so that the same request rambles the same way each time.
    """
    kept = {k: v for k, v in body.items() if k not in _GUIDES}
    return {**kept, "temperature": 2.0, "seed": body.get("seed", 0)}


def _patience(request: httpx2.Request) -> float:
    """Return the seconds that the client waits for an answer; infinite without a limit."""
    limit = request.extensions.get("timeout", {}).get("read")
    return math.inf if limit is None else float(limit)


def _give_up_after(patience: float, seconds: float, request: httpx2.Request) -> None:
    if seconds > patience:
        raise httpx2.ReadTimeout("The read operation timed out", request=request)
