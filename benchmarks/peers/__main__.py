"""The same eval with evalfirst, with no tool, and with other tools: seconds, and what they add.

    python -m benchmarks peers

The model is a server on this machine that takes 50 ms for an answer; 50 may be asked at once. So
no tool can be faster than samples / 50 x 50 ms, and what a run takes longer is the tool, the SDK
and HTTP. Tools take turns in every round, in another order each time. What each was asked and what
it counted as right is checked. The first run installs the other tools under `build/peers`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from benchmarks.peers import server
from benchmarks.peers.install import PINS, ROOT, install, program, quiet_environment

LATENCY = 0.05
CONCURRENCY = 50
SIZES = (500, 2000)
LABELS = ("billing", "access", "email", "domains", "other")
HERE = Path(__file__).parent / "contestants"
PLAIN = "AsyncOpenAI, semaphore"


@dataclass(frozen=True)
class Contestant:
    """One way to run the eval.

    Attributes:
        name: as the table shows it.
        command: the program and its first arguments.
        rounds: how often it runs at each size.
        extra: what its program gets besides what all are given.
    """

    name: str
    command: tuple[str, ...]
    rounds: int = 3
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Time:
    """Seconds around the eval alone, and of the whole process."""

    inside: float
    whole: float


def main() -> None:
    """Print the table."""
    contestants = _contestants()
    say = sys.stdout.write
    say(_versions() + "\n")
    with tempfile.TemporaryDirectory() as name, server.running(LATENCY) as address:
        for size in SIZES:
            path = Path(name) / f"{size}.jsonl"
            right = _write_samples(path, size)
            times = _race(contestants, address, path, size, right)
            say(f"\n{size} samples, {CONCURRENCY} at once; no less than {_limit(size):.2f} s\n\n")
            say(_table(times, size))
            sys.stdout.flush()


def _contestants() -> list[Contestant]:
    folders = {name: install(name) for name in ("inspect_ai", "pydantic_evals", "deepeval")}
    ours, seven = sys.executable, 7
    install("promptfoo")
    others = [
        Contestant(f"{name} {_pinned(name)}", (str(program(name, "python")), _script(name)))
        for name in folders
    ]
    return [
        Contestant(PLAIN, (ours, _script("openai")), seven),
        Contestant("evalfirst", (ours, _script("evalfirst")), seven),
        *others,
        Contestant(
            f"promptfoo {_pinned('promptfoo')}",
            (ours, _script("promptfoo")),
            extra=(str(program("promptfoo", "promptfoo")),),
        ),
    ]


def _script(name: str) -> str:
    return str(HERE / f"with_{name}.py")


def _pinned(name: str) -> str:
    if name == "promptfoo":
        told = json.loads((PINS / "promptfoo.json").read_text(encoding="utf-8"))
        return str(told["dependencies"][name])
    lines = (PINS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    package = name.replace("_", "-") + "=="
    return next(line.removeprefix(package) for line in lines if line.startswith(package))


def _write_samples(path: Path, size: int) -> int:
    """Write samples of which one in ten has another target than the answer; return the others."""
    lines = []
    for number in range(size):
        answer = LABELS[number % len(LABELS)]
        sample = {
            "id": f"S-{number}",
            "input": f"Ticket {number}: it does not work as it did. The label is {answer}",
            "target": "none of them" if number % 10 == 0 else answer,
        }
        lines.append(json.dumps(sample) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return size - len(range(0, size, 10))


def _race(
    contestants: list[Contestant], address: str, path: Path, size: int, right: int
) -> dict[str, list[Time]]:
    times: dict[str, list[Time]] = {contestant.name: [] for contestant in contestants}
    for number in range(max(contestant.rounds for contestant in contestants)):
        turn = number % len(contestants)
        for contestant in [*contestants[turn:], *contestants[:turn]]:
            if number < contestant.rounds:
                times[contestant.name].append(_run(contestant, address, path, size, right))
    return times


def _run(contestant: Contestant, address: str, path: Path, size: int, right: int) -> Time:
    """Run a contestant; one that broke off gets a second try, and that is said."""
    taken = _try(contestant, address, path, size, right)
    if isinstance(taken, str):
        sys.stderr.write(f"{contestant.name} broke off, and is tried again\n")
        taken = _try(contestant, address, path, size, right)
    if isinstance(taken, str):
        sys.exit(f"{contestant.name} failed twice:\n{taken}")
    return taken


def _try(contestant: Contestant, address: str, path: Path, size: int, right: int) -> Time | str:
    before = server.asked(address)
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        done = subprocess.run(
            [*contestant.command, address, str(path), str(CONCURRENCY), *contestant.extra],
            cwd=home,
            env=quiet_environment(Path(home)),
            capture_output=True,
            text=True,
            check=False,
        )
        whole = time.perf_counter() - start
    if done.returncode:
        return done.stdout + done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    asked = server.asked(address) - before
    if (asked, told["right"]) != (size, right):
        sys.exit(
            f"{contestant.name} asked {asked} times about {size} samples and counted "
            f"{told['right']} as right, which {right} are: its time means nothing"
        )
    return Time(told["seconds"], whole)


def _table(times: dict[str, list[Time]], size: int) -> str:
    columns = ("tool", "eval, s", "of plain", "ms a sample over the limit", "process, s", "rounds")
    rows = [" | ".join(columns), " | ".join(["---"] + ["--:"] * (len(columns) - 1))]
    plain = times[PLAIN]
    for name, taken in sorted(times.items(), key=lambda item: _median(item[1])):
        ratio = statistics.median(
            one.inside / other.inside for one, other in zip(taken, plain, strict=False)
        )
        cells = (
            name,
            f"{_median(taken):.2f}",
            f"{ratio:.2f}",
            f"{(_median(taken) - _limit(size)) / size * 1000:.2f}",
            f"{statistics.median(t.whole for t in taken):.2f}",
            str(len(taken)),
        )
        rows.append(" | ".join(cells))
    return "".join(f"| {row} |\n" for row in rows)


def _median(times: list[Time]) -> float:
    return statistics.median(taken.inside for taken in times)


def _limit(size: int) -> float:
    return size / CONCURRENCY * LATENCY


def _versions() -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return (
        f"evalfirst of {commit.stdout.strip()}, openai {metadata.version('openai')}, "
        f"Node.js {node.stdout.strip()}"
    )


if __name__ == "__main__":
    main()
