"""Texts that say nearly the same, by the pieces of five characters that they share."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The closest pair of the course's own tickets has .44.
ALIKE = 0.6
_LENGTH = 5


@lru_cache(maxsize=4096)
def pieces(text: str) -> frozenset[str]:
    """Return all runs of five characters, without regard to case and spacing."""
    plain = " ".join(text.casefold().split())
    return frozenset(plain[i : i + _LENGTH] for i in range(max(1, len(plain) - _LENGTH + 1)))


def likeness(one: str, other: str) -> float:
    """Return the Jaccard index of the pieces of two texts, 0 to 1."""
    a, b = pieces(one), pieces(other)
    # the index cannot exceed the ratio of the sizes; most pairs end here
    if min(len(a), len(b)) < ALIKE * max(len(a), len(b)):
        return 0.0
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def repeats(texts: Sequence[str]) -> dict[int, int]:
    """Return each text that is nearly an earlier one, as `index -> index of the earlier one`."""
    found: dict[int, int] = {}
    kept: list[int] = []
    for index, text in enumerate(texts):
        twin = next((i for i in kept if likeness(text, texts[i]) >= ALIKE), None)
        if twin is None:
            kept.append(index)
        else:
            found[index] = twin
    return found
