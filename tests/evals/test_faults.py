"""Runs over a service that fails: no sample lost, none counted twice, totals right."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter

import httpx2
import pytest

from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.scorers import exact
from evalfirst.llm import FaultyTransport, async_client, client, faults, wire
from tests.llm.conftest import answer

N = 2000
# one in ten, over every loud kind and every spoilt answer
RATES = dict.fromkeys(
    (
        "too_many_requests",
        "server_error",
        "overloaded",
        "timeout",
        "reset",
        "truncated",
        "malformed",
        "broken_content",
        "refusal",
        "empty",
    ),
    0.01,
)


class Parity(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Knows whether a number is odd, and says so in JSON."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        number = int(wire.asked(request).body["messages"][-1]["content"])
        return httpx2.Response(200, json=answer(json.dumps({"odd": number % 2 == 1})))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


class NoAnswer(ValueError):
    pass


def read(completion) -> bool:
    message = completion.choices[0].message
    if message.refusal or not message.content:
        raise NoAnswer(message.refusal or "empty")
    return json.loads(message.content)["odd"]


def asked(text: str) -> dict:
    return {
        "model": "small",
        "temperature": 0,
        "messages": [{"role": "user", "content": text}],
    }


def service(seed: int = 5) -> FaultyTransport:
    return FaultyTransport(Parity(), faults.AtRandom(RATES, seed))


def numbers(n: int = N) -> EvalSet:
    return EvalSet(tuple(Sample(str(i), str(i), i % 2 == 1) for i in range(n)), "numbers")


def sync_feature(transport: FaultyTransport, retries: int = 0):
    openai_client = client(transport, max_retries=retries)

    def feature(text: str) -> bool:
        return read(openai_client.chat.completions.create(**asked(text)))

    feature.version = "1"
    return feature


def async_feature(transport: FaultyTransport):
    openai_client = async_client(transport, max_retries=0)

    async def feature(text: str) -> bool:
        return read(await openai_client.chat.completions.create(**asked(text)))

    feature.version = "1"
    return feature


def doomed(transport: FaultyTransport) -> Counter:
    """What the schedule says of the first attempt at each sample."""
    fates = Counter()
    for sample in numbers():
        request = httpx2.Request("POST", "http://x/v1/chat/completions", json=asked(sample.input))
        key = wire.asked(request).key
        fate = transport.schedule(faults.Attempt(key, 1, 0))
        if fate is not None:
            fates[sample.id] = fate
    return fates


@pytest.fixture(scope="module")
def fates() -> Counter:
    return doomed(service())


@pytest.mark.parametrize(("make", "concurrency"), [(sync_feature, 1), (async_feature, 50)])
def test_each_failure_is_one_that_was_injected_and_every_other_sample_is_right(
    make, concurrency, fates
):
    transport = service()
    result = run(make(transport), numbers(), [exact()], concurrency=concurrency)
    assert len(result) == N
    assert [r.id for r in result.results] == [str(i) for i in range(N)]
    assert {r.id for r in result.failures} == set(fates)
    assert 150 < len(fates) < 250
    assert len(transport.injected) == len(fates)
    assert transport.requests == N
    assert result.passes() == N - len(fates)
    assert result.accuracy() == (N - len(fates)) / N
    assert result.accuracy(errors="excluded") == 1.0
    kinds = Counter(r.failure.kind for r in result.failures)
    spoilt = Counter(fates.values())
    assert kinds == {
        "RateLimitError": spoilt["too_many_requests"],
        "InternalServerError": spoilt["server_error"] + spoilt["overloaded"],
        "APITimeoutError": spoilt["timeout"],
        "APIConnectionError": spoilt["reset"],
        "JSONDecodeError": spoilt["truncated"] + spoilt["malformed"] + spoilt["broken_content"],
        "NoAnswer": spoilt["refusal"] + spoilt["empty"],
    }


def test_the_same_samples_fail_in_the_same_way_whoever_asks_first():
    sets = numbers(300)
    outcomes = []
    for make, concurrency in itertools.product((sync_feature, async_feature), (1, 50)):
        done = run(make(service()), sets, [exact()], concurrency=concurrency)
        outcomes.append([(r.id, r.output, r.failure and r.failure.kind) for r in done.results])
    assert outcomes.count(outcomes[0]) == 4
    assert 15 < sum(kind is not None for _, _, kind in outcomes[0]) < 50


def test_a_run_that_is_taken_up_again_asks_only_for_what_failed(tmp_path, fates):
    transport = service()
    feature = sync_feature(transport)
    cache = tmp_path / "run.jsonl"
    first = run(feature, numbers(), [exact()], cache=cache, concurrency=8)
    assert len(first.failures) == len(fates)
    second = run(feature, numbers(), [exact()], cache=cache, concurrency=8)
    assert transport.requests == N + len(fates)
    # each second attempt is drawn anew
    again = len(transport.injected) - len(fates)
    assert len(second.failures) == again < len(fates) / 3
    assert second.passes() == N - again


def test_the_sdks_retries_leave_only_what_retrying_cannot_mend(monkeypatch, fates):
    monkeypatch.setattr("openai._base_client.time.sleep", lambda _: None)
    transport = service()
    result = run(sync_feature(transport, retries=4), numbers(), [exact()], concurrency=8)
    kinds = Counter(r.failure.kind for r in result.failures)
    assert set(kinds) == {"JSONDecodeError", "NoAnswer"}
    lasting = {"truncated", "malformed", "broken_content", "refusal", "empty"}
    doomed_at_once = {i for i, fate in fates.items() if fate in lasting}
    assert doomed_at_once <= {r.id for r in result.failures}
    assert len(result) == N


def test_a_timeout_of_the_run_itself_is_a_failure_too_and_the_rest_goes_on():
    async def feature(text: str) -> bool:
        if text == "3":
            await asyncio.Event().wait()
        return int(text) % 2 == 1

    result = run(feature, numbers(6), [exact()], timeout=0.05)
    assert [(r.id, r.failure.kind) for r in result.failures] == [("3", "TimeoutError")]
    assert result.passes() == 5
