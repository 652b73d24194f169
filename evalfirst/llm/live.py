"""A real server: OpenAI's, or anything that speaks its protocol."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai

from evalfirst.llm import models
from evalfirst.llm.errors import RefusedKey, UnknownLiveModel, Unreachable, WrongBaseURL

# Connections that fail are tried again by the transport, so that the error can say what to do.
_CONNECTION_RETRIES = 2
# As many as a plain client of the SDK: fewer would reconnect all the time at high concurrency.
_CONNECTIONS = openai.DEFAULT_CONNECTION_LIMITS


class LiveTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Plain HTTP, with aliases turned into real model names and the usual mistakes explained."""

    def __init__(self, behind: httpx2.BaseTransport | httpx2.AsyncBaseTransport) -> None:
        """Use `behind` for the network: `LiveTransport.sync()` and `.for_async()` make one."""
        self.behind: Any = behind

    @classmethod
    def sync(cls) -> LiveTransport:
        """Return one for `openai.OpenAI`."""
        return cls(httpx2.HTTPTransport(retries=_CONNECTION_RETRIES, limits=_CONNECTIONS))

    @classmethod
    def for_async(cls) -> LiveTransport:
        """Return one for `openai.AsyncOpenAI`."""
        return cls(httpx2.AsyncHTTPTransport(retries=_CONNECTION_RETRIES, limits=_CONNECTIONS))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request.

        Raises:
            RefusedKey, WrongBaseURL, UnknownModel, Unreachable: what they say.
        """
        request.read()
        request, model = _with_real_model(request)
        try:
            response: httpx2.Response = self.behind.handle_request(request)
        except (httpx2.ConnectError, httpx2.UnsupportedProtocol) as error:
            raise _unreachable(request, error) from error
        if response.status_code in (401, 403, 404, 405):
            response.read()
            _explain(request, response, model)
        return response

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; errors as in `handle_request`."""
        await request.aread()
        request, model = _with_real_model(request)
        try:
            response: httpx2.Response = await self.behind.handle_async_request(request)
        except (httpx2.ConnectError, httpx2.UnsupportedProtocol) as error:
            raise _unreachable(request, error) from error
        if response.status_code in (401, 403, 404, 405):
            await response.aread()
            _explain(request, response, model)
        return response

    def close(self) -> None:
        """Close the connections."""
        self.behind.close()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.behind.aclose()


def _with_real_model(request: httpx2.Request) -> tuple[httpx2.Request, str]:
    try:
        body = json.loads(request.content)
        asked = body["model"]
    except (ValueError, KeyError, TypeError):
        return request, ""
    real = models.live_name(asked)
    if real == asked:
        return request, asked
    headers = [(k, v) for k, v in request.headers.raw if k.lower() != b"content-length"]
    content = json.dumps({**body, "model": real}, ensure_ascii=False).encode()
    changed = httpx2.Request(
        request.method,
        request.url,
        headers=headers,
        content=content,
        extensions=request.extensions,
    )
    return changed, real


def _unreachable(request: httpx2.Request, error: Exception) -> Unreachable:
    return Unreachable(
        message=(
            f"nothing answers at {_base(request)} ({error}). Check OPENAI_BASE_URL: host, port, "
            "https or http, and whether the server runs and you are online. Without it and "
            "without OPENAI_API_KEY the embedded model answers."
        ),
        request=request,
    )


def _explain(request: httpx2.Request, response: httpx2.Response, model: str) -> None:
    """Raise what a refusal means; return if the server's own words say it best.

    Raises:
        RefusedKey, WrongBaseURL, UnknownLiveModel: what they say.
    """
    # a response that a transport returns has no request yet, and the SDK's errors ask for it
    response.request = request
    try:
        body: Any = json.loads(response.content)
    except ValueError:
        body = None
    error = body.get("error", body) if isinstance(body, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    words = str(error.get("message", "")) if isinstance(error, dict) else ""
    said = f' The server said: "{words[:200]}".' if words else ""
    if response.status_code in (401, 403):
        raise RefusedKey(
            f"{_base(request)} refuses the API key (HTTP {response.status_code}). Check "
            "OPENAI_API_KEY: is it complete, still valid, and for this server? Unset it to use "
            f"the embedded model.{said}",
            response=response,
            body=error,
        )
    if code == "model_not_found" or (words and model and model in words):
        raise UnknownLiveModel(
            f"{_base(request)} has no model {model!r}, or your key may not use it. Set "
            f"{models.VARIABLE} to a model of that server; it stands for {models.MODEL!r}.{said}",
            response=response,
            body=error,
        )
    raise WrongBaseURL(
        f"there is no {request.url.path} at {request.url.host} (HTTP {response.status_code}). "
        "Check OPENAI_BASE_URL: for most servers it ends in /v1, without /chat/completions."
        f"{said}",
        response=response,
        body=error,
    )


def _base(request: httpx2.Request) -> str:
    return str(request.url).split("?")[0].removesuffix("/chat/completions")
