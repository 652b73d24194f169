"""The application around a feature: answers, limits and errors."""

from __future__ import annotations

import asyncio
import json
import threading

import openai
import pytest
from pydantic import BaseModel

from evalfirst.evals.versions import feature_version
from evalfirst.llm import ReplayTransport, async_client, client
from evalfirst.llm.tally import Call, current
from evalfirst.service import Budget, create_app, mark_fallback
from tests.llm.conftest import exchange, question, recorded  # noqa: F401  (a fixture)
from tests.service.conftest import Service, until


def spend(dollars: float | None = 0.01) -> None:
    tally = current()
    assert tally is not None
    tally.add(Call("gpt-test", 10, 5, 0.1, recorded=False, dollars=dollars))


class Triage:
    version = "v3"
    prompt_version = "p7"

    def __call__(self, text):
        spend()
        return {"desk": text.upper()}


def test_an_answer_tells_output_versions_and_cost():
    service = Service(Triage())
    answer = service.ask("rooms", headers={"X-Request-ID": "visit-1.a"})
    assert answer.status_code == 200
    told = answer.json()
    assert told["request_id"] == answer.headers["x-request-id"] == "visit-1.a"
    assert told["output"] == {"desk": "ROOMS"}
    assert told["versions"] == {"feature": "v3", "prompt": "p7", "model": "gpt-test"}
    seconds = told["usage"].pop("seconds")
    assert 0 < seconds < 10
    assert told["usage"] == {
        "calls": 1,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "dollars": 0.01,
        "recorded_seconds": 0.0,
    }
    assert told["fallback"] is False


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_calls_of_the_real_sdk_are_counted(recorded, kind):  # noqa: F811  (the fixture)
    source = ReplayTransport(recorded(exchange(question(), "Hello.")))
    sync_sdk, async_sdk = client(source), async_client(source)

    def triage(_):
        return sync_sdk.chat.completions.create(**question()).choices[0].message.content

    async def async_triage(_):
        answer = await async_sdk.chat.completions.create(**question())
        return answer.choices[0].message.content

    service = Service(triage if kind == "sync" else async_triage)
    told = service.ask().json()
    assert told["output"] == "Hello."
    assert told["usage"]["calls"] == 1
    assert told["usage"]["prompt_tokens"] > 0
    [line] = service.lines
    assert (line["calls"], line["recorded"], line["models"]) == (1, 1, [told["versions"]["model"]])


def test_a_feature_without_versions_has_that_of_its_code():
    def triage(text):
        return text

    told = Service(triage).ask().json()
    assert told["versions"] == {
        "feature": feature_version(triage),
        "prompt": None,
        "model": None,
    }
    assert told["usage"]["calls"] == 0


def test_messages_reach_the_feature_as_they_are():
    messages = [{"role": "user", "content": "Hi"}]
    assert Service(lambda given: given).ask(messages).json()["output"] == messages


def test_what_pydantic_can_write_is_an_output():
    class Desk(BaseModel):
        name: str

    assert Service(lambda text: Desk(name=text)).ask("rooms").json()["output"] == {"name": "rooms"}


def marked(_):
    mark_fallback()
    return "other"


@pytest.mark.parametrize(
    ("feature", "fallback"),
    [
        (lambda _: {"fallback": True, "desk": "other"}, True),
        (marked, True),
        (lambda _: {"fallback": False}, False),
        (lambda _: "fallback", False),
    ],
)
def test_a_fallback_is_told_from_an_answer(feature, fallback):
    service = Service(feature)
    assert service.ask().json()["fallback"] is fallback
    assert service.lines[0]["outcome"] == ("fallback" if fallback else "ok")


def test_a_mark_outside_a_service_does_nothing():
    assert marked("") == "other"


def broken(_):
    raise KeyError("Ada Lovelace, 12 Church Street")


def rate_limited(_):
    raise openai.APITimeoutError(request=None)  # type: ignore[arg-type]


async def gives_up(_):
    raise asyncio.CancelledError


def stops(_):
    raise StopIteration


def leaves(_):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("feature", "status", "kind", "error"),
    [
        (broken, 500, "feature_error", "KeyError (test_app.py, line "),
        (rate_limited, 502, "model_error", "APITimeoutError (test_app.py, line "),
        (gives_up, 500, "feature_error", "CancelledError"),
        (stops, 500, "feature_error", "StopIteration (test_app.py, line "),
        (leaves, 500, "feature_error", "SystemExit (test_app.py, line "),
        (lambda _: float("nan"), 500, "bad_output", None),
        (lambda _: object, 500, "bad_output", None),
    ],
)
def test_a_feature_that_fails_is_a_problem_without_its_text(feature, status, kind, error):
    service = Service(feature)
    answer = service.ask("a letter from Ada Lovelace")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail", "request_id", "kind"}
    assert (told["status"], told["kind"]) == (status, kind)
    assert told["request_id"] == answer.headers["x-request-id"]
    [line] = service.lines
    assert (line["outcome"], line["status"], line["kind"]) == ("error", status, kind)
    assert (line["error"] or "").startswith(error or "")
    assert "Lovelace" not in answer.text + service.log.getvalue()


def test_errors_of_our_own_model_layer_are_the_models():
    def triage(_):
        sdk = client(ReplayTransport([]))
        return sdk.chat.completions.create(**question()).choices[0].message.content

    service = Service(triage)
    answer = service.ask()
    assert (answer.status_code, answer.json()["kind"]) == (502, "model_error")
    assert "ReplayMiss" in answer.json()["detail"]


def test_an_unknown_feature_is_told_which_there_are():
    service = Service({"triage": str, "summary": str})
    answer = service.request("POST", "/v1/Ada-Lovelace", json={"input": "x"})
    assert (answer.status_code, answer.json()["kind"]) == (404, "unknown_feature")
    assert "/v1/triage, /v1/summary" in answer.json()["detail"]
    assert "Lovelace" not in service.log.getvalue()
    assert service.lines[0]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/triage", 405, "method_not_allowed"),
        ("GET", "/redoc", 404, "not_found"),
        ("POST", "/v1/triage/", 404, "unknown_feature"),
    ],
)
def test_what_is_not_there_is_a_problem_too(method, path, status, kind):
    answer = Service(str).request(method, path)
    assert (answer.status_code, answer.json()["kind"]) == (status, kind)
    assert answer.headers["x-request-id"]


def test_the_description_has_a_route_for_each_feature_and_its_body():
    told = Service({"triage": str, "summary": str}).request("GET", "/openapi.json").json()
    assert {"/v1/triage", "/v1/summary", "/healthz"} <= told["paths"].keys()
    post = told["paths"]["/v1/triage"]["post"]
    assert "input" in post["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert post["responses"]["200"]["content"]["application/json"]["schema"]


def test_a_body_that_is_too_large_is_refused():
    service = Service(len)
    assert service.ask("x" * 1_000_001).status_code == 413
    assert service.ask("x" * 900_000).json()["output"] == 900_000


def test_a_spent_budget_refuses_until_the_next_period_and_health_says_so():
    now = [0.0]
    service = Service(Triage(), budget=Budget(dollars=0.02, per="hour", clock=lambda: now[0]))
    assert [service.ask().status_code for _ in range(3)] == [200, 200, 429]
    refused = service.ask()
    assert refused.headers["retry-after"] == "3600"
    assert refused.json()["detail"] == (
        "The budget of $0.02 an hour is spent. Try again when the next period begins."
    )
    health = service.request("GET", "/healthz")
    assert (health.status_code, health.json()["reasons"]) == (
        503,
        ["the budget of $0.02 an hour is spent"],
    )
    now[0] = 3600.0
    assert service.ask().status_code == 200
    assert service.request("GET", "/healthz").json() == {
        "status": "ok",
        "reasons": [],
        "features": {"triage": {"feature": "v3", "prompt": "p7"}},
    }


def test_an_unpriced_call_under_a_money_budget_is_not_passed_over():
    def triage(_):
        spend(dollars=None)
        return "ok"

    service = Service(triage, budget=Budget(dollars=1))
    assert service.ask().json()["usage"]["dollars"] is None
    refused = service.ask()
    assert (refused.status_code, refused.json()["kind"]) == (503, "unpriced")
    assert int(refused.headers["retry-after"]) > 0
    health = service.request("GET", "/healthz")
    assert health.status_code == 503
    assert "price of 1 call is unknown" in health.json()["reasons"][0]


def test_what_a_failed_request_used_is_spent_logged_and_told():
    def triage(_):
        spend()
        raise ValueError

    budget = Budget(dollars=1)
    service = Service(triage, budget=budget)
    answer = service.ask()
    assert answer.status_code == 500
    assert budget.spent.dollars == service.lines[0]["dollars"] == 0.01
    assert answer.json()["usage"]["dollars"] == 0.01


def test_a_burst_beyond_the_queue_is_refused_and_every_other_request_answered():
    inside = 0
    most = 0

    async def scenario():
        gate = asyncio.Event()

        async def triage(text):
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await gate.wait()
            inside -= 1
            return text

        service = Service(triage, concurrency=2, queue=3)
        async with service.client() as http:
            asked = [
                asyncio.create_task(http.post("/v1/triage", json={"input": f"n{i}"}))
                for i in range(12)
            ]
            await until(lambda: sum(t.done() for t in asked) == 7 and inside == 2)
            gate.set()
            return service, [await task for task in asked]

    service, answers = asyncio.run(scenario())
    by_status = [answer.status_code for answer in answers]
    assert sorted(by_status) == [200] * 5 + [503] * 7
    assert most == 2
    for number, answer in enumerate(answers):
        if answer.status_code == 200:
            assert answer.json()["output"] == f"n{number}"
        else:
            assert (answer.json()["kind"], answer.headers["retry-after"]) == ("busy", "1")
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert sorted(line["request_id"] for line in service.lines) == sorted(ids)


def test_draining_refuses_new_requests_and_ends_those_under_way():
    async def scenario():
        gate = asyncio.Event()

        async def triage(text):
            await gate.wait()
            return text

        service = Service(triage)
        async with service.client() as http:
            first = asyncio.create_task(http.post("/v1/triage", json={"input": "one"}))
            await until(lambda: service.app.state.under_way() == 1)
            service.app.state.drain()
            late = await http.post("/v1/triage", json={"input": "two"})
            health = await http.get("/healthz")
            gate.set()
            answered = await first
            return late, health, answered, service.app.state.under_way()

    late, health, answered, left = asyncio.run(scenario())
    assert (late.status_code, late.json()["kind"]) == (503, "draining")
    assert int(late.headers["retry-after"]) > 0
    assert late.headers["connection"] == "close"
    assert (health.status_code, health.json()["reasons"]) == (503, ["draining"])
    assert (answered.status_code, answered.json()["output"], left) == (200, "one", 0)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_is_cut_off_gets_an_answer_and_a_line(kind):
    ends = threading.Event()

    async def scenario():
        async def forever(_):
            await asyncio.Event().wait()

        service = Service((lambda _: ends.wait(10)) if kind == "sync" else forever, concurrency=1)
        async with service.client() as http:
            asked = [
                asyncio.create_task(http.post("/v1/triage", json={"input": "x"})) for _ in range(2)
            ]
            await until(lambda: service.app.state.under_way() == 2)
            await asyncio.sleep(0)
            service.app.state.drain()
            service.app.state.cut_off()
            answers = [await task for task in asked]
        ends.set()
        return answers, service.lines

    answers, lines = asyncio.run(scenario())
    assert [answer.json()["kind"] for answer in answers] == ["cut_off"] * 2
    assert [line["status"] for line in lines] == [503, 503]


def test_a_slow_async_feature_is_cancelled_and_its_place_is_free_again():
    cancelled = []

    async def triage(text):
        if text == "quick":
            return text
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(text)
            raise

    async def scenario():
        service = Service(triage, timeout=0.05, concurrency=1, queue=1)
        async with service.client() as http:
            slow = await http.post("/v1/triage", json={"input": "slow"})
            quick = await http.post("/v1/triage", json={"input": "quick"})
        return service, slow, quick

    service, slow, quick = asyncio.run(scenario())
    assert (slow.status_code, slow.json()["kind"], cancelled) == (504, "timeout", ["slow"])
    assert quick.status_code == 200
    assert [line["outcome"] for line in service.lines] == ["timeout", "ok"]


def test_a_slow_thread_keeps_its_place_until_it_ends_and_is_paid_for():
    go_on = threading.Event()

    def triage(_):
        go_on.wait(10)
        spend()
        return "late"

    async def scenario():
        budget = Budget(dollars=1)
        service = Service(triage, timeout=0.05, concurrency=1, queue=0, budget=budget)
        async with service.client() as http:
            slow = await http.post("/v1/triage", json={"input": "slow"})
            refused = await http.post("/v1/triage", json={"input": "next"})
            go_on.set()
            await until(lambda: budget.spent.dollars == 0.01)
            after = await http.post("/v1/triage", json={"input": "after"})
        return slow, refused, after

    slow, refused, after = asyncio.run(scenario())
    assert (slow.status_code, refused.status_code, after.status_code) == (504, 503, 200)


def test_a_body_that_never_ends_is_given_up():
    async def endless():
        yield b'{"input": '
        await asyncio.Event().wait()

    async def scenario():
        service = Service(str, timeout=0.05)
        sent = []

        pieces = endless()

        async def slowly():
            return {
                "type": "http.request",
                "body": await anext(pieces),
                "more_body": True,
            }

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/triage",
            "raw_path": b"/v1/triage",
            "query_string": b"",
            "headers": [],
            "http_version": "1.1",
            "scheme": "http",
        }
        await service.app(scope, slowly, send)
        return sent, service.lines

    sent, lines = asyncio.run(scenario())
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["kind"] == "slow_body"
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("features", "settings", "words"),
    [
        ({}, {}, "no feature"),
        ({"a b": str}, {}, "cannot stand in a URL"),
        ({"triage": "str"}, {}, "cannot be called"),
        ({"triage": str}, {"timeout": 0}, "timeout is 0"),
        ({"triage": str}, {"concurrency": 0}, "concurrency"),
    ],
)
def test_an_app_that_could_not_answer_is_refused(features, settings, words):
    with pytest.raises(ValueError, match=words):
        create_app(features, **settings)
