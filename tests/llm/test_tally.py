"""The tally of a context: who counts, and what stays apart."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

from evalfirst.llm import Meter, ReplayTransport, Usage, async_client, client, counting
from evalfirst.llm.tally import Call, current
from tests.llm.conftest import exchange, question


def test_calls_count_for_the_innermost_tally_and_for_the_meter(recorded: Any) -> None:
    meter = Meter()
    sdk = client(ReplayTransport(recorded(exchange(question(), "Hello."))), meter=meter)
    with counting() as outer:
        sdk.chat.completions.create(**question())
        with counting() as inner:
            sdk.chat.completions.create(**question())
            list(sdk.chat.completions.create(**question(), stream=True))
    sdk.chat.completions.create(**question())
    assert outer.usage is not None
    assert outer.usage.calls == 1
    assert inner.usage is not None
    assert (inner.usage.calls, inner.usage.prompt_tokens) == (2, None)  # a stream without usage
    assert meter.total()["calls"] == 4
    assert current() is None


def test_where_no_client_was_used_there_is_no_usage() -> None:
    with counting() as tally:
        pass
    assert tally.usage is None


def test_tasks_side_by_side_have_tallies_of_their_own(recorded: Any) -> None:
    source = ReplayTransport(recorded(exchange(question(), "Hello.")))

    async def work(times: int) -> int:
        sdk = async_client(source)
        with counting() as tally:
            for _ in range(times):
                await sdk.chat.completions.create(**question())
            # calls that one piece of work makes side by side count for it
            both = (sdk.chat.completions.create(**question()) for _ in range(2))
            await asyncio.gather(*both)
        assert tally.usage is not None
        return tally.usage.calls

    async def side_by_side() -> list[int]:
        return await asyncio.gather(work(1), work(3), work(0))

    assert asyncio.run(side_by_side()) == [3, 5, 2]


def test_a_thread_with_a_copy_of_the_context_counts_and_another_one_does_not(recorded: Any) -> None:
    sdk = client(ReplayTransport(recorded(exchange(question(), "Hello."))))

    def ask() -> None:
        sdk.chat.completions.create(**question())

    with counting() as tally:
        inside = threading.Thread(target=contextvars.copy_context().run, args=(ask,))
        threads = (inside, threading.Thread(target=ask))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert tally.usage is not None
    assert tally.usage.calls == 1


def test_usage_adds_up_and_what_is_unknown_stays_unknown() -> None:
    one = Usage.of([Call("a", 5, 2, 1.5, recorded=True, dollars=0.25)])
    two = Usage.of([Call("b", 7, None, 0.5, recorded=False, dollars=None)], retries=3)
    both = one + two
    assert both == Usage(
        calls=2,
        recorded=1,
        retries=3,
        prompt_tokens=12,
        completion_tokens=None,
        model_seconds=2.0,
        recorded_seconds=1.5,
        dollars=None,
        models=("a", "b"),
    )
    assert Usage.from_dict(both.as_dict()) == both
