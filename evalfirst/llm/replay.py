"""Recorded exchanges as a transport: alone, or standing in front of another one."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx2

from evalfirst.llm import wire
from evalfirst.llm.errors import ReplayMiss
from evalfirst.llm.origin import FIELD
from evalfirst.llm.recordings import Exchange, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable

BASE_URL = "http://replay.invalid/v1"


class ReplayTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers what was recorded, and passes on or refuses what was not.

    A request is looked up by its content: endpoint, model, messages and every setting that bears
    on the answer. A request that may be answered differently each time (temperature above 0 and
    no seed) gets its recorded answers one after the other; then it counts as not recorded,
    except that a replay on its own starts over.
    """

    def __init__(
        self,
        recordings: Shelf | Iterable[Path] | Path,
        otherwise: Any = None,
    ) -> None:
        """Replay `recordings` (files or folders).

        Args:
            recordings: where to look, in this order.
            otherwise: transport for what was not recorded; without one, a miss is an error.
        """
        if isinstance(recordings, Path):
            recordings = (recordings,)
        self.shelf = recordings if isinstance(recordings, Shelf) else Shelf(recordings)
        self.otherwise = otherwise
        self._given: Counter[str] = Counter()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request.

        Raises:
            ReplayMiss: it was not recorded and there is nothing else to ask.
        """
        request.read()
        response = self._recorded(wire.asked(request))
        if response is not None:
            return response
        answered: httpx2.Response = self.otherwise.handle_request(request)
        return answered

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        await request.aread()
        # the first look reads the files
        response = await anyio.to_thread.run_sync(self._recorded, wire.asked(request))
        if response is not None:
            return response
        answered: httpx2.Response = await self.otherwise.handle_async_request(request)
        return answered

    def close(self) -> None:
        """Close what is behind."""
        if self.otherwise is not None:
            self.otherwise.close()

    async def aclose(self) -> None:
        """Close what is behind."""
        if self.otherwise is not None:
            await self.otherwise.aclose()

    def _recorded(self, asked: wire.Asked) -> httpx2.Response | None:
        exchange = self._find(asked)
        if exchange is None:
            if self.otherwise is None:
                raise ReplayMiss(self._miss(asked))
            return None
        answer = {
            **exchange.response,
            FIELD: {
                "transport": "replay",
                "recorded": True,
                "seconds": exchange.seconds,
                "recorded_at": exchange.at,
            },
        }
        if asked.streams:
            options = asked.body.get("stream_options") or {}
            return wire.in_pieces(wire.split(answer, usage=bool(options.get("include_usage"))))
        return wire.whole(answer)

    def _find(self, asked: wire.Asked) -> Exchange | None:
        found = self.shelf.find(asked.key)
        if not asked.sampled:
            return found[0] if found else None
        with self._lock:
            turn = self._given[asked.key]
            # counted on a miss, too: the new answer goes on the shelf, and this client has had it
            self._given[asked.key] += 1
        if not found or (turn >= len(found) and self.otherwise is not None):
            return None
        return found[turn % len(found)]

    def _miss(self, asked: wire.Asked) -> str:
        places = ", ".join(str(path) for path in self.shelf.paths) or "no files"
        return (
            f"this request was not recorded: model {asked.body.get('model')!r}, prompt "
            f'"{asked.prompt}" (key {asked.key}; {len(self.shelf)} recorded requests in '
            f"{places}). Any change to the prompt or a setting makes it a new request. To record "
            "it, run the same code once with EVALFIRST_LLM=embedded and "
            "EVALFIRST_RECORD=<a .jsonl file in one of these folders>."
        )
