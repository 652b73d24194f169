"""Spans of requests and model calls, and their silence where nobody listens."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from evalfirst.llm import ReplayTransport, async_client, client
from evalfirst.service import telemetry, trace_calls
from tests.llm.conftest import exchange, question, recorded  # noqa: F401  (a fixture)
from tests.service.conftest import Service

SECRET = "Ada Lovelace"


PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch):
    """The spans that ended, by name; their provider is the global one during one test."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    # a process has one provider for good, so a test has to reach behind the API
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    telemetry._handler.cache_clear()
    yield lambda: {span.name: span for span in exporter.get_finished_spans()}
    telemetry._handler.cache_clear()
    if OpenAIInstrumentor().is_instrumented_by_opentelemetry:
        OpenAIInstrumentor().uninstrument()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_request_feature_and_model_call_are_one_trace(spans, recorded, kind):  # noqa: F811
    source = ReplayTransport(recorded(exchange(question(), "Hello.")))
    sdk, async_sdk = client(source), async_client(source)

    def triage(_):
        return sdk.chat.completions.create(**question()).choices[0].message.content

    async def async_triage(_):
        answer = await async_sdk.chat.completions.create(**question())
        return answer.choices[0].message.content

    feature = triage if kind == "sync" else async_triage
    feature.version, feature.prompt_version = "v3", "p7"
    service = Service({"triage": feature})
    answer = service.ask(SECRET, headers={"traceparent": PARENT, "X-Request-ID": "r1"}).json()
    assert answer["output"] == "Hello."
    found = spans()
    request, workflow = found["POST /v1/triage"], found["invoke_workflow triage"]
    [call] = [span for name, span in found.items() if name.startswith("chat ")]

    _, trace_id, parent, _ = PARENT.split("-")
    assert request.parent.span_id == int(parent, 16)
    assert call.parent.span_id == workflow.context.span_id
    assert {span.context.trace_id for span in (request, workflow, call)} == {int(trace_id, 16)}
    assert service.lines[0]["trace_id"] == trace_id

    assert request.attributes["evalfirst.request_id"] == "r1"
    assert request.attributes["evalfirst.outcome"] == "ok"
    assert request.attributes["http.response.status_code"] == 200
    usage = answer["usage"]
    assert dict(workflow.attributes) == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "triage",
        "evalfirst.request_id": "r1",
        "evalfirst.feature_version": "v3",
        "evalfirst.prompt_version": "p7",
        "evalfirst.calls": 1,
        "evalfirst.recorded": 1,
        "evalfirst.fallback": False,
        **({} if usage["dollars"] is None else {"evalfirst.dollars": usage["dollars"]}),
    }
    assert call.attributes["gen_ai.operation.name"] == "chat"
    assert call.attributes["gen_ai.response.model"] == answer["versions"]["model"]
    assert call.attributes["gen_ai.usage.input_tokens"] == usage["prompt_tokens"]
    assert call.attributes["gen_ai.usage.output_tokens"] == usage["completion_tokens"]
    assert SECRET not in "".join(span.to_json() for span in found.values())


def test_a_failed_feature_is_a_failed_span_without_the_exceptions_text(spans):
    def triage(text):
        raise ValueError(text)

    Service(triage).ask(SECRET)
    found = spans()
    request, workflow = found["POST /v1/triage"], found["invoke_workflow triage"]
    assert request.attributes["evalfirst.kind"] == "feature_error"
    for span in (request, workflow):
        assert span.status.status_code is trace.StatusCode.ERROR
        assert span.events == ()
    assert workflow.attributes["error.type"] == "ValueError"
    assert SECRET not in "".join(span.to_json() for span in found.values())


def test_what_is_refused_has_no_span_of_a_feature(spans):
    service = Service(str)
    service.ask("")
    found = spans()
    assert found["POST /v1/triage"].attributes["evalfirst.kind"] == "bad_body"
    assert not any(name.startswith("invoke_workflow") for name in found)


def test_a_fallback_is_seen_on_the_span(spans):
    Service(lambda _: {"fallback": True}).ask()
    assert spans()["invoke_workflow triage"].attributes["evalfirst.fallback"] is True


def test_calls_outside_a_service_are_traced_when_asked_for(spans, recorded):  # noqa: F811
    sdk = client(ReplayTransport(recorded(exchange(question(), "Hello."))))
    trace_calls()
    trace_calls()
    sdk.chat.completions.create(**question())
    [call] = spans().values()
    assert call.attributes["gen_ai.operation.name"] == "chat"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )


ASK = """
from tests.service.conftest import Service
print(Service(str).ask().status_code)
"""


def test_without_an_sdk_set_up_nothing_is_said():
    done = run(ASK)
    assert (done.stdout, done.stderr) == ("200\n", "")
