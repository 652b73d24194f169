"""How long it takes until evalfirst is there: imports, and an eval of one sample.

    python -m benchmarks.import_time

Each row is a fresh Python with nothing else to do, measured as a person waits: from the call of the
program until it has ended. Rows take turns, so that a busy moment of the machine hits all.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9
BARE = "a bare Python"
_RUN = """
from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.scorers import exact
result = run(str.upper, EvalSet((Sample("1", "a", "A"),)), [exact()], progress=False)
assert result.results[0].scores["exact"].value == 1.0
"""
PROGRAMS = {
    BARE: "pass",
    "import evalfirst": "import evalfirst",
    "import evalfirst.evals": "import evalfirst.evals",
    "import evalfirst.stats": "import evalfirst.stats",
    "from evalfirst.stats import wilson": "from evalfirst.stats import wilson",
    "an eval of one sample": _RUN,
    "an eval of one sample, and its summary": _RUN + "result.summary()",
    "for comparison: import openai": "import openai",
    "for comparison: import pandas": "import pandas",
}


def main() -> None:
    """Print one row for each program."""
    # the first one of each compiles what is not compiled yet
    rounds = [{name: _seconds(code) for name, code in PROGRAMS.items()} for _ in range(ROUNDS + 1)]
    medians = {name: statistics.median(r[name] for r in rounds[1:]) for name in PROGRAMS}
    say = sys.stdout.write
    say(f"medians of {ROUNDS} rounds, seconds\n\n")
    say("| program | from start to end | more than a bare Python |\n|---|--:|--:|\n")
    for name, seconds in medians.items():
        say(f"| {name} | {seconds:.3f} | {seconds - medians[BARE]:.3f} |\n")


def _seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
