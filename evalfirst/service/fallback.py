"""How a feature says that it answered without its model, or with a poorer one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mark:
    """Whether the request at hand was answered by a fallback."""

    def __init__(self) -> None:
        """Begin unmarked."""
        self.set = False


_current: ContextVar[Mark | None] = ContextVar("evalfirst_fallback", default=None)


def mark_fallback() -> None:
    """Say, from inside a feature, that the request at hand is answered by a fallback.

    The answer's `fallback` and the log's `outcome` show it. Outside a service it does nothing.
    """
    if (mark := _current.get()) is not None:
        mark.set = True


@contextmanager
def watching() -> Iterator[Mark]:
    """Collect the mark of one request."""
    mark = Mark()
    token = _current.set(mark)
    try:
        yield mark
    finally:
        _current.reset(token)


def says_fallback(output: object) -> bool:
    """Return whether an output says itself that it is a fallback: `{"fallback": True, ...}`."""
    return isinstance(output, Mapping) and output.get("fallback") is True
