"""The way that every request takes in and out: its id, and its line in the log."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders

from evalfirst.service.kinds import KINDS
from evalfirst.service.problems import Problem
from evalfirst.service.question import request_id
from evalfirst.service.request_log import Entry
from evalfirst.service.telemetry import of_request, trace_id

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from evalfirst.service.request_log import RequestLog
    from evalfirst.service.work import Desk

_HEADER = "X-Request-ID"
_KEY = "evalfirst.entry"


def entry_of(scope: Any) -> Entry:
    """Return what is known of the request at hand."""
    entry: Entry = scope[_KEY]
    return entry


class Passage:
    """ASGI middleware: every answer carries the request's id, and is logged before it is sent."""

    def __init__(self, app: ASGIApp, desk: Desk, log: RequestLog) -> None:
        """Stand in front of `app`."""
        self._app, self._desk, self._log = app, desk, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entry = Entry(request_id(Headers(scope=scope).get(_HEADER)), time.perf_counter())
        scope[_KEY] = entry
        span = trace.get_current_span()
        entry.trace_id = trace_id(span)
        counts = scope["path"].startswith("/v1/")
        told = False

        def tell(status: int) -> None:
            nonlocal told
            told = True
            if counts:
                self._log.write(entry, status, time.perf_counter() - entry.started)
                of_request(span, entry)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[_HEADER] = entry.request_id
                tell(message["status"])
            await send(message)

        self._desk.under_way += counts
        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            # the server ends at once: nobody can be answered, but the log can be told
            if not told:
                entry.kind = "cut_off"
                status, _, entry.outcome = KINDS["cut_off"]
                tell(status)
            raise
        except Exception as error:
            if told:
                raise
            # a fault of ours; the server would print its text, which may hold the input
            problem = Problem("internal_error", "The service failed. The request log names where.")
            entry.outcome, entry.kind = problem.outcome, problem.kind
            entry.failed(error)
            await problem.response(entry.request_id)(scope, receive, sending)
        finally:
            self._desk.under_way -= counts
