"""What a fault looks like on the wire: errors of a server, broken bodies, spoilt answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2

from evalfirst.llm import wire
from evalfirst.llm.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    Wait = Callable[[], None]
    WaitAsync = Callable[[], Any]

_STATUS = {
    Fault.TOO_MANY_REQUESTS: (429, "Rate limit reached for requests", "rate_limit_exceeded"),
    Fault.SERVER_ERROR: (500, "The server had an error while processing your request", "server"),
    Fault.UNAVAILABLE: (503, "The service is temporarily unavailable", "unavailable"),
    Fault.OVERLOADED: (529, "The model is overloaded", "overloaded_error"),
    Fault.BAD_REQUEST: (400, "The request is not valid", "invalid_request_error"),
}
_TIMEOUTS: dict[Fault, tuple[type[httpx2.TimeoutException], str]] = {
    Fault.TIMEOUT: (httpx2.ReadTimeout, "The read operation timed out"),
    Fault.CONNECT_TIMEOUT: (httpx2.ConnectTimeout, "The connection could not be made in time"),
}
_PAGE = b"<!doctype html><title>Gateway</title><p>The upstream answered in a way that we ..."
_REFUSAL = "I am sorry, but I cannot help with that."

# what stands in for an answer, so that nobody need be asked for one
UNASKED = frozenset({*_STATUS, *_TIMEOUTS, Fault.MALFORMED})


def unasked(fault: Fault, request: httpx2.Request, retry_after: str) -> httpx2.Response:
    """Return what a server sends that does not get as far as the model.

    Raises:
        httpx2.TimeoutException: it sends nothing.
    """
    if fault in _TIMEOUTS:
        error, message = _TIMEOUTS[fault]
        raise error(message, request=request)
    if fault is Fault.MALFORMED:
        # JSON by its header, as proxies send it; the SDK believes the header
        return httpx2.Response(200, content=_PAGE, headers={"content-type": "application/json"})
    status, message, kind = _STATUS[fault]
    body = {"error": {"message": message, "type": kind, "param": None, "code": kind}}
    headers = {"retry-after": retry_after} if status in (429, 503, 529) else {}
    return httpx2.Response(status, json=body, headers=headers)


def spoilt(
    fault: Fault, asked: wire.Asked, request: httpx2.Request, response: httpx2.Response
) -> httpx2.Response:
    """Return an answer (HTTP 200, read to its end) as the fault leaves it.

    Raises:
        httpx2.TransportError: the fault leaves nothing, as the connection dropped.
    """
    if fault in (Fault.RESET, Fault.TRUNCATED):
        return _broken_off(fault, asked, request, response)
    if not asked.streams:
        whole = _answer(response)
        return as_it_came(response) if whole is None else wire.whole(_edited(fault, whole))
    answer = wire.joined(wire.chunks_in(response.content))
    if answer is None:
        return as_it_came(response)
    usage = bool((asked.body.get("stream_options") or {}).get("include_usage"))
    return wire.in_pieces(wire.split(_edited(fault, answer), usage=usage))


def slowed(response: httpx2.Response, wait: Wait, wait_async: WaitAsync) -> httpx2.Response:
    """Return a stream (read to its end) that waits before each of its events."""
    return httpx2.Response(
        200,
        headers={"content-type": "text/event-stream"},
        stream=_Pieces(_events(response), wait=wait, wait_async=wait_async),
    )


def tokens_in(response: httpx2.Response) -> int:
    """Return how many tokens an answer (read to its end) has; its words, where it does not say."""
    answer = _answer(response)
    if answer is None:
        return 0
    told = wire.usage(answer)["completion_tokens"]
    return told or sum(len(_content(c).split()) for c in answer["choices"])


def as_it_came(response: httpx2.Response) -> httpx2.Response:
    """Return a response (read to its end) that can be read again."""
    kind = response.headers.get("content-type", "application/json")
    return httpx2.Response(200, content=response.content, headers={"content-type": kind})


def _answer(response: httpx2.Response) -> dict[str, Any] | None:
    """Return the answer in a response; `None` if a server's own fault left none to spoil."""
    try:
        answer = json.loads(response.content)
        texts = [_content(choice) for choice in answer["choices"]]
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return None
    return answer if texts and all(isinstance(text, str) for text in texts) else None


def _broken_off(
    fault: Fault, asked: wire.Asked, request: httpx2.Request, response: httpx2.Response
) -> httpx2.Response:
    if asked.streams:
        # whole events: what arrives arrives whole, and then nothing more
        events = _events(response)
        error = httpx2.ReadError("Connection reset by peer", request=request)
        return _stream(events[: max(1, len(events) // 2)], error if fault is Fault.RESET else None)
    if fault is Fault.RESET:
        raise httpx2.RemoteProtocolError(
            "Server disconnected without sending a response.", request=request
        )
    half = response.content[: len(response.content) // 2]
    return httpx2.Response(200, content=half, headers={"content-type": "application/json"})


def _events(response: httpx2.Response) -> list[bytes]:
    return [event + b"\n\n" for event in response.content.split(b"\n\n") if event.strip()]


def _stream(events: Iterable[bytes], error: Exception | None = None) -> httpx2.Response:
    return httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, stream=_Pieces(events, error=error)
    )


class _Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that waits before each piece, and ends in an error or just ends."""

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        error: Exception | None = None,
        wait: Wait | None = None,
        wait_async: WaitAsync | None = None,
    ) -> None:
        self._pieces, self._error = tuple(pieces), error
        self._wait, self._wait_async = wait, wait_async

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if self._wait is not None:
                self._wait()
            yield piece
        if self._error is not None:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if self._wait_async is not None:
                await self._wait_async()
            yield piece
        if self._error is not None:
            raise self._error

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
SPOILERS = frozenset({*_EDITS, Fault.RESET, Fault.TRUNCATED})
