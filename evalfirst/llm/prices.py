"""A dated table of prices, so that money in a report can be traced to its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.llm.models import ALIASES

if TYPE_CHECKING:
    from collections.abc import Mapping

_MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """List price of one model, in US dollars per million tokens, standard tier.

    Attributes:
        prompt, cached, completion: tokens sent, sent again from the server's cache, answered.
        as_of: the day on which the price was read; look again before you budget with it.
    """

    prompt: float
    cached: float
    completion: float
    as_of: str


# Published list prices of developers.openai.com/api/docs/pricing on the day named.
PRICES: dict[str, Price] = {
    "gpt-4.1-mini": Price(0.40, 0.10, 1.60, "2026-05-07"),
    "gpt-4.1-nano": Price(0.10, 0.025, 0.40, "2026-05-07"),
    "gpt-5.4-mini": Price(0.75, 0.075, 4.50, "2026-03-20"),
    "gpt-5.4-nano": Price(0.20, 0.02, 1.25, "2026-03-20"),
    "gpt-5.6-luna": Price(0.20, 0.02, 1.20, "2026-07-30"),
    # your own CPU; the electricity is not counted
    **{model.embedded: Price(0.0, 0.0, 0.0, "2026-01-01") for model in ALIASES.values()},
}


def price(model: str) -> Price | None:
    """Return the price of a model, dated versions such as `gpt-4.1-mini-2025-04-14` included."""
    if model in PRICES:
        return PRICES[model]
    name, _, date = model.rpartition("-20")
    return PRICES.get(name) if name and date[:2].isdigit() else None


def cost(model: str, usage: Mapping[str, Any]) -> float | None:
    """Return what a call cost, in US dollars; `None` if price or token counts are unknown.

    Args:
        model: the model's real name.
        usage: the `usage` of the response, as a mapping.
    """
    listed = price(model)
    sent, answered = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if listed is None or sent is None or answered is None:
        return None
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    spent = (sent - cached) * listed.prompt + cached * listed.cached + answered * listed.completion
    return float(spent / _MILLION)
