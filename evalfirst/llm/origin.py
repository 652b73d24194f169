"""Where an answer came from: the model itself, or a recording of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# The field of a response that carries it; the SDK keeps fields that it does not know.
FIELD = "evalfirst"


@dataclass(frozen=True)
class Provenance:
    """Where one answer came from.

    Attributes:
        recorded: whether it was read from a recording.
        seconds: what the model took for it, when it was made; `None` if nobody measured. An
            embedded model's time in the queue does not count.
        transport: `embedded`, `live` or `replay`.
        recorded_at: ISO 8601 time in UTC of the recording, or `None`.
    """

    recorded: bool
    seconds: float | None
    transport: str
    recorded_at: str | None = None


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer's body says about where it came from; nothing from other servers."""
    found = answer.get(FIELD)
    if not isinstance(found, dict):
        return {}
    return found if isinstance(found.get("seconds"), int | float | None) else {}


def provenance(response: Any) -> Provenance:
    """Return where `response` (a completion of the SDK) came from.

    Use it for latency figures: a recorded answer returns at once, and its own `seconds` are
    the ones that count. A live server's answer carries no seconds; a `Meter` measures them.
    """
    said = told(getattr(response, "model_extra", None) or {})
    if not said:
        return Provenance(recorded=False, seconds=None, transport="live")
    return Provenance(
        recorded=bool(said.get("recorded")),
        seconds=said.get("seconds"),
        transport=str(said.get("transport", "live")),
        recorded_at=said.get("recorded_at"),
    )
