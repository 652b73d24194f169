"""Recording: every new exchange is appended to a file, so that it can be replayed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from evalfirst.llm.origin import FIELD, told
from evalfirst.llm.recordings import Exchange, append
from evalfirst.llm.tap import Tap

if TYPE_CHECKING:
    from pathlib import Path

    from evalfirst.llm import wire


class RecordingTransport(Tap):
    """Appends the exchanges of the transport behind it; recorded answers are not recorded again."""

    waits = True

    def __init__(self, behind: Any, path: Path) -> None:
        """Record to `path` (JSON Lines), which the first exchange creates.

        A call raises `CannotRecord` if its exchange cannot be written.
        """
        super().__init__(behind)
        self.path = path

    def exchanged(self, asked: wire.Asked, answer: dict[str, Any], seconds: float) -> None:
        """Write one exchange down."""
        said = told(answer)
        if said.get("recorded"):
            return
        append(self.path, exchange_of(asked, answer, said.get("seconds", round(seconds, 4))))


def exchange_of(asked: wire.Asked, answer: dict[str, Any], seconds: float | None) -> Exchange:
    """Return what is kept of a request and its answer."""
    return Exchange(
        endpoint=asked.endpoint,
        request=asked.content,
        response={k: v for k, v in answer.items() if k not in (FIELD, "timings")},
        seconds=seconds,
        model=str(answer.get("model", "")),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
