"""The meter: every call counted, unknown sums left unknown, prices dated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from evalfirst.llm import Meter, ReplayTransport, async_client, client
from evalfirst.llm.models import ALIASES
from evalfirst.llm.prices import PRICES, cost, price

from .conftest import answer, exchange, question

Recorded = Callable[..., Path]


def test_every_call_is_counted_with_the_seconds_of_its_making(recorded: Recorded) -> None:
    path = recorded(*(exchange(question(str(i)), "Hello.") for i in range(10)))
    meter = Meter()
    sdk = client(ReplayTransport(path), meter=meter)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda i: sdk.chat.completions.create(**question(str(i))), range(10)))
    assert meter.total() == {
        "calls": 10,
        "recorded": 10,
        "prompt_tokens": 120,
        "completion_tokens": 30,
        "seconds": 12.5,
        "dollars": 0.0,
    }


def test_a_sum_with_an_unknown_part_is_unknown(recorded: Recorded) -> None:
    body = answer("Hello.", model="nobodys-model")
    path = recorded(exchange(question(), "Hello.", response=body, seconds=None))
    meter = Meter()
    client(ReplayTransport(path), meter=meter).chat.completions.create(**question())
    assert meter.total()["dollars"] is None
    assert meter.total()["prompt_tokens"] == 12


def test_a_stream_without_usage_counts_as_a_call_of_unknown_tokens(recorded: Recorded) -> None:
    meter = Meter()
    sdk = client(ReplayTransport(recorded(exchange(question(), "Hello."))), meter=meter)
    list(sdk.chat.completions.create(**question(), stream=True))
    list(
        sdk.chat.completions.create(
            **question(), stream=True, stream_options={"include_usage": True}
        )
    )
    assert [call.prompt_tokens for call in meter.calls] == [None, 12]
    assert meter.total()["prompt_tokens"] is None


def test_a_stream_is_counted_once_as_soon_as_it_is_read(recorded: Recorded) -> None:
    source, meter = ReplayTransport(recorded(exchange(question(), "Hello there."))), Meter()
    for _ in client(source, meter=meter).chat.completions.create(**question(), stream=True):
        pass
    assert meter.total()["calls"] == 1

    async def read() -> int:
        sdk = async_client(source, meter=meter)
        async for _ in await sdk.chat.completions.create(**question(), stream=True):
            pass
        return int(meter.total()["calls"])

    assert asyncio.run(read()) == 2


def test_cached_tokens_cost_less() -> None:
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}
    assert cost("gpt-4.1-mini", usage) == pytest.approx(2.00)
    usage["prompt_tokens_details"] = {"cached_tokens": 1_000_000}  # type: ignore[assignment]
    assert cost("gpt-4.1-mini", usage) == pytest.approx(1.70)


def test_dated_versions_have_their_models_price_and_other_names_none() -> None:
    assert price("gpt-4.1-mini-2025-04-14") == price("gpt-4.1-mini")
    assert price("gpt-4.1-mini-preview") is None
    assert cost("gpt-4.1-mini", {"prompt_tokens": 5}) is None


def test_every_alias_has_a_price_and_every_price_a_date() -> None:
    for model in ALIASES.values():
        assert price(model.embedded) is not None
        assert price(model.live) is not None
    for listed in PRICES.values():
        assert date.fromisoformat(listed.as_of).year >= 2026
