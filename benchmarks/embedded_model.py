"""What the embedded model costs on this machine: time to the first answer, 60 tickets, memory.

python -m benchmarks.embedded_model [arm]
"""

from __future__ import annotations

import sys
import time

import psutil

from evalfirst.llm import EmbeddedTransport, Meter, client
from evalfirst.llm.engine import threads
from graders.support_desk.tickets import tickets
from graders.support_desk.triage import BEST, Triage


def main(arm: str = BEST) -> None:
    """Print the figures."""
    process = psutil.Process()
    before = process.memory_info().rss
    meter = Meter()
    feature = Triage(arm, client(EmbeddedTransport(), meter=meter))
    start = time.perf_counter()
    feature(tickets()[0].text)
    first = time.perf_counter() - start
    start, worked = time.perf_counter(), time.process_time()
    for ticket in tickets()[:60]:
        feature(ticket.text)
    wall, cpu = time.perf_counter() - start, time.process_time() - worked
    after = process.memory_info().rss
    total = meter.total()
    sys.stdout.write(
        f"arm {arm}, {threads()} threads, {psutil.getloadavg()[0]:.1f} processes wanted a CPU\n"
        f"first answer, loading included: {first:.2f} s\n"
        f"60 tickets: {wall:.1f} s on the clock, {cpu:.1f} s of CPU\n"
        f"tokens a ticket: {total['prompt_tokens'] / total['calls']:.0f} in, "
        f"{total['completion_tokens'] / total['calls']:.0f} out\n"
        f"resident memory: {after / 1e6:.0f} MB, of it the model {(after - before) / 1e6:.0f} MB\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
