"""Who answers played traffic: a callable of this program, or a service at a URL."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import httpx2
from pydantic import ValidationError

from evalfirst.evals.callables import name_of, prompt_version_of
from evalfirst.evals.versions import feature_version
from evalfirst.llm import Usage, counting
from evalfirst.service.answers import Answer, Health, ProblemDetails, Used
from evalfirst.service.calling import outcome_of
from evalfirst.service.fallback import says_fallback, watching
from evalfirst.service.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

_HERE = ("127.0.0.1", "localhost", "::1")


class CannotPlay(RuntimeError):
    """The traffic cannot be played; the message says why. What is stored is kept."""


@dataclass(frozen=True)
class Identity:
    """What answers: a name, and the versions that it had at the beginning."""

    feature: str
    feature_version: str | None
    prompt_version: str | None


class Target(Protocol):
    """Answers one input with the columns of an answer."""

    async def identity(self) -> Identity:
        """Return what answers."""

    async def ask(self, given: Any, request_id: str) -> dict[str, Any]:
        """Return what became of one question."""

    async def close(self) -> None:
        """Give back what is open."""


class CallableTarget:
    """A feature of this program; it is asked as a service would ask it."""

    def __init__(self, call: Callable[..., Any]) -> None:
        """Take the feature."""
        self._call = call
        self._identity = Identity(name_of(call), feature_version(call), prompt_version_of(call))

    async def identity(self) -> Identity:
        """Return its name and versions."""
        return self._identity

    async def ask(self, given: Any, request_id: str) -> dict[str, Any]:  # noqa: ARG002  (a protocol)
        """Call it; what it raises is a row, too."""
        begin = time.perf_counter()
        with counting() as tally, watching() as mark:
            failure, output = await outcome_of(self._call, given)
        seconds = time.perf_counter() - begin
        used = tally.usage or Usage()
        kind = None if failure is None else type(failure).__name__
        text = None
        if failure is None:
            try:
                text = json.dumps(output, ensure_ascii=False, allow_nan=False)
            except (TypeError, ValueError):
                kind = "bad_output"
        fallback = mark.set or says_fallback(output)
        return {
            "outcome": "error" if kind else "fallback" if fallback else "ok",
            "status": None,
            "kind": kind,
            "output": text,
            "seconds": seconds,
            "recorded_seconds": used.recorded_seconds,
            "feature_version": self._identity.feature_version,
            "prompt_version": self._identity.prompt_version,
            "model": ", ".join(used.models) or None,
            "calls": used.calls,
            "prompt_tokens": used.prompt_tokens,
            "completion_tokens": used.completion_tokens,
            "dollars": used.dollars,
        }

    async def close(self) -> None:
        """There is nothing to close."""


class ServiceTarget:
    """A service of `evalfirst.service`, asked over HTTP."""

    def __init__(self, url: str, *, concurrency: int, timeout: float) -> None:
        """Name it by its URL, or by that of one feature (`.../v1/triage`) if it has several.

        Raises:
            CannotPlay: that is no URL.
        """
        base, _, self._named = url.rstrip("/").removesuffix("/v1").partition("/v1/")
        self._url = base
        here = _parsed(base)
        self._path = ""
        self._in_doubt = False
        self._http = httpx2.AsyncClient(
            base_url=base,
            timeout=timeout,
            limits=httpx2.Limits(
                max_connections=concurrency, max_keepalive_connections=concurrency
            ),
            # a proxy that the environment names does not lead to this computer
            trust_env=here.host not in _HERE,
        )

    async def identity(self) -> Identity:
        """Ask the service what it serves.

        Raises:
            CannotPlay: nothing answers there, it is no such service, or the feature is not plain.
        """
        try:
            answer = await self._http.get("/healthz")
            features = Health.model_validate_json(answer.content).features
        except httpx2.HTTPError as error:
            raise CannotPlay(
                f"no service answers at {self._url}: {error or type(error).__name__}. Start it "
                "with `evalfirst serve`."
            ) from error
        except ValidationError:
            features = {}
        if not features:
            raise CannotPlay(
                f"what answers at {self._url} is no service made by evalfirst: its /healthz names "
                "no features."
            )
        if not self._named and len(features) > 1:
            raise CannotPlay(
                f"{self._url} serves {', '.join(features)}: name one, as in "
                f"{self._url}/v1/{next(iter(features))}"
            )
        name = self._named or next(iter(features))
        if name not in features:
            raise CannotPlay(f"{self._url} has no feature {name}; it serves {', '.join(features)}")
        self._path = f"/v1/{name}"
        return Identity(name, features[name].feature, features[name].prompt)

    async def ask(self, given: Any, request_id: str) -> dict[str, Any]:
        """Send one request; a problem or a lost connection is a row, too.

        Raises:
            CannotPlay: the service cannot be reached any more.
        """
        if self._in_doubt:
            # the socket of a process that ends takes requests for a while yet
            await self._alive()
        begin = time.perf_counter()
        try:
            answer = await self._http.post(
                self._path, json={"input": given}, headers={"X-Request-ID": request_id}
            )
        except httpx2.ConnectError as error:
            raise self._gone() from error
        except httpx2.TransportError as error:
            late = isinstance(error, httpx2.TimeoutException)
            self._in_doubt = not late
            outcome = "timeout" if late else "error"
            return _unknown(outcome, None, "no_answer", time.perf_counter() - begin)
        except httpx2.HTTPError:
            return _unknown("error", None, "unreadable", time.perf_counter() - begin)
        seconds = time.perf_counter() - begin
        try:
            if answer.status_code == 200:
                return _answered(Answer.model_validate_json(answer.content), seconds)
            return _problem(ProblemDetails.model_validate_json(answer.content), seconds)
        except ValidationError:
            # of a proxy, perhaps, that stands between us
            return _unknown("error", answer.status_code, "unreadable", seconds)

    async def _alive(self) -> None:
        try:
            await self._http.get("/healthz")
        except httpx2.HTTPError as error:
            raise self._gone() from error
        self._in_doubt = False

    def _gone(self) -> CannotPlay:
        return CannotPlay(
            f"the service at {self._url} does not answer any more. Start it and play again: what "
            "is stored is not asked again."
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _parsed(base: str) -> httpx2.URL:
    try:
        url = httpx2.URL(base)
    except (httpx2.InvalidURL, ValueError):
        url = httpx2.URL("")
    if url.scheme not in ("http", "https") or not url.host or (url.port or 1) > 65_535:
        raise CannotPlay(f"{base!r} is no URL of a service. Write it as http://127.0.0.1:8000.")
    return url


def _answered(told: Answer, seconds: float) -> dict[str, Any]:
    return {
        "outcome": "fallback" if told.fallback else "ok",
        "status": 200,
        "kind": None,
        "output": json.dumps(told.output, ensure_ascii=False),
        "seconds": seconds,
        "feature_version": told.versions.feature,
        "prompt_version": told.versions.prompt,
        "model": told.versions.model,
        **_used(told.usage),
    }


def _problem(told: ProblemDetails, seconds: float) -> dict[str, Any]:
    _, _, outcome = KINDS.get(told.kind, (0, "", "error"))
    # a refusal, or a failure before any call, cost nothing
    free = Used(
        calls=0,
        prompt_tokens=0,
        completion_tokens=0,
        dollars=0.0,
        seconds=0.0,
        recorded_seconds=0.0,
    )
    return _nothing(outcome, told.status, told.kind, seconds) | _used(told.usage or free)


def _unknown(outcome: str, status: int | None, kind: str, seconds: float) -> dict[str, Any]:
    """Return the row of a request of which nobody knows what it cost."""
    unpaid = {"calls": 0, "prompt_tokens": None, "completion_tokens": None, "dollars": None}
    return _nothing(outcome, status, kind, seconds) | unpaid | {"recorded_seconds": None}


def _nothing(outcome: str, status: int | None, kind: str, seconds: float) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "status": status,
        "kind": kind,
        "output": None,
        "seconds": seconds,
        "feature_version": None,
        "prompt_version": None,
        "model": None,
    }


def _used(used: Used) -> dict[str, Any]:
    # the seconds of a user are those on this side of the wire
    return used.model_dump(exclude={"seconds"})
