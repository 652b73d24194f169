"""Calling any feature, sync or async, from an event loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any

from evalfirst.evals.callables import is_async

if TYPE_CHECKING:
    from collections.abc import Callable


async def outcome_of(call: Callable[..., Any], given: Any) -> tuple[BaseException | None, Any]:
    """Call a feature and return what it raised, or `None`, and its output."""
    if not is_async(call):
        return await in_thread(call, given)
    try:
        return None, await call(given)
    except Exception as error:
        return error, None


async def in_thread(call: Callable[..., Any], given: Any) -> tuple[BaseException | None, Any]:
    """Run a sync feature in a thread of its own that does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[tuple[BaseException | None, Any]] = loop.create_future()
    context = contextvars.copy_context()

    def work() -> None:
        outcome: tuple[BaseException | None, Any]
        try:
            outcome = None, context.run(call, given)
        except BaseException as error:
            outcome = error, None
        try:
            loop.call_soon_threadsafe(tell, ended, outcome)
        except RuntimeError:
            # the loop is closed: the service ended without waiting for us
            return

    threading.Thread(target=work, name="evalfirst-feature", daemon=True).start()
    return await ended


def tell(waiting: asyncio.Future[Any], result: Any) -> None:
    """Give a future its result, if it has none yet."""
    if not waiting.done():
        waiting.set_result(result)
