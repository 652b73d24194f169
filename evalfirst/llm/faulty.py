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

from evalfirst.llm import wire
from evalfirst.llm.faults import Attempt, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from evalfirst.llm.faults import Schedule

    Rewrite = Callable[[dict[str, Any]], dict[str, Any]]

_STATUS = {
    Fault.TOO_MANY_REQUESTS: (429, "Rate limit reached for requests", "rate_limit_exceeded"),
    Fault.SERVER_ERROR: (500, "The server had an error while processing your request", "server"),
    Fault.UNAVAILABLE: (503, "The service is temporarily unavailable", "unavailable"),
    Fault.OVERLOADED: (529, "The model is overloaded", "overloaded_error"),
    Fault.BAD_REQUEST: (400, "The request is not valid", "invalid_request_error"),
}
_PAGE = b"<!doctype html><title>Gateway</title><p>The upstream answered in a way that we ..."
_BEFORE_ASKING = frozenset({*_STATUS, Fault.TIMEOUT, Fault.MALFORMED})
_REFUSAL = "I am sorry, but I cannot help with that."


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
            worse: transport that answers for `worse_model`.
            rewrite: body of a request -> what is sent instead, for `changed_prompt`; by default
                the system message is lost.
            stale: the same for `stale_context`.
            sleep: waits in place of the real clock; may be a coroutine function for async use.
        """
        self.behind = behind
        self.schedule = schedule
        self.retry_after = retry_after
        self.seconds = seconds
        self._worse, self._sleep = worse, sleep
        self._rewrites = {
            Fault.CHANGED_PROMPT: rewrite or without_system_message,
            Fault.STALE_CONTEXT: stale,
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
        if fault in _BEFORE_ASKING:
            return self._unasked(fault, request)
        if fault is Fault.SLOW:
            patience = _patience(request)
            (self._sleep or time.sleep)(min(self.seconds, patience))
            _give_up_after(patience, self.seconds, request)
        behind, sent = self._route(fault, asked, request)
        response: httpx2.Response = behind.handle_request(sent)
        if response.status_code == 200 and fault in _SPOILERS:
            response.read()
        return self._spoilt(fault, asked, request, response)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request, or spoil it."""
        await request.aread()
        asked = wire.asked(request)
        fault = self._due(asked)
        if fault in _BEFORE_ASKING:
            return self._unasked(fault, request)
        if fault is Fault.SLOW:
            patience = _patience(request)
            await _awaited(self._sleep or anyio.sleep, min(self.seconds, patience))
            _give_up_after(patience, self.seconds, request)
        behind, sent = self._route(fault, asked, request)
        response: httpx2.Response = await behind.handle_async_request(sent)
        if response.status_code == 200 and fault in _SPOILERS:
            await response.aread()
        return self._spoilt(fault, asked, request, response)

    def close(self) -> None:
        """Close what is behind."""
        for transport in filter(None, (self.behind, self._worse)):
            transport.close()

    async def aclose(self) -> None:
        """Close what is behind."""
        for transport in filter(None, (self.behind, self._worse)):
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

    def _unasked(self, fault: Fault, request: httpx2.Request) -> httpx2.Response:
        if fault is Fault.TIMEOUT:
            raise httpx2.ReadTimeout("The read operation timed out", request=request)
        if fault is Fault.MALFORMED:
            # JSON by its header, as proxies send it; the SDK believes the header
            return httpx2.Response(200, content=_PAGE, headers={"content-type": "application/json"})
        status, message, kind = _STATUS[fault]
        error = {"error": {"message": message, "type": kind, "param": None, "code": kind}}
        headers = {"retry-after": self.retry_after} if status in (429, 503, 529) else {}
        return httpx2.Response(status, json=error, headers=headers)

    def _route(
        self, fault: Fault | None, asked: wire.Asked, request: httpx2.Request
    ) -> tuple[Any, httpx2.Request]:
        """Return who is asked, and what."""
        if fault is Fault.WORSE_MODEL:
            if self._worse is None:
                raise ValueError("worse_model is due, but no transport was given: pass worse=...")
            return self._worse, request
        if fault not in self._rewrites:
            return self.behind, request
        rewrite = self._rewrites[fault]
        if rewrite is None:
            raise ValueError("stale_context is due, but no rewrite was given: pass stale=...")
        headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
        body = json.dumps(rewrite(asked.body)).encode()
        return self.behind, httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            content=body,
            extensions=request.extensions,
        )

    def _spoilt(
        self,
        fault: Fault | None,
        asked: wire.Asked,
        request: httpx2.Request,
        response: httpx2.Response,
    ) -> httpx2.Response:
        if fault not in _SPOILERS or response.status_code != 200:
            return response
        if fault in (Fault.RESET, Fault.TRUNCATED):
            return _broken_off(fault, asked, request, response)
        if not asked.streams:
            return wire.whole(_edited(fault, json.loads(response.content)))
        answer = wire.joined(wire.chunks_in(response.content))
        if answer is None:
            return response
        usage = bool((asked.body.get("stream_options") or {}).get("include_usage"))
        return wire.in_pieces(wire.split(_edited(fault, answer), usage=usage))


def without_system_message(body: dict[str, Any]) -> dict[str, Any]:
    """Return a request's body without its system message: an instruction that got lost."""
    messages = body.get("messages") or []
    return {**body, "messages": [m for m in messages if m.get("role") != "system"]}


def _patience(request: httpx2.Request) -> float:
    """Return the seconds that the client waits for an answer; infinite without a limit."""
    limit = request.extensions.get("timeout", {}).get("read")
    return math.inf if limit is None else float(limit)


def _give_up_after(patience: float, seconds: float, request: httpx2.Request) -> None:
    if seconds > patience:
        raise httpx2.ReadTimeout("The read operation timed out", request=request)


async def _awaited(sleep: Callable[[float], Any], seconds: float) -> None:
    waiting = sleep(seconds)
    if hasattr(waiting, "__await__"):
        await waiting


def _broken_off(
    fault: Fault, asked: wire.Asked, request: httpx2.Request, response: httpx2.Response
) -> httpx2.Response:
    content = response.content
    half = content[: len(content) // 2]
    if asked.streams:
        # whole events: what arrives arrives whole, and then nothing more
        events = content.split(b"\n\n")
        half = b"\n\n".join(events[: max(1, len(events) // 2)]) + b"\n\n"
        error = (
            httpx2.ReadError("Connection reset by peer", request=request)
            if fault is Fault.RESET
            else None
        )
        stream = _Pieces([half], error)
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=stream)
    if fault is Fault.RESET:
        raise httpx2.RemoteProtocolError(
            "Server disconnected without sending a response.", request=request
        )
    return httpx2.Response(200, content=half, headers={"content-type": "application/json"})


class _Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that ends in an error, or just ends."""

    def __init__(self, pieces: Iterable[bytes], error: Exception | None) -> None:
        self._pieces, self._error = tuple(pieces), error

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        if self._error is not None:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        """Nothing is held open."""

    async def aclose(self) -> None:
        """Nothing is held open."""


def _edited(fault: Fault, answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "choices": [_EDITS[fault](choice) for choice in answer["choices"]]}


def _said(choice: dict[str, Any], text: str | None, **more: Any) -> dict[str, Any]:
    choice = {**choice, "logprobs": None, **more}
    if "message" in choice:
        choice["message"] = {**choice["message"], "content": text}
    else:
        choice["text"] = text or ""
    return choice


def _content(choice: dict[str, Any]) -> str:
    text = choice["message"].get("content") if "message" in choice else choice.get("text")
    return text or ""


def _refused(choice: dict[str, Any]) -> dict[str, Any]:
    refused = _said(choice, None)
    if "message" in refused:
        refused["message"]["refusal"] = _REFUSAL
    return refused


_EDITS: dict[Fault, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Fault.BROKEN_CONTENT: lambda c: _said(c, '{"category": "bil'),
    Fault.OFF_SCHEMA: lambda c: _said(c, '{"team": ["billing", "email"], "confidence": "high"}'),
    Fault.REFUSAL: _refused,
    Fault.EMPTY: lambda c: _said(c, ""),
    Fault.CUT_OFF: lambda c: _said(c, _content(c)[: len(_content(c)) // 2], finish_reason="length"),
}
_SPOILERS = frozenset({*_EDITS, Fault.RESET, Fault.TRUNCATED})
