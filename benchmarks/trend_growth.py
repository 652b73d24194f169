"""How long the quality trend takes to read as the store grows to a million sample rows."""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from evalfirst.evals import EvalRun, SampleResult, Score
from evalfirst.trend import TrendStore

_SAMPLES = 500
_ROWS = (1_000, 10_000, 100_000, 1_000_000)
_REPEATS = 7


def run_of(number: int) -> EvalRun:
    """Return one run of 500 samples in two slices."""
    slices = (("typos",), ("long", "thread"), ())
    return EvalRun(
        tuple(
            SampleResult(
                id=f"s{i}",
                input="",
                target=1,
                slices=slices[i % 3],
                output=1,
                scores={"exact": Score(float((i * 7919 + number * 104729) % 100 < 80))},
                seconds=0.3,
            )
            for i in range(_SAMPLES)
        ),
        f"triage v{number}",
        "tickets 0123456789ab",
        ("exact",),
        started=(datetime(2020, 1, 1, 2) + timedelta(days=number)).isoformat(),
    )


def main() -> None:
    """Fill one store step by step and print a Markdown table."""
    print_line(
        "| sample rows | runs | adding one run (ms) | trend query (ms) | alarms (ms) | file (MB) |"
    )
    print_line("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quality.sqlite"
        store = TrendStore(f"sqlite:///{path}")
        store.record(run_of(0))
        store.trend()  # what is imported on first use is not the store's growth
        recorded = 1
        for rows in _ROWS:
            added = []
            while recorded < rows // _SAMPLES:
                start = time.perf_counter()
                store.record(run_of(recorded))
                added.append(time.perf_counter() - start)
                recorded += 1
            trend = median_of(store.trend)
            alarms = median_of(store.alarms)
            size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
            print_line(
                f"| {rows:,} | {recorded:,} | {1000 * statistics.median(added):.0f} "
                f"| {1000 * trend:.0f} | {1000 * alarms:.0f} | {size:.1f} |"
            )


def median_of(call: object) -> float:
    """Return the median seconds of a few calls."""
    times = []
    for _ in range(_REPEATS):
        gc.collect()
        start = time.perf_counter()
        call()  # type: ignore[operator]  # both are methods without arguments
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def print_line(text: str) -> None:
    """Print at once, for each step takes a while."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
