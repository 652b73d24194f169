"""Runs that are killed at a random point and continued, each in a process of its own.

    python -m tests.evals.killed_runs FOLDER SEED TIMES

Prints one JSON line for the undisturbed run, then one for each run that was killed and resumed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from evalfirst.evals import EvalRun, EvalSet, Sample, run
from evalfirst.evals.scorers import exact
from evalfirst.llm import ReplayTransport, client
from evalfirst.llm.recordings import append
from evalfirst.stats import wilson
from tests.llm.conftest import exchange, question

SAMPLES = EvalSet(tuple(Sample(f"s{i}", f"ticket {i}", f"answer {i % 3}") for i in range(40)), "t")


class Feature:
    """Asks a recorded model; raises for one ticket; kills its process at the given call."""

    version = "1"

    def __init__(self, sdk: Any, last_call: int | None = None) -> None:
        self.sdk = sdk
        self.last_call = last_call
        self.calls = 0
        self.lock = threading.Lock()

    def __call__(self, text: str) -> str:
        with self.lock:
            self.calls += 1
            if self.calls == self.last_call:
                os.kill(os.getpid(), signal.SIGKILL)
        if text == "ticket 7":
            raise ValueError("no answer to this one")
        said = self.sdk.chat.completions.create(**question(text)).choices[0].message.content
        return str(said)


def facts(done: EvalRun) -> dict[str, Any]:
    """Return what must not depend on whether a run was killed."""
    return {
        "ids": [r.id for r in done.results],
        "outputs": [r.output for r in done.results],
        "summary": done.summary(),
        "totals": done.totals(),
        "model": done.versions["model"],
    }


def in_a_child(work: Any) -> int:
    """Do `work` in a forked process and return how it ended, below 0 for a signal."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path, seed: int, times: int) -> None:
    """Kill and continue `times` runs."""
    recording = folder / "recorded.jsonl"
    for sample in SAMPLES:
        number = int(sample.id[1:])
        append(recording, exchange(question(str(sample.input)), f"answer {number % 4}"))
    points = random.Random(seed)
    # used once before the forks: what the first call and summary import takes longer than a run
    sdk = client(ReplayTransport(recording))
    Feature(sdk)("ticket 0")
    wilson(1, 2)

    def to_the_end(cache: Path) -> None:
        feature = Feature(sdk)
        done = run(feature, SAMPLES, [exact()], cache=cache)
        sys.stdout.write(json.dumps({"calls": feature.calls, **facts(done)}) + "\n")
        sys.stdout.flush()

    in_a_child(lambda: to_the_end(folder / "undisturbed.jsonl"))
    for turn in range(times):
        cache, last = folder / f"killed-{turn}.jsonl", points.randint(1, len(SAMPLES))
        ended = in_a_child(
            lambda cache=cache, last=last: run(Feature(sdk, last), SAMPLES, [exact()], cache=cache)
        )
        if ended != -signal.SIGKILL:
            raise SystemExit(f"the run that was to be killed ended with {ended}")
        in_a_child(lambda cache=cache: to_the_end(cache))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
