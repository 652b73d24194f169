"""Refresh requirements.lock and write the pins into environment.yml and binder/environment.yml."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"

# Binder reads only its own copy once binder/ exists, hence two equal files.
ENVIRONMENTS = (ROOT / "environment.yml", ROOT / "binder" / "environment.yml")

HEAD = """\
# Written by `make lock` from requirements.lock: the same pins for conda and Binder.
name: evalfirst
channels:
  - conda-forge
dependencies:
  - python=3.12
  - pip
  - pip:
"""


def compile_pins(*arguments: str) -> str:
    """Resolve pyproject.toml for every supported Python and platform."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pins.txt"
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal"),
                *("--python-version", "3.11.5", "--no-annotate", "--no-header", "--quiet"),
                *("--no-emit-index-url", "--no-emit-find-links", "--output-file", str(out)),
                *arguments,
            ],
            cwd=ROOT,
            check=True,
        )
        return out.read_text()


def environment(pins: str) -> str:
    """Return environment.yml for these runtime pins."""
    quoted = [f'      - "{re.sub(chr(34), chr(39), pin)}"' for pin in pins.splitlines()]
    return HEAD + "\n".join(quoted) + "\n"


def main() -> None:
    """Write the lock first, then both environments from what it pins."""
    LOCK.write_text(compile_pins("--all-extras", "--group", "dev", "--upgrade"))
    text = environment(compile_pins("--extra", "course", "--constraint", str(LOCK)))
    for path in ENVIRONMENTS:
        path.write_text(text)
    print(f"{LOCK.name}: {len(LOCK.read_text().splitlines())} pins")


if __name__ == "__main__":
    main()
