"""Servers on loopback that break off in the ways that real ones do, byte by byte."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.llm.conftest import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Sending = Callable[[socket.socket], None]

WHOLE = json.dumps(answer("hello there, how are you")).encode()


def _event(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps(chunk | {"choices": [choice]}).encode() + b"\n\n"


def _head(kind: str, *more: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", f"content-type: {kind}", *more, "", "")).encode()


def _chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def reset(connection: socket.socket) -> None:
    # closing now sends a reset instead of a farewell
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def no_answer(connection: socket.socket) -> None:
    """Closed without a word."""


def half_a_body(connection: socket.socket) -> None:
    connection.sendall(_head("application/json", "connection: close") + WHOLE[:60])


def half_a_stream(connection: socket.socket) -> None:
    connection.sendall(_head("text/event-stream", "connection: close") + _event("a") + _event("b"))


def dropped_stream(connection: socket.socket) -> None:
    head = _head("text/event-stream", "transfer-encoding: chunked")
    connection.sendall(head + _chunked(_event("a"), _event("b")))


@contextmanager
def broken(send: Sending) -> Iterator[str]:
    """Serve one request with whatever `send` does to the connection; yields the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as source:
            length = 0
            while (line := source.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            source.read(length)
            send(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        thread.join(10)
        listener.close()
