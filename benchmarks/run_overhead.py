"""What a run adds to the time that its calls take.

    python -m benchmarks.run_overhead

First against the physical limit (samples / concurrency x latency) with features that only wait;
then over loopback HTTP, with a server in a process of its own and the real SDK, against a plain
AsyncOpenAI with a semaphore: seven pairs, alternated, and the median of their ratios.
"""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalfirst.evals import EvalSet, Sample, arun, run
from evalfirst.evals.scorers import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLES, LATENCY, CONCURRENCY, PAIRS = 2_000, 0.05, 50, 7
LIMIT = SAMPLES / CONCURRENCY * LATENCY
SET = EvalSet(tuple(Sample(f"s{i}", f"ticket {i}", "yes") for i in range(SAMPLES)), "waiting")


def main() -> None:
    """Print both tables."""
    write = sys.stdout.write
    write(
        f"{SAMPLES:,} samples, {LATENCY * 1000:.0f} ms, concurrency {CONCURRENCY}: the physical "
        f"limit is {LIMIT:.2f} s\n\n| feature that waits | s | of the limit |\n|---|---|---|\n"
    )
    for name, feature in (("async", _waits), ("sync", _waits_in_a_thread)):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            cache = Path(folder) / "run.jsonl"
            done = run(feature, SET, [exact()], concurrency=CONCURRENCY, cache=cache)
            took = time.perf_counter() - start
        _check(done.passes())
        write(f"| {name} | {took:.2f} | {took / LIMIT:.3f} |\n")
    write("\n| over loopback HTTP | s, median | of plain, median of pairs |\n|---|---|---|\n")
    with _server() as url:
        os.environ |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "EVALFIRST_LLM": "live"}
        ways: dict[str, Callable[[], float]] = {
            "plain AsyncOpenAI and a semaphore": lambda: asyncio.run(_plain(url)),
            "evalfirst.evals.run, client of evalfirst.llm": lambda: asyncio.run(_ours()),
        }
        for way in ways.values():
            way()  # what is loaded once is not part of the comparison
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(PAIRS):
            for name in list(ways)[:: 1 if turn % 2 else -1]:
                seconds[name].append(ways[name]())
    plain, ours = seconds.values()
    ratio = statistics.median(b / a for a, b in zip(plain, ours, strict=True))
    for (name, took), of_plain in zip(seconds.items(), (1.0, ratio), strict=True):
        write(f"| {name} | {statistics.median(took):.2f} | {of_plain:.3f} |\n")


async def _waits(_: str) -> str:
    await asyncio.sleep(LATENCY)
    return "yes"


def _waits_in_a_thread(_: str) -> str:
    time.sleep(LATENCY)
    return "yes"


def _check(passes: int) -> None:
    if passes != SAMPLES:
        raise SystemExit(f"{passes} of {SAMPLES} right: samples were lost or calls failed")


def _messages(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


async def _plain(url: str) -> float:
    import openai

    async with openai.AsyncOpenAI(base_url=url, api_key="none") as sdk:
        gate = asyncio.Semaphore(CONCURRENCY)

        async def one(sample: Sample) -> bool:
            async with gate:
                given: Any = await sdk.chat.completions.create(
                    model="gpt-4.1-mini",
                    messages=_messages(sample.text),  # type: ignore[arg-type]  (plain dicts)
                )
            return bool(given.choices[0].message.content == sample.target)

        start = time.perf_counter()
        right = await asyncio.gather(*(one(sample) for sample in SET))
        took = time.perf_counter() - start
    _check(sum(right))
    return took


async def _ours() -> float:
    from evalfirst.llm import async_client

    with tempfile.TemporaryDirectory() as folder:
        async with async_client() as sdk:

            async def feature(text: str) -> str | None:
                given: Any = await sdk.chat.completions.create(
                    model="gpt-4.1-mini",
                    messages=_messages(text),  # type: ignore[arg-type]  (plain dicts)
                )
                return str(given.choices[0].message.content)

            start = time.perf_counter()
            cache = Path(folder) / "run.jsonl"
            done = await arun(feature, SET, [exact()], concurrency=CONCURRENCY, cache=cache)
            took = time.perf_counter() - start
    _check(done.passes())
    if done.totals()["calls"] != SAMPLES:
        raise SystemExit("calls were not counted")
    return took


ANSWER = (
    b'{"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4.1-mini", "choices": '
    b'[{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}], '
    b'"usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}'
)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


class _Answers(asyncio.Protocol):
    """The least that answers HTTP, so that the server does not take the clients' processor."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        head, end, body = self.seen.partition(b"\r\n\r\n")
        if not end:
            return
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
        if len(body) >= int(fields[b"content-length"]):
            self.seen = b""
            asyncio.get_running_loop().call_later(LATENCY, self._answer)

    def _answer(self) -> None:
        self.transport.write(HEAD % len(ANSWER) + ANSWER)


def _serve(port: Any) -> None:
    async def forever() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Answers, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


@contextmanager
def _server() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    # by the module's own name: started as `python -m benchmarks`, this file is called __main__
    serve = importlib.import_module("benchmarks.run_overhead")._serve
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
