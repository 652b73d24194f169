"""A transport that watches another one and is told each finished exchange."""

from __future__ import annotations

import abc
import json
import time
from typing import TYPE_CHECKING, Any

import anyio
import httpx2

from evalfirst.llm import wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Tap(httpx2.BaseTransport, httpx2.AsyncBaseTransport, abc.ABC):
    """Passes requests to `behind` and calls `exchanged` with each answer that came whole."""

    # whether `exchanged` waits for something, such as a disk, which must not hold up async clients
    waits = False

    def __init__(self, behind: Any) -> None:
        """Watch the transport `behind`."""
        self.behind = behind

    @abc.abstractmethod
    def exchanged(self, asked: wire.Asked, answer: dict[str, Any], seconds: float) -> None:
        """Take note of an answer (HTTP 200) that took `seconds` on the wall clock."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on and watch the answer."""
        request.read()
        asked = _readable(request)
        start = time.perf_counter()
        response: httpx2.Response = self.behind.handle_request(request)
        if response.status_code != 200:
            return response
        if _is_stream(response):
            response.stream = _Watched(response.stream, self, asked, start)
            return response
        response.read()
        self._whole(asked, response.content, start)
        return response

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on and watch the answer."""
        await request.aread()
        asked = _readable(request)
        start = time.perf_counter()
        response: httpx2.Response = await self.behind.handle_async_request(request)
        if response.status_code != 200:
            return response
        if _is_stream(response):
            response.stream = _Watched(response.stream, self, asked, start)
            return response
        await response.aread()
        if self.waits:
            await anyio.to_thread.run_sync(self._whole, asked, response.content, start)
        else:
            self._whole(asked, response.content, start)
        return response

    def close(self) -> None:
        """Close what is behind."""
        self.behind.close()

    async def aclose(self) -> None:
        """Close what is behind."""
        await self.behind.aclose()

    def _whole(self, asked: wire.Asked, content: bytes, start: float) -> None:
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            return  # the SDK will say so
        if isinstance(answer, dict) and answer.get("choices"):
            self.exchanged(asked, answer, time.perf_counter() - start)

    def streamed(self, asked: wire.Asked, events: bytes, start: float) -> None:
        """Take note of a stream that was read to its end."""
        answer = wire.joined(wire.chunks_in(events))
        if answer is not None:
            self.exchanged(asked, answer, time.perf_counter() - start)


def _readable(request: httpx2.Request) -> wire.Asked:
    """Return what is asked for, and see to it that the answer can be watched."""
    asked = wire.asked(request)
    if asked.streams:
        # events are watched as they come over the wire
        request.headers["accept-encoding"] = "identity"
    return asked


def _is_stream(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


class _Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, stream: Any, tap: Tap, asked: wire.Asked, start: float) -> None:
        self._stream, self._tap, self._asked, self._start = stream, tap, asked, start
        self._seen: list[bytes] = []
        self._told = False

    def __iter__(self) -> Iterator[bytes]:
        for data in self._stream:
            self._seen.append(data)
            yield data
        self._done()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._stream:
            self._seen.append(data)
            yield data
        self._done()

    def _done(self) -> None:
        events = b"".join(self._seen)
        if not self._told and b"data: [DONE]" in events:
            self._told = True
            self._tap.streamed(self._asked, events, self._start)

    def close(self) -> None:
        # the SDK stops reading at [DONE], before the stream ends by itself, and closes it
        try:
            self._done()
        finally:
            self._stream.close()

    async def aclose(self) -> None:
        try:
            self._done()
        finally:
            await self._stream.aclose()
