"""What can be known of a feature or scorer, a function or an object, before it is called."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def name_of(call: Callable[..., Any]) -> str:
    """Return its name, or its class's."""
    return str(getattr(call, "__name__", type(call).__name__))


def prompt_version_of(feature: Callable[..., Any]) -> str | None:
    """Return the version of its prompt, where it names one by a `prompt_version`."""
    prompt = getattr(feature, "prompt_version", None)
    return None if prompt is None else str(prompt)


def is_async(call: object) -> bool:
    """Return whether a call has to be awaited; callable objects may be async, too."""
    inner = getattr(call, "__call__", None)  # noqa: B004  (the method, not whether there is one)
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(inner)
