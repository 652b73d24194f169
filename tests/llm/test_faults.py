"""Faults: what a feature's call layer meets, exactly as a real server would cause it."""

from __future__ import annotations

import asyncio
import email.utils
import itertools
import json
import time

import httpx2
import openai
import pytest

from evalfirst.llm import (
    FaultyTransport,
    RecordingTransport,
    async_client,
    client,
    faults,
    wire,
)
from evalfirst.llm.faults import Attempt, Fault
from evalfirst.llm.faulty import at_high_temperature
from evalfirst.llm.replay import ReplayTransport
from tests.llm import broken_servers
from tests.llm.conftest import answer, loopback, question


class Scripted(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers with the last message, upside down; keeps what it was sent."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.bodies: list[dict] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = wire.asked(request)
        self.bodies.append(asked.body)
        reply = answer(self.prefix + asked.body["messages"][-1]["content"][::-1])
        if asked.streams:
            return wire.in_pieces(wire.split(reply, usage=False))
        return httpx2.Response(200, json=reply)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


def sdk(kind: Fault | str, *, retries: int = 0, attempts: int | None = None, **more):
    schedule = faults.Outage(kind) if attempts is None else faults.FirstAttempts(kind, attempts)
    transport = FaultyTransport(Scripted(), schedule, **more)
    return client(transport, max_retries=retries), transport


def said(openai_client: openai.OpenAI, text: str = "abc") -> str | None:
    return openai_client.chat.completions.create(**question(text)).choices[0].message.content


RAISES = {
    Fault.TOO_MANY_REQUESTS: openai.RateLimitError,
    Fault.SERVER_ERROR: openai.InternalServerError,
    Fault.UNAVAILABLE: openai.InternalServerError,
    Fault.OVERLOADED: openai.InternalServerError,
    Fault.BAD_REQUEST: openai.BadRequestError,
    Fault.TIMEOUT: openai.APITimeoutError,
    Fault.CONNECT_TIMEOUT: openai.APITimeoutError,
    Fault.RESET: openai.APIConnectionError,
    Fault.TRUNCATED: json.JSONDecodeError,
    Fault.MALFORMED: json.JSONDecodeError,
}


@pytest.mark.parametrize(("kind", "error"), RAISES.items())
def test_each_loud_fault_is_the_exception_that_the_sdk_has_for_it(kind, error):
    openai_client, transport = sdk(kind)
    with pytest.raises(error):
        said(openai_client)
    assert [i.fault for i in transport.injected] == [kind]

    faulty = FaultyTransport(Scripted(), faults.Outage(kind))
    with pytest.raises(error):
        asyncio.run(async_client(faulty, max_retries=0).chat.completions.create(**question("abc")))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "too_many_requests"), (500, "server_error"), (503, "unavailable"), (529, "overloaded")],
)
def test_an_http_error_is_the_one_that_a_real_server_causes(status, kind):
    injected, _ = sdk(kind)
    with pytest.raises(openai.APIStatusError) as ours:
        said(injected)
    with loopback(status, {"error": {"message": "no", "type": "x"}}) as server:
        real = openai.OpenAI(base_url=server.url, api_key="x", max_retries=0)
        with pytest.raises(openai.APIStatusError) as theirs:
            said(real)
    assert type(ours.value) is type(theirs.value)
    assert ours.value.status_code == theirs.value.status_code == status


@pytest.mark.parametrize(
    ("kind", "send"),
    [
        ("reset", broken_servers.no_answer),
        ("reset", broken_servers.reset),
        ("truncated", broken_servers.half_a_body),
    ],
)
def test_a_broken_answer_is_the_exception_that_a_real_servers_one_is(kind, send):
    expected = RAISES[Fault(kind)]
    with pytest.raises(expected) as ours:
        said(sdk(kind)[0])
    with broken_servers.broken(send) as url:
        real = openai.OpenAI(base_url=url, api_key="x", max_retries=0)
        with pytest.raises(expected) as theirs:
            said(real)
    assert type(ours.value) is type(theirs.value) is expected


def test_a_page_where_json_should_be_is_what_a_real_servers_page_is():
    with loopback(200, "<html>busy</html>") as server:
        real = openai.OpenAI(base_url=server.url, api_key="x", max_retries=0)
        with pytest.raises(json.JSONDecodeError):
            said(real)


def pieces(openai_client: openai.OpenAI, seen: list[str]) -> str:
    """Read a stream; what came before an error is in `seen`."""
    stream = openai_client.chat.completions.create(**question("a b c d e f"), stream=True)
    seen.extend(chunk.choices[0].delta.content or "" for chunk in stream)
    return "".join(seen)


def test_a_stream_breaks_off_as_a_real_servers_does():
    ours, theirs = [], []
    with pytest.raises(openai.APIConnectionError):
        pieces(sdk("reset")[0], ours)
    with broken_servers.broken(broken_servers.dropped_stream) as url:
        real = openai.OpenAI(base_url=url, api_key="x", max_retries=0)
        with pytest.raises(openai.APIConnectionError):
            pieces(real, theirs)
    assert 0 < len("".join(ours)) < len("f e d c b a")
    assert theirs == ["a", "b"]

    # worse: no error at all, the answer is just short
    assert 0 < len(pieces(sdk("truncated")[0], [])) < len("f e d c b a")
    with broken_servers.broken(broken_servers.half_a_stream) as url:
        real = openai.OpenAI(base_url=url, api_key="x", max_retries=0)
        assert pieces(real, []) == "ab"


def test_a_stream_breaks_off_for_async_clients_too():
    async def read(kind: str, seen: list[str]) -> str:
        faulty = FaultyTransport(Scripted(), faults.Outage(kind))
        create = async_client(faulty, max_retries=0).chat.completions.create
        async for chunk in await create(**question("a b c d e f"), stream=True):
            seen += [chunk.choices[0].delta.content or ""]
        return "".join(seen)

    seen: list[str] = []
    with pytest.raises(openai.APIConnectionError):
        asyncio.run(read("reset", seen))
    assert 0 < len("".join(seen)) < len("f e d c b a")
    assert 0 < len(asyncio.run(read("truncated", []))) < len("f e d c b a")


@pytest.fixture
def naps(monkeypatch) -> list[float]:
    """Seconds that the SDK would have waited before it tried again."""
    waited: list[float] = []
    monkeypatch.setattr("openai._base_client.time.sleep", waited.append)
    return waited


@pytest.mark.parametrize(
    "kind",
    [
        "too_many_requests",
        "server_error",
        "unavailable",
        "overloaded",
        "timeout",
        "connect_timeout",
        "reset",
    ],
)
def test_a_transient_fault_is_survived_by_the_sdks_own_retries(kind, naps):
    openai_client, transport = sdk(kind, retries=2, attempts=2)
    assert said(openai_client) == "cba"
    assert transport.requests == 3
    assert len(naps) == 2


def test_the_sdk_waits_as_long_as_retry_after_says(naps):
    openai_client, _ = sdk("too_many_requests", retries=1, attempts=1, retry_after="7")
    assert said(openai_client) == "cba"
    assert naps == [7.0]


def test_retry_after_may_be_a_date(naps):
    later = email.utils.formatdate(time.time() + 60, usegmt=True)
    openai_client, _ = sdk("unavailable", retries=1, attempts=1, retry_after=later)
    assert said(openai_client) == "cba"
    assert 30 < naps[0] <= 60


def test_the_sdk_does_not_try_again_when_it_would_wait_for_over_two_minutes(naps):
    openai_client, transport = sdk("too_many_requests", retries=3, retry_after="121")
    with pytest.raises(openai.RateLimitError):
        said(openai_client)
    assert (transport.requests, naps) == (1, [])


def test_async_retries_wait_as_long_as_retry_after_says(monkeypatch):
    waited: list[float] = []

    async def nap(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("openai._base_client.anyio.sleep", nap)
    faulty = FaultyTransport(Scripted(), faults.FirstAttempts("overloaded", 2), retry_after="3")
    sdk_client = async_client(faulty, max_retries=2)
    reply = asyncio.run(sdk_client.chat.completions.create(**question("abc")))
    assert reply.choices[0].message.content == "cba"
    assert waited == [3.0, 3.0]


@pytest.mark.parametrize("kind", ["bad_request", "malformed", "truncated"])
def test_what_asking_again_does_not_mend_is_not_asked_again(kind, naps):
    openai_client, transport = sdk(kind, retries=3)
    with pytest.raises(RAISES[Fault(kind)]):
        said(openai_client)
    assert (transport.requests, naps) == (1, [])


def test_a_fault_in_the_answer_itself_passes_the_sdk_without_an_error():
    def choice(kind):
        return sdk(kind)[0].chat.completions.create(**question("abcdef")).choices[0]

    assert choice("empty").message.content == ""
    refused = choice("refusal").message
    assert refused.content is None
    assert refused.refusal
    cut = choice("cut_off")
    assert (cut.message.content, cut.finish_reason) == ("fed", "length")
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice("broken_content").message.content)
    assert "category" not in json.loads(choice("off_schema").message.content)


def test_a_fault_in_the_answer_is_in_its_stream_too():
    assert pieces(sdk("empty")[0], []) == ""
    assert pieces(sdk("cut_off")[0], []) == "f e d"
    stream = sdk("refusal")[0].chat.completions.create(**question("abc"), stream=True)
    deltas = [chunk.choices[0].delta for chunk in stream]
    assert not any(delta.content for delta in deltas)
    assert "".join(delta.refusal or "" for delta in deltas).startswith("I am sorry")


def test_tokens_that_crawl_come_in_one_by_one():
    waited: list[float] = []
    crawling, _ = sdk("slow_tokens", token_seconds=2.0, sleep=waited.append)
    stream = iter(crawling.chat.completions.create(**question("a b c"), stream=True))
    gone = [sum(waited) for _ in stream]
    assert gone == sorted(set(gone))
    assert gone[0] == 2.0
    assert set(waited) == {2.0}

    # in one piece it comes when the last of its three tokens has come
    waited.clear()
    assert said(crawling) == "cba"
    assert waited == [6.0]


def test_a_limit_is_on_the_wait_for_the_next_token_and_never_ends_a_stream_that_crawls():
    waited: list[float] = []
    faulty = FaultyTransport(
        Scripted(), faults.Outage("slow_tokens"), token_seconds=2.0, sleep=waited.append
    )
    patient = client(faulty, max_retries=0, timeout=3.0)
    assert pieces(patient, []) == "f e d c b a"
    assert sum(waited) > 10
    with pytest.raises(openai.APITimeoutError):
        said(patient)

    async def read() -> list:
        create = async_client(faulty, max_retries=0, timeout=1.0).chat.completions.create
        return [chunk async for chunk in await create(**question("abc"), stream=True)]

    with pytest.raises(openai.APITimeoutError):
        asyncio.run(read())


def test_a_slow_answer_waits_on_the_clock_that_it_is_given():
    waited = []
    openai_client, _ = sdk("slow", seconds=12.0, sleep=waited.append)
    assert said(openai_client) == "cba"
    assert waited == [12.0]

    async def nap(seconds: float) -> None:
        waited.append(seconds)

    faulty = FaultyTransport(Scripted(), faults.Outage("slow"), seconds=3.0, sleep=nap)
    reply = asyncio.run(async_client(faulty).chat.completions.create(**question("abc")))
    assert reply.choices[0].message.content == "cba"
    assert waited == [12.0, 3.0]


def test_a_slow_answer_is_not_waited_for_longer_than_the_client_has_patience():
    waited: list[float] = []
    faulty = FaultyTransport(Scripted(), faults.Outage("slow"), seconds=12, sleep=waited.append)
    with pytest.raises(openai.APITimeoutError):
        said(client(faulty, max_retries=0, timeout=5.0))
    assert waited == [5.0]
    assert faulty.behind.bodies == []

    patient = async_client(faulty, max_retries=0, timeout=None)
    asyncio.run(patient.chat.completions.create(**question("abc")))
    hasty = async_client(faulty, max_retries=0, timeout=2.0)
    with pytest.raises(openai.APITimeoutError):
        asyncio.run(hasty.chat.completions.create(**question("abc")))
    assert waited == [5.0, 12, 2.0]


def test_silent_faults_answer_like_any_other():
    worse = FaultyTransport(
        Scripted(), faults.Outage("worse_model", start=1), worse=Scripted("worse: ")
    )
    openai_client = client(worse, max_retries=0)
    assert [said(openai_client), said(openai_client)] == ["cba", "worse: cba"]

    behind = Scripted()
    lost = client(FaultyTransport(behind, faults.Outage("changed_prompt")), max_retries=0)
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "abc"}]
    lost.chat.completions.create(model="small", messages=messages)
    assert [m["role"] for m in behind.bodies[0]["messages"]] == ["user"]

    def old(body: dict) -> dict:
        return {**body, "messages": [{"role": "user", "content": "old passage"}]}

    stale = client(FaultyTransport(behind, faults.Outage("stale_context"), stale=old))
    assert said(stale) == "egassap dlo"


def test_a_worse_model_may_be_the_same_one_under_worse_settings():
    behind = Scripted()
    faulty = FaultyTransport(behind, faults.Outage("worse_model"), worse=at_high_temperature)
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    with client(faulty) as sdk_client:
        sdk_client.chat.completions.create(**question("abc"), response_format=shape)
    sent = question("abc", temperature=2.0, seed=0)
    assert behind.bodies == [sent]
    assert [i.fault for i in faulty.injected] == ["worse_model"]


def test_a_silent_fault_without_its_means_says_what_to_pass():
    for kind, hint in (("worse_model", "pass worse="), ("stale_context", "pass stale=")):
        with pytest.raises(ValueError, match=hint):
            said(sdk(kind)[0])


def test_at_random_keeps_its_rates_and_does_not_depend_on_the_order():
    schedule = faults.AtRandom({"timeout": 0.1, "server_error": 0.2}, seed=3)
    attempts = [Attempt(str(i), 1, i) for i in range(4000)]
    drawn = {a.key: schedule(a) for a in attempts}
    share = {kind: sum(f == kind for f in drawn.values()) / 4000 for kind in Fault}
    assert share[Fault.TIMEOUT] == pytest.approx(0.1, abs=0.015)
    assert share[Fault.SERVER_ERROR] == pytest.approx(0.2, abs=0.02)
    again = faults.AtRandom({"timeout": 0.1, "server_error": 0.2}, seed=3)
    assert {a.key: again(Attempt(a.key, 1, 9)) for a in reversed(attempts)} == drawn
    other = faults.AtRandom({"timeout": 0.1, "server_error": 0.2}, seed=4)
    assert {a.key: other(a) for a in attempts} != drawn


def test_a_retry_is_drawn_anew_unless_the_fault_lasts():
    once = faults.AtRandom({"timeout": 0.5}, seed=1)
    fates = [[once(Attempt(str(k), n, 0)) for n in (1, 2, 3)] for k in range(200)]
    assert any(f[0] and not f[1] for f in fates)
    lasting = faults.AtRandom({"timeout": 0.5}, seed=1, lasting=True)
    assert all(len({lasting(Attempt(str(k), n, 0)) for n in (1, 2, 3)}) == 1 for k in range(200))


def test_outages_conditions_and_combinations():
    outage = faults.Outage("unavailable", start=2, length=3)
    hit = [i for i in range(8) if outage(Attempt("k", 1, i))]
    assert hit == [2, 3, 4]
    night = [14]
    later = faults.While(faults.Outage("worse_model"), lambda: night[0] >= 15, "from night 15 on")
    assert later.describe() == (
        "From night 15 on: Every request: worse_model (a worse model answers under the same name)."
    )
    assert later(Attempt("k", 1, 0)) is None
    night[0] = 15
    assert later(Attempt("k", 1, 0)) is Fault.WORSE_MODEL
    both = faults.FirstOf((faults.FirstAttempts("timeout"), outage))
    assert both(Attempt("k", 1, 2)) is Fault.TIMEOUT
    assert both(Attempt("k", 2, 2)) is Fault.UNAVAILABLE
    assert both(Attempt("k", 2, 7)) is None
    assert "first attempt" in both.describe()
    assert "HTTP 503" in both.describe()


@pytest.mark.parametrize(
    ("rates", "complaint"),
    [
        ({"timeout": -0.1}, "0 or more"),
        ({"timeout": 0.6, "reset": 0.6}, "add up to 1.2"),
        ({"timeout": float("nan")}, "0 or more"),
        ({"earthquake": 0.1}, "no fault is called 'earthquake'; there are: too_many_requests"),
    ],
)
def test_rates_that_are_no_shares_are_refused(rates, complaint):
    with pytest.raises(ValueError, match=complaint):
        faults.AtRandom(rates)


def test_named_attempts_fail_and_no_other():
    third = faults.OnAttempts({3: "timeout", 1: "reset"})
    assert [third(Attempt("k", n, 0)) for n in (1, 2, 3, 4)] == ["reset", None, "timeout", None]
    assert third.describe() == (
        "At every request: attempt 1 meets reset (the connection drops, in the middle of a stream "
        "if there is one); attempt 3 meets timeout (no answer in time)."
    )
    with pytest.raises(ValueError, match="numbered from 1, got 0 for reset"):
        faults.OnAttempts({0: "reset"})
    with pytest.raises(ValueError, match="no fault is called 'rest'"):
        faults.OnAttempts({1: "rest"})


def test_every_fault_is_described_and_met_by_the_transport():
    rates = dict.fromkeys(Fault, 1 / len(Fault))
    described = faults.AtRandom(rates, seed=1).describe()
    assert all(f"{kind} (" in described for kind in Fault)
    assert "0.05% timeout" in faults.AtRandom({"timeout": 0.0005}).describe()
    undisturbed = said(client(Scripted()), "a b")
    for kind, streams in itertools.product(Fault, (False, True)):
        behind, worse = Scripted(), Scripted("worse ")
        naps: list[float] = []
        faulty = FaultyTransport(
            behind, faults.Outage(kind), worse=worse, stale=lambda b: b, sleep=naps.append
        )
        try:
            reply = client(faulty, max_retries=0).chat.completions.create(
                **question("a b"), stream=streams
            )
            text = "".join(
                [c.choices[0].delta.content or "" for c in reply]
                if streams
                else [reply.choices[0].message.content or ""]
            )
        except (openai.OpenAIError, ValueError):
            text = None
        assert [i.fault for i in faulty.injected] == [kind]
        # what was not asked of the model, came late or was rewritten shows elsewhere
        assert text != undisturbed or naps or kind in faults.SILENT, kind


def test_the_environment_can_ask_for_faults(monkeypatch):
    monkeypatch.setenv("EVALFIRST_LLM", "replay")
    monkeypatch.setenv("EVALFIRST_FAULTS", "seed=2, server_error=1")
    with pytest.raises(openai.InternalServerError):
        said(client(max_retries=0))
    monkeypatch.setenv("EVALFIRST_FAULTS", "worse_model=.1")
    with pytest.raises(openai.OpenAIError, match=r"worse_model needs .*worse=.* in code"):
        client()
    monkeypatch.setenv("EVALFIRST_FAULTS", "server_error")
    with pytest.raises(openai.OpenAIError, match=r"EVALFIRST_FAULTS is 'server_error'.*no = in it"):
        client()


def test_recorded_answers_can_be_spoilt_too(tmp_path):
    path = tmp_path / "r.jsonl"
    client(RecordingTransport(Scripted(), path)).chat.completions.create(**question("abc"))
    spoilt = FaultyTransport(ReplayTransport(path), faults.FirstAttempts("empty"))
    openai_client = client(spoilt)
    assert [said(openai_client), said(openai_client)] == ["", "cba"]
