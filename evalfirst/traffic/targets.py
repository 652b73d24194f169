"""Who answers played traffic: a callable of this program, or a service at a URL."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import httpx2

from evalfirst.evals.versions import feature_version
from evalfirst.llm import Usage, counting
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
        prompt = getattr(call, "prompt_version", None)
        self._identity = Identity(
            str(getattr(call, "__name__", type(call).__name__)),
            feature_version(call),
            None if prompt is None else str(prompt),
        )

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
        """Name it by its URL, or by that of one feature (`.../v1/triage`) if it has several."""
        base, _, self._named = url.rstrip("/").partition("/v1/")
        self._url = base
        self._path = ""
        self._http = httpx2.AsyncClient(
            base_url=base,
            timeout=timeout,
            limits=httpx2.Limits(
                max_connections=concurrency, max_keepalive_connections=concurrency
            ),
            # a proxy that the environment names does not lead to this computer
            trust_env=httpx2.URL(base).host not in _HERE,
        )

    async def identity(self) -> Identity:
        """Ask the service what it serves.

        Raises:
            CannotPlay: nothing answers there, it is no such service, or the feature is not plain.
        """
        try:
            features = (await self._http.get("/healthz")).json()["features"]
        except httpx2.HTTPError as error:
            raise CannotPlay(
                f"no service answers at {self._url}: {error or type(error).__name__}. Start it "
                "with `evalfirst serve`."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise CannotPlay(
                f"what answers at {self._url} is no service made by evalfirst: its /healthz names "
                "no features."
            ) from error
        if not self._named and len(features) > 1:
            raise CannotPlay(
                f"{self._url} serves {', '.join(features)}: name one, as in "
                f"{self._url}/v1/{next(iter(features))}"
            )
        name = self._named or next(iter(features))
        if name not in features:
            raise CannotPlay(f"{self._url} has no feature {name}; it serves {', '.join(features)}")
        self._path = f"/v1/{name}"
        return Identity(name, features[name]["feature"], features[name]["prompt"])

    async def ask(self, given: Any, request_id: str) -> dict[str, Any]:
        """Send one request; a problem or a lost connection is a row, too.

        Raises:
            CannotPlay: the service cannot be reached any more.
        """
        begin = time.perf_counter()
        try:
            answer = await self._http.post(
                self._path, json={"input": given}, headers={"X-Request-ID": request_id}
            )
        except httpx2.ConnectError as error:
            raise CannotPlay(
                f"the service at {self._url} does not answer any more. Start it and play again: "
                "what is stored is not asked again."
            ) from error
        except httpx2.TransportError as error:
            lost: dict[str, Any] = {}
            outcome = "timeout" if isinstance(error, httpx2.TimeoutException) else "error"
            return _row(lost, outcome, None, "no_answer", time.perf_counter() - begin)
        seconds = time.perf_counter() - begin
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            return _row({}, "error", answer.status_code, "not_json", seconds)
        if answer.status_code != 200:
            kind = str(told.get("kind", "unknown"))
            _, _, outcome = KINDS.get(kind, (0, "", "error"))
            return _row(told, outcome, answer.status_code, kind, seconds)
        return _row(told, "fallback" if told["fallback"] else "ok", 200, None, seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _row(
    told: dict[str, Any], outcome: str, status: int | None, kind: str | None, seconds: float
) -> dict[str, Any]:
    versions = told.get("versions", {})
    used = told.get("usage", {})
    # without an answer nobody knows what was paid; a refusal or a failure without calls is free
    free = None if kind in ("no_answer", "not_json") else 0
    return {
        "outcome": outcome,
        "status": status,
        "kind": kind,
        "output": json.dumps(told["output"], ensure_ascii=False) if "output" in told else None,
        "seconds": seconds,
        "recorded_seconds": used.get("recorded_seconds", 0.0),
        "feature_version": versions.get("feature"),
        "prompt_version": versions.get("prompt"),
        "model": versions.get("model"),
        "calls": used.get("calls", 0),
        "prompt_tokens": used.get("prompt_tokens", free),
        "completion_tokens": used.get("completion_tokens", free),
        "dollars": used.get("dollars", free),
    }
