"""Serving an app with uvicorn, and ending without losing a request."""

from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

# Seconds for what is still being sent or received when everything else has ended.
_LAST = 5


class CannotServe(RuntimeError):
    """The service cannot start; the message says why."""


def serve(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8000,
    grace: float = 30.0,
    *,
    ready: Callable[[str], Any] | None = None,
) -> None:
    """Serve `app` until SIGTERM or Ctrl+C, and let the requests under way end.

    From the signal on, new requests get 503 with `Retry-After`. When the last request is
    answered, or after `grace` seconds, the process ends; requests that are not answered by then
    get 503, too. A second signal ends the grace.

    Args:
        app: made by `create_app`.
        host: where to listen; by default only this computer is answered.
        port: 0 chooses a free one.
        grace: seconds.
        ready: called with the URL once requests are answered.

    Raises:
        CannotServe: nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise CannotServe(
            f"nothing can listen on {host}, port {port}: {str(error).rstrip('.')}. Choose another "
            "port; 0 takes a free one."
        ) from error
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        # the request log says what there is to say, and our program owns the logging
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_LAST,
    )
    _Draining(config, app, grace, lambda: (ready or _say)(url)).run([listener])


def _say(url: str) -> None:
    sys.stderr.write(f"Serving at {url}. Stop with Ctrl+C.\n")


class _Draining(uvicorn.Server):
    """A server that drains at the first signal, and cuts off at the second one."""

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, grace: float, ready: Callable[[], Any]
    ) -> None:
        super().__init__(config)
        self._app, self._grace, self._ready = app, grace, ready
        self._until: float | None = None
        self._cut = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: Any) -> None:  # noqa: ARG002  (the server's interface)
        if self._until is None:
            self._app.state.drain()
            self._until = time.monotonic() + self._grace
        elif not self._cut:
            self._until = 0.0
        else:
            self.should_exit = self.force_exit = True

    async def on_tick(self, counter: int) -> bool:
        if self._until is not None:
            if self._app.state.under_way() == 0:
                return True
            if time.monotonic() > self._until:
                if self._cut:
                    return True  # a body that still arrives
                # once they are answered, a later tick finds nothing under way
                self._app.state.cut_off()
                self._cut = True
                self._until = time.monotonic() + _LAST
        return await super().on_tick(counter)
