"""OpenTelemetry: a trace of each request, down to the model calls, for whoever collects it.

It is silent until the program sets up a provider, by `opentelemetry-instrument` or with the SDK.
Then a request is a trace of three layers:

- `POST /v1/<feature>`, made by FastAPI: the attributes of HTTP, and `evalfirst.request_id`,
  `evalfirst.outcome` and `evalfirst.kind`, as in the log.
- `invoke_workflow <feature>`, made here: `gen_ai.operation.name`, `gen_ai.workflow.name`,
  `error.type`, and with the log's names after `evalfirst.`: `request_id`, `feature_version`,
  `prompt_version`, `calls`, `recorded`, `dollars`, `fallback`.
- `chat <model>`, made by the instrumentation of the SDK: `gen_ai.request.model`,
  `gen_ai.response.model`, `gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens`, `error.type`.

Tokens stand at the model calls alone, as the GenAI conventions have it: who adds up spans would
count them twice otherwise. The spans hold no inputs and outputs, unless
`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` asks for them. A failed model call has the
server's error message.

Source: OpenTelemetry's semantic conventions for generative AI, as `opentelemetry-util-genai` has
them.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import metrics, trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalfirst.llm import Usage
    from evalfirst.service.request_log import Entry

# The API's own providers drop everything.
_SILENT = ("opentelemetry.trace", "opentelemetry.metrics")


class Told(Protocol):
    """Takes what became of a feature's call."""

    def ended(self, failure: BaseException | None, usage: Usage | None, *, fallback: bool) -> None:
        """Say how it ended and what it used."""


class _Nobody:
    def ended(self, failure: BaseException | None, usage: Usage | None, *, fallback: bool) -> None:
        pass


class _Workflow:
    def __init__(self, invocation: Any) -> None:
        self._invocation = invocation

    def ended(self, failure: BaseException | None, usage: Usage | None, *, fallback: bool) -> None:
        self._invocation.attributes["evalfirst.fallback"] = fallback
        if usage is not None:
            _describe(
                self._invocation.attributes,
                calls=usage.calls,
                recorded=usage.recorded,
                dollars=usage.dollars,
            )
        if failure is not None:
            from opentelemetry.util.genai.types import Error

            # without the exception's text, which may hold the input
            self._invocation.fail(Error(None, Error.from_exception(failure).type))


@contextmanager
def workflow(feature: str, **facts: object) -> Iterator[Told]:
    """Make the span of a feature's call, around the model calls in its `with` block.

    Args:
        feature: its name.
        facts: attributes known before, named as in the log.
    """
    if not _collected():
        yield _Nobody()
        return
    invocation = _handler().workflow(feature)
    _describe(invocation.attributes, **facts)
    try:
        yield _Workflow(invocation)
    finally:
        # does nothing if it was told of a failure
        invocation.stop()


def trace_calls(**providers: Any) -> None:
    """Trace every model call of the OpenAI SDK in this process.

    A service does so itself once a provider is set up; call it where features run without one,
    such as in a batch. A second call changes nothing.

    Args:
        providers: `tracer_provider`, `meter_provider` or `logger_provider`, where they are not
            the global ones.
    """
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    instrumentor = OpenAIInstrumentor()
    # `opentelemetry-instrument` may have done so
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(**providers)


def of_request(span: trace.Span, entry: Entry) -> None:
    """Tell the span of an HTTP request what became of it."""
    attributes: dict[str, Any] = {}
    _describe(attributes, request_id=entry.request_id, outcome=entry.outcome, kind=entry.kind)
    span.set_attributes(attributes)


def trace_id(span: trace.Span) -> str | None:
    """Return the id of the trace that a span is in, 32 hexadecimal digits; `None` if in none."""
    context = span.get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def _describe(attributes: dict[str, Any], **facts: object) -> None:
    for name, fact in facts.items():
        if fact is not None:
            attributes[f"evalfirst.{name}"] = fact


def _collected() -> bool:
    providers = trace.get_tracer_provider(), metrics.get_meter_provider()
    return not all(type(provider).__module__.startswith(_SILENT) for provider in providers)


@cache
def _handler() -> Any:
    from opentelemetry.util.genai.handler import TelemetryHandler

    trace_calls()
    return TelemetryHandler(instrumentation_scope_name="evalfirst.service")
