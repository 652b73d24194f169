"""A clean environment, servers on loopback, and recordings for the model's tests."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from evalfirst.llm.recordings import Exchange, append

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VARIABLES = (
    "EVALFIRST_LLM",
    "EVALFIRST_RECORD",
    "EVALFIRST_FAULTS",
    "EVALFIRST_WORKSPACE",
    "EVALFIRST_MODEL",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVALFIRST_PROGRESS", "0")
    monkeypatch.chdir(tmp_path)


def question(text: str = "Say hello.", **settings: Any) -> dict[str, Any]:
    """Return the arguments of a chat completion."""
    settings = {"model": "small", "temperature": 0, "max_tokens": 8, **settings}
    return {"messages": [{"role": "user", "content": text}], **settings}


def answer(text: str, **fields: Any) -> dict[str, Any]:
    """Return a chat completion's body."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
    }
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "SmolLM2-135M-Instruct-Q4_1",
        "choices": [choice],
        "usage": usage,
        **fields,
    }


def exchange(request: dict[str, Any], text: str, **fields: Any) -> Exchange:
    """Return an exchange that was recorded at some time in the past."""
    given = {
        "endpoint": "chat/completions",
        "request": request,
        "response": answer(text),
        "seconds": 1.25,
        "model": "SmolLM2-135M-Instruct-Q4_1",
        "at": "2026-06-01T10:00:00+00:00",
        **fields,
    }
    return Exchange(**given)


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes exchanges to a file and returns its path."""
    path = tmp_path / "recorded.jsonl"

    def write(*exchanges: Exchange) -> Path:
        for one in exchanges:
            append(path, one)
        return path

    return write


class Loopback:
    """A server on loopback that gives every request the same answer and keeps what it got."""

    def __init__(self, status: int, body: bytes, kind: str) -> None:
        self.requests: list[dict[str, Any]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                owner.requests.append(
                    {
                        "path": self.path,
                        "key": self.headers["authorization"],
                        "body": json.loads(self.rfile.read(length)),
                    }
                )
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def loopback(
    status: int, body: dict[str, Any] | str, kind: str = "application/json"
) -> Iterator[Loopback]:
    text = body if isinstance(body, str) else json.dumps(body)
    server = Loopback(status, text.encode(), kind)
    try:
        yield server
    finally:
        server.stop()
