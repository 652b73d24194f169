"""What every contestant is given, and what it tells: `PROGRAM ADDRESS SAMPLES CONCURRENCY`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MODEL = "scripted"
ADDRESS = sys.argv[1]
CONCURRENCY = int(sys.argv[3])


def samples() -> list[dict[str, Any]]:
    """Return the samples, each with `id`, `input` and `target`."""
    return [json.loads(line) for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()]


def messages(text: str) -> list[Any]:
    """Return what the model is asked."""
    return [{"role": "user", "content": text}]


def tell(seconds: float, right: int) -> None:
    """Say how long the eval took, and how many samples were right."""
    sys.stdout.write("\n" + json.dumps({"seconds": seconds, "right": right}) + "\n")
