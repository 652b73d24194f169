"""Run every benchmark: `python -m benchmarks`, or name one, such as `triage_arms`."""

from __future__ import annotations

import pkgutil
import runpy
import sys
from pathlib import Path


def main() -> None:
    """Run the benchmarks that are named on the command line, or all of them."""
    here = Path(__file__).parent
    every = [m.name for m in pkgutil.iter_modules([str(here)]) if not m.name.startswith("_")]
    named, sys.argv[1:] = sys.argv[1:], []
    if unknown := set(named) - set(every):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(every)}")
    for name in named or every:
        sys.stdout.write(f"\n## {name}\n\n")
        sys.stdout.flush()
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
