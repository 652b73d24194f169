"""The application: routes around features, health, and one way out for every answer."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from evalfirst.service.answers import Answer, Used
from evalfirst.service.description import describe
from evalfirst.service.passage import Passage, entry_of
from evalfirst.service.problems import Problem
from evalfirst.service.question import MAX_BYTES, SCHEMA, question
from evalfirst.service.request_log import Entry, RequestLog
from evalfirst.service.work import Desk, Feature, FeatureFailed, Job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from evalfirst.service.budget import Budget

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def create_app(
    features: Mapping[str, Callable[..., Any]],
    *,
    budget: Budget | None = None,
    timeout: float = 30.0,
    concurrency: int = 8,
    queue: int = 32,
    log: str | Path | TextIO | None = None,
    log_inputs: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Return an ASGI application that serves features.

    `POST /v1/<feature>` with `{"input": text or messages}` answers with the output, the versions
    that made it, what it used, and whether it is a fallback. `GET /healthz` answers 200 with the
    features and their versions, or 503 with reasons. `/docs` is a page to try them on, and
    `/openapi.json` the description for programs. Errors are problem details
    (`application/problem+json`) that repeat nothing of the input: 422 the body cannot be read, 404
    no such feature, 429 the budget is spent, 502 the model failed, 500 the feature failed, 503
    busy or shutting down, 504 too slow; 429 and 503 come with `Retry-After`.

    Args:
        features: name in the URL -> callable, sync or async, that takes an eval sample's input.
            Its `version` and `prompt_version` are shown if it has them.
        budget: what may be spent; by default there is no limit.
        timeout: seconds that one request may take, waiting included.
        concurrency: calls of features at once.
        queue: requests that may wait for a place; those beyond are refused.
        log: file or stream of the request log, by default standard output; see
            `evalfirst.service.request_log`.
        log_inputs: whether the log shows inputs too. They may hold personal data.
        clock: the time in the log.

    Returns:
        The application. `app.state.drain()` makes it refuse new requests, `app.state.under_way()`
        says how many are not answered yet, and `app.state.cut_off()` ends those.

    Raises:
        ValueError: there is no feature, a name cannot stand in a URL, a feature cannot be called,
            or a limit is out of range.
        OSError: the log cannot be written.
    """
    _check(features, timeout, concurrency, queue)
    known = {name: Feature.of(name, call) for name, call in features.items()}
    desk = Desk(budget=budget, timeout=timeout, concurrency=concurrency, queue=queue)
    lines = RequestLog(log, inputs=log_inputs, clock=clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        lines.close()

    app = FastAPI(
        title="Eval First service",
        # they load scripts from elsewhere; `describe` makes a page of our own
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # its error records would hold the texts of exceptions; the request log is ours
        telemetry={"logs": False},
        lifespan=lifespan,
    )
    app.state.features = tuple(known)
    app.state.drain = lambda: setattr(desk, "draining", True)
    app.state.cut_off = desk.cut_off
    app.state.under_way = lambda: desk.under_way
    app.add_middleware(Passage, desk=desk, log=lines)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _refused(tuple(known)))

    @app.get("/healthz")
    async def health() -> Response:
        """Say whether the service can answer, and if not, why."""
        refusal = budget.check() if budget else None
        reasons = [
            *(["draining"] if desk.draining else []),
            *([refusal.reason] if refusal else []),
            *([lines.failure] if lines.failure else []),
        ]
        status = {"status": "unavailable" if reasons else "ok", "reasons": reasons}
        served = {
            name: {"feature": feature.version, "prompt": feature.prompt_version}
            for name, feature in known.items()
        }
        return JSONResponse(status | {"features": served}, 503 if reasons else 200)

    for feature in known.values():
        app.add_api_route(
            f"/v1/{feature.name}",
            _route(feature, desk, timeout),
            methods=["POST"],
            name=feature.name,
            response_model=Answer,
            openapi_extra={
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": SCHEMA}},
                }
            },
        )
    describe(app, known)
    return app


def _check(features: Mapping[str, Any], timeout: float, concurrency: int, queue: int) -> None:
    if not features:
        raise ValueError('there is no feature to serve: give a name and a callable {"triage": ...}')
    for name, call in features.items():
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} cannot stand in a URL: use letters, digits, - and _ for a feature's name"
            )
        if not callable(call):
            raise ValueError(f"the feature {name} is {call!r}, which cannot be called")
    if not timeout > 0:
        raise ValueError(f"timeout is {timeout}: it is a number of seconds above zero")
    if concurrency < 1 or queue < 0:
        raise ValueError("concurrency is at least 1, and queue at least 0")


def _route(
    feature: Feature, desk: Desk, timeout: float
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        entry = entry_of(request.scope)
        entry.feature, entry.feature_version = feature.name, feature.version
        entry.prompt_version = feature.prompt_version
        given = question(await _body(request, timeout))
        entry.input = given
        desk.admit()
        job = Job(entry.request_id)
        try:
            output = await desk.call(feature, given, job)
        except TimeoutError:
            raise Problem(
                "timeout", f"The feature {feature.name} did not answer within {timeout:g} s."
            ) from None
        except FeatureFailed as failed:
            entry.failed(failed.cause)
            raise _blamed(feature, failed) from None
        finally:
            entry.usage = job.usage
        response = _json(
            {
                "request_id": entry.request_id,
                "output": output,
                "versions": {
                    "feature": feature.version,
                    "prompt": feature.prompt_version,
                    "model": ", ".join(entry.usage.models) or None,
                },
                "usage": _used(entry),
                "fallback": job.fallback,
            },
            feature,
        )
        entry.outcome = "fallback" if job.fallback else "ok"
        return response

    answer.__doc__ = f"Answer with the feature {feature.name}."
    return answer


def _used(entry: Entry) -> dict[str, Any]:
    used = entry.usage
    return Used(
        calls=used.calls,
        prompt_tokens=used.prompt_tokens,
        completion_tokens=used.completion_tokens,
        dollars=used.dollars,
        seconds=round(time.perf_counter() - entry.started, 6),
        recorded_seconds=used.recorded_seconds,
    ).model_dump()


def _json(answer: dict[str, Any], feature: Feature) -> Response:
    try:
        return JSONResponse(jsonable_encoder(answer))
    except (ValueError, TypeError, RecursionError):
        raise Problem(
            "bad_output",
            f"The feature {feature.name} returned what JSON cannot hold. Let it return texts, "
            "finite numbers, lists, mappings or a pydantic model.",
        ) from None


def _blamed(feature: Feature, failed: FeatureFailed) -> Problem:
    if failed.by_model:
        return Problem(
            "model_error",
            f"The model behind {feature.name} did not answer as it should "
            f"({type(failed.cause).__name__}). Try again later.",
        )
    return Problem(
        "feature_error",
        f"The feature {feature.name} failed. The request log names the place, under this "
        "request_id.",
    )


async def _body(request: Request, timeout: float) -> bytes:
    pieces = bytearray()
    try:
        async with asyncio.timeout(timeout):
            async for piece in request.stream():
                pieces += piece
                if len(pieces) > MAX_BYTES:
                    break
    except TimeoutError:
        raise Problem("slow_body", f"The body did not arrive within {timeout:g} s.") from None
    except ClientDisconnect:
        raise Problem("client_gone", "The body did not arrive whole.") from None
    return bytes(pieces)


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    entry = entry_of(request.scope)
    entry.kind, entry.outcome = problem.kind, problem.outcome
    # what was paid for is told, answered or not
    return problem.response(entry.request_id, _used(entry) if entry.usage.calls else None)


def _refused(known: tuple[str, ...]) -> Callable[[Request, Exception], Awaitable[Response]]:
    features = ", ".join(f"/v1/{name}" for name in known)

    async def respond(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            problem = Problem(
                "method_not_allowed",
                f"Features are asked with POST: {features}.",
                headers=error.headers,
            )
        elif request.url.path.startswith("/v1/"):
            problem = Problem("unknown_feature", f"The features here are: {features}.")
        else:
            problem = Problem(
                "not_found", f"There are /healthz, /docs, /openapi.json and {features}."
            )
        return await _problem(request, problem)

    return respond
