"""Requests and responses of the Chat Completions protocol, as transports see them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

CHAT = "chat/completions"
TEXT = "completions"
MODELS = "models"

# They change how an answer travels or is filed, never what it says.
_IRRELEVANT = frozenset(
    {"stream", "stream_options", "cache_prompt", "user", "metadata", "store", "safety_identifier"}
)


@dataclass(frozen=True)
class Asked:
    """One request: the endpoint (`chat/completions`, ...) and its JSON body."""

    endpoint: str
    body: dict[str, Any]

    @property
    def streams(self) -> bool:
        """Whether the answer is wanted in pieces."""
        return bool(self.body.get("stream"))

    @property
    def sampled(self) -> bool:
        """Whether the same request may be answered differently the next time."""
        return self.body.get("temperature", 1) != 0 and self.body.get("seed") is None

    @property
    def content(self) -> dict[str, Any]:
        """The body without what does not bear on the answer."""
        return {k: v for k, v in self.body.items() if k not in _IRRELEVANT}

    @property
    def key(self) -> str:
        """The request's content as 32 hexadecimal digits."""
        return content_key(self.endpoint, self.content)

    @property
    def prompt(self) -> str:
        """The end of the prompt, short enough for a message."""
        messages = self.body.get("messages")
        if isinstance(messages, list) and messages:
            asked = [m for m in messages if isinstance(m, dict) and m.get("role") != "assistant"]
            text = str((asked or [{}])[-1].get("content", ""))
        else:
            text = str(self.body.get("prompt", ""))
        text = " ".join(text.split())
        return text if len(text) <= 120 else f"{text[:60]} ... {text[-55:]}"


def content_key(endpoint: str, content: dict[str, Any]) -> str:
    """Return the key of a request's content; `0` and `0.0` are the same content."""
    plain = json.dumps([endpoint, _plain(content)], sort_keys=True, ensure_ascii=False)
    # half a surrogate pair, as a text cut in the middle of an emoji leaves it, is content as well
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def asked(request: httpx2.Request) -> Asked:
    """Return what a request (already read) asks for."""
    path = request.url.path.rstrip("/")
    endpoint = next((e for e in (CHAT, TEXT, MODELS) if path.endswith("/" + e)), path)
    try:
        body = json.loads(request.content or b"{}")
    except (ValueError, RecursionError):
        body = {}
    return Asked(endpoint, body if isinstance(body, dict) else {})


def refusal(status: int, message: str, kind: str) -> httpx2.Response:
    """Return an error as OpenAI's servers word it."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": status}}
    return httpx2.Response(status, json=body, headers={"x-should-retry": "false"})


def usage(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the token counts of an answer, `None` where a server tells none or tells nonsense."""
    told = _dict(answer.get("usage"))
    cached = _dict(told.get("prompt_tokens_details")).get("cached_tokens")
    return {
        "prompt_tokens": _count(told.get("prompt_tokens")),
        "completion_tokens": _count(told.get("completion_tokens")),
        "prompt_tokens_details": {"cached_tokens": _count(cached)},
    }


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def whole(answer: dict[str, Any], headers: dict[str, str] | None = None) -> httpx2.Response:
    """Return an answer in one piece."""
    kind = {"content-type": "application/json"}
    return httpx2.Response(200, content=_json(answer), headers=kind | (headers or {}))


def in_pieces(chunks: Iterable[dict[str, Any]]) -> httpx2.Response:
    """Return an answer as server-sent events; works for sync and async clients."""
    return httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, stream=_Events(chunks)
    )


class _Events(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, chunks: Iterable[dict[str, Any]]) -> None:
        self._chunks = iter(chunks)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            yield _event(_json(chunk))
        yield _event(b"[DONE]")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import anyio

        # the next piece may take a while, and the event loop has other work
        while (chunk := await anyio.to_thread.run_sync(next, self._chunks, None)) is not None:
            yield _event(_json(chunk))
        yield _event(b"[DONE]")

    def close(self) -> None:
        """Tell the source that nobody reads on."""
        stop = getattr(self._chunks, "close", None)
        if stop is not None:
            stop()

    async def aclose(self) -> None:
        """Tell the source that nobody reads on."""
        self.close()


def _event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def _json(value: Any) -> bytes:
    # half a surrogate pair, as a model may write one, stands as its escape
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def chunks_in(events: bytes) -> list[dict[str, Any]]:
    """Return the chunks of a finished stream of server-sent events."""
    found = []
    # lines of bytes: a text's lines would end at U+2028 and its kin, which JSON holds unescaped
    for line in events.splitlines():
        if line.startswith(b"data:") and not line.endswith(b"[DONE]"):
            try:
                chunk = json.loads(line.removeprefix(b"data:").decode("utf-8", errors="replace"))
            except (ValueError, RecursionError):
                continue
            if isinstance(chunk, dict):
                found.append(chunk)
    return found


def joined(chunks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the whole answer that a finished stream spelt out.

    `None` if it broke off before its end, has more than one choice or tool calls, or is of another
    shape altogether: what cannot be put together faithfully is not recorded.
    """
    try:
        return _joined(chunks)
    except (AttributeError, TypeError):
        return None  # a server of another kind: whoever reads the stream will see what it sent


def _joined(chunks: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not chunks or any("error" in chunk for chunk in chunks):
        return None
    content: list[str] = []
    refusal: list[str] = []
    logprobs: list[Any] = []
    finish = None
    for choice in (c for chunk in chunks for c in chunk.get("choices") or []):
        delta = choice.get("delta") or {}
        if choice.get("index", 0) != 0 or delta.get("tool_calls"):
            return None
        content.append(delta.get("content") or choice.get("text") or "")
        refusal.append(delta.get("refusal") or "")
        logprobs += (choice.get("logprobs") or {}).get("content") or []
        finish = choice.get("finish_reason") or finish
    if finish is None:
        return None
    text = "".join(content)
    chat = chunks[0].get("object") == "chat.completion.chunk"
    whole_choice: dict[str, Any] = {"index": 0, "finish_reason": finish}
    if chat:
        whole_choice["message"] = {"role": "assistant", "content": text}
        if said_no := "".join(refusal):
            whole_choice["message"] |= {"content": text or None, "refusal": said_no}
    else:
        whole_choice["text"] = text
    if logprobs:
        whole_choice["logprobs"] = {"content": logprobs}
    known = ("id", "created", "model")
    answer: dict[str, Any] = {k: chunks[0][k] for k in known if k in chunks[0]}
    answer |= {
        "object": "chat.completion" if chat else "text_completion",
        "choices": [whole_choice],
    }
    for chunk in chunks:
        answer |= {k: chunk[k] for k in ("usage", "evalfirst", "timings") if chunk.get(k)}
    return answer


def split(answer: dict[str, Any], *, usage: bool) -> Iterator[dict[str, Any]]:
    """Yield a whole answer as the chunks of a stream, one a token where tokens are known.

    Args:
        answer: a chat completion or a text completion.
        usage: whether the last chunk carries the token counts (`include_usage`).
    """
    kept = ("id", "created", "model", "evalfirst")
    common: dict[str, Any] = {k: answer[k] for k in kept if k in answer}
    chat = "message" in answer["choices"][0]
    common["object"] = "chat.completion.chunk" if chat else "text_completion"
    for choice in answer["choices"]:
        index = choice.get("index", 0)
        message = choice.get("message", {})
        text = message.get("content") if chat else choice.get("text")
        known = (choice.get("logprobs") or {}).get("content") or []
        pieces: list[tuple[str, Any]]
        if "".join(token["token"] for token in known) == (text or "") and known:
            pieces = [(token["token"], {"content": [token]}) for token in known]
        else:
            words = (text or "").split(" ")
            pieces = [(w if i == 0 else " " + w, None) for i, w in enumerate(words)]
            if known:  # tokens that are parts of a character do not spell the text out
                pieces[0] = (pieces[0][0], {"content": known})
        if chat:
            first: dict[str, Any] = {"role": "assistant", "content": None}
            if message.get("tool_calls"):
                calls = enumerate(message["tool_calls"])
                first["tool_calls"] = [{"index": i, **call} for i, call in calls]
            if message.get("refusal"):
                first["refusal"] = message["refusal"]
            yield {**common, "choices": [{"index": index, "delta": first, "finish_reason": None}]}
        for piece, logprobs in pieces:
            body: dict[str, Any] = {"delta": {"content": piece}} if chat else {"text": piece}
            if logprobs:
                body["logprobs"] = logprobs
            yield {**common, "choices": [{"index": index, **body, "finish_reason": None}]}
        end: dict[str, Any] = {"index": index, "finish_reason": choice["finish_reason"]}
        end["delta" if chat else "text"] = {} if chat else ""
        yield {**common, "choices": [end]}
    if usage and answer.get("usage"):
        yield {**common, "choices": [], "usage": answer["usage"]}
