"""A chat-completions server on the loopback: it waits, as a model would, and answers.

It runs in a process of its own, so that it costs the tools under measurement no time of theirs:

    python -m benchmarks.peers.server SECONDS

prints its port. It answers each request with the label that its last message's text ends in, and
nothing else; `GET /asked` tells how often, so that a tool that asked twice or not at all is seen.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODEL = "scripted"


class _Server:
    """Counts what it was asked, over all connections."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = await reader.readexactly(_length(head))
                if head.startswith(b"GET"):
                    answer: dict[str, Any] = {"asked": self.asked}
                else:
                    self.asked += 1
                    await asyncio.sleep(self.seconds)
                    answer = _completion(json.loads(body), self.asked)
                writer.write(_response(answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def _completion(request: dict[str, Any], number: int) -> dict[str, Any]:
    content = request["messages"][-1]["content"]
    text = content if isinstance(content, str) else content[-1]["text"]
    words = text.split()
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": _MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": words[-1]},
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": len(words),
            "completion_tokens": 1,
            "total_tokens": len(words) + 1,
        },
    }


def _response(answer: dict[str, Any]) -> bytes:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


async def _serve(seconds: float) -> None:
    server = _Server(seconds)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await listening.serve_forever()


@contextmanager
def running(seconds: float = 0.0) -> Iterator[str]:
    """Run the server in a process of its own; give its address, with `/v1`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.peers.server", str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # it was asked for
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


def asked(address: str) -> int:
    """Return how many completions the server at `address` was asked for."""
    # an address that `running` made: it is of this machine
    with urlopen(f"{address}/asked") as answer:  # noqa: S310
        return int(json.load(answer)["asked"])


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
