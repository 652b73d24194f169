"""The verdict on one output, and the shape of everything that gives one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """The verdict on one output.

    Attributes:
        value: 0.0 (wrong) to 1.0 (right).
        answer: what was compared, after clean-up.
        explanation: one sentence for the person who reads the row.
    """

    value: float
    answer: Any = None
    explanation: str = ""


class NoVerdict(Exception):
    """A scorer cannot decide on this output: a judge refused, broke off, or was not reached.

    A run keeps the sample as a failed one and goes on. Any other exception of a scorer stops
    the run: then the eval is wrong.
    """


Scorer = Callable[[Any, Any], Score]
