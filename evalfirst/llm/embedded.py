"""The embedded model behind the SDK's HTTP client: no socket, no download, no key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import anyio
import httpx2

from evalfirst.llm import models, wire
from evalfirst.llm.engine import engine
from evalfirst.llm.errors import UnknownModel
from evalfirst.llm.origin import FIELD

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE_URL = "http://embedded.invalid/v1"

# Decimals of a log probability that are kept.
_DIGITS = 4


class EmbeddedTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers chat completions (and plain completions) in this process.

    The same request gets the same answer at temperature 0, from any thread. What the runtime
    refuses comes back as the HTTP error that its server would give.
    """

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request.

        Raises:
            UnknownModel: no embedded model has this name.
            MissingWeights: the model cannot be loaded.
        """
        request.read()
        return self._respond(wire.asked(request))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request on a thread, so that the event loop goes on."""
        await request.aread()
        return await anyio.to_thread.run_sync(self._respond, wire.asked(request))

    def _respond(self, asked: wire.Asked) -> httpx2.Response:
        if asked.endpoint == wire.MODELS:
            found = [{"id": alias, "object": "model"} for alias in models.ALIASES]
            return wire.whole({"object": "list", "data": found})
        if asked.endpoint not in (wire.CHAT, wire.TEXT):
            return wire.refusal(
                404,
                f"The embedded model has no {asked.endpoint}. It answers chat.completions "
                "(and completions); for anything else set OPENAI_API_KEY and use a live model.",
                "not_found_error",
            )
        name = asked.body.get("model")
        model = models.find(name)
        if model is None:
            raise UnknownModel(
                f"no model is called {name!r} here. Ask for {models.known()} "
                "(evalfirst.llm.MODEL), or set OPENAI_API_KEY or OPENAI_BASE_URL to reach a live "
                "server's models."
            )
        loaded = engine(model)
        # with the runtime's prompt cache on, an answer depends on what was asked before
        body = {"cache_prompt": False, **asked.body, "model": model.alias}
        try:
            if asked.streams:
                return self._stream(loaded.pieces(asked.endpoint, body), model)
            start = time.perf_counter()
            answer = loaded.answer(asked.endpoint, body)
        except ValueError as error:
            return wire.refusal(400, str(error), "invalid_request_error")
        if "error" in answer:
            return _refused(answer["error"])
        return wire.whole(_told(answer, model, time.perf_counter() - start))

    def _stream(self, pieces: Iterator[dict[str, Any]], model: models.Model) -> httpx2.Response:
        start = time.perf_counter()
        # a refusal is the first thing that comes, and must be an HTTP error, not an event
        first = next(pieces, None)
        if first is not None and "error" in first:
            return _refused(first["error"])

        def told() -> Iterator[dict[str, Any]]:
            chunk = first
            try:
                while chunk is not None:
                    yield _told(chunk, model, time.perf_counter() - start)
                    chunk = next(pieces, None)
            finally:
                pieces.close()  # type: ignore[attr-defined]  # a generator, which stops the model

        return wire.in_pieces(told())


def _refused(error: dict[str, Any]) -> httpx2.Response:
    message = str(error.get("message", "the runtime gave no reason"))
    if error.get("type") == "exceed_context_size_error":
        message += ". Shorten the prompt: what is too long is never cut off silently."
    return wire.refusal(int(error.get("code", 500)), message, str(error.get("type", "")))


def _told(answer: dict[str, Any], model: models.Model, waited: float) -> dict[str, Any]:
    """Return the answer with the model's real name and what it took."""
    timings = answer.pop("timings", None) or {}
    worked = sum(timings.get(k, 0.0) for k in ("prompt_ms", "predicted_ms")) / 1000
    told = {"transport": "embedded", "recorded": False, "seconds": round(worked or waited, 4)}
    for choice in answer.get("choices", []):
        trim_logprobs(choice.get("logprobs"))
    return {**answer, "model": model.embedded, FIELD: told}


def trim_logprobs(logprobs: dict[str, Any] | None) -> None:
    """Round log probabilities in place, and drop what OpenAI's servers do not send.

    Another processor or compiler changes digits that mean nothing, and recordings of them would
    take twice the space.
    """
    for word in (logprobs or {}).get("content") or []:
        for listed in (word, *word.get("top_logprobs", [])):
            listed.pop("id", None)
            listed["logprob"] = round(listed["logprob"], _DIGITS)
