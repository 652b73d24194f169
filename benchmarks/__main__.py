"""Run every benchmark: `python -m benchmarks`, or name some, such as `triage_arms`.

`python -m benchmarks --write NAME ...` also puts what they print into `benchmarks/README.md`.
"""

from __future__ import annotations

import io
import pkgutil
import platform
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path

import psutil

from evalfirst import atomic

HERE = Path(__file__).parent
README = HERE / "README.md"


class _Both(io.StringIO):
    """Keeps what is printed, and shows it at once."""

    def write(self, text: str) -> int:
        """Show and keep `text`."""
        sys.__stdout__.write(text)
        sys.__stdout__.flush()
        return super().write(text)


def main() -> None:
    """Run the benchmarks that are named on the command line, or all of them."""
    every = [m.name for m in pkgutil.iter_modules([str(HERE)]) if not m.name.startswith("_")]
    named, sys.argv[1:] = sys.argv[1:], []
    write = "--write" in named
    named = [name for name in named if name != "--write"]
    if unknown := set(named) - set(every):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(every)}")
    for name in named or every:
        sys.stdout.write(f"\n## {name}\n\n")
        sys.stdout.flush()
        machine = _machine()
        printed = _Both()
        with redirect_stdout(printed):
            runpy.run_module(f"benchmarks.{name}", run_name="__main__")
        if write:
            _keep(name, f"{printed.getvalue().strip()}\n\n{machine}")


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"Measured on {psutil.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}; before it began, "
        f"{psutil.getloadavg()[0]:.1f} processes wanted a CPU."
    )


def _keep(name: str, printed: str) -> None:
    """Put what a benchmark printed between its two marks in the README."""
    text = README.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(start)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        sys.exit(f"{README} has no place for {name}: write {start} and {end} into it")
    atomic.write_text(README, f"{before}{start}\n\n{printed}\n\n{end}{after}")


if __name__ == "__main__":
    main()
