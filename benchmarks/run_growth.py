"""How time and memory of a run grow with the number of samples: streamed, and in memory.

    python -m benchmarks.run_growth

Each size runs in a process of its own. The feature answers at once, so that what is measured is
the run itself: reading, keys, scoring, and one line on disk for each sample.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (100, 1_000, 10_000, 100_000)


def main() -> None:
    """Print one row for each size and way."""
    write = sys.stdout.write
    write("| samples | way | us a sample | us a sample, resumed | peak memory, MB |\n")
    write("|---" * 5 + "|\n")
    for way in ("streamed", "in memory"):
        for n in SIZES:
            said = subprocess.run(
                [sys.executable, "-m", "benchmarks.run_growth", way, str(n)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            told = json.loads(said)
            write(
                f"| {n:,} | {way} | {told['first'] / n * 1e6:.0f} | "
                f"{told['again'] / n * 1e6:.0f} | {told['peak']:.1f} |\n"
            )


def measure(way: str, n: int) -> None:
    """Run once and once more from the cache; print seconds and peak memory as JSON."""
    from evalfirst.evals import EvalSet, run
    from evalfirst.evals.scorers import exact

    async def feature(text: str) -> str:
        return text[-1]

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "samples.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for i in range(n):
                row = {
                    "id": f"s{i}",
                    "input": f"My invoice has a wrong amount, and this is ticket number {i}",
                    "target": str(i % 10),
                    "metadata": {"slices": ["angry"]},
                }
                file.write(json.dumps(row) + "\n")
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            samples = EvalSet.stream(path) if way == "streamed" else EvalSet.load(path)
            done = run(feature, samples, [exact()], cache=Path(name) / "run.jsonl", concurrency=50)
            passed = done.passes()
            seconds.append(time.perf_counter() - start)
            if passed != n:
                raise SystemExit(f"{passed} of {n} right: the run lost samples")
            if len(seconds) == 1:
                # the peak of a run from the beginning; a resumed one holds an index as well
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            del samples, done
    told = {"first": seconds[0], "again": seconds[1], "peak": peak}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main()
