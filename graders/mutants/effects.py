"""What a version costs, measured on every ticket of the pool."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from graders.mutants.recorded import base_answers
from graders.support_desk.tickets import CATEGORIES, gold, tickets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graders.mutants.recorded import Mutant

# A named slice is looked at from so many tickets on: below that, a few tickets make 20 points.
LEAST_TICKETS = 30
DEGRADED = -0.20
EQUIVALENT = 0.03


@dataclass(frozen=True)
class Effect:
    """Change of accuracy against the desk as it runs, as a fraction; below 0 is worse.

    Attributes:
        overall: on all tickets.
        slices: on each category and each hard slice of `LEAST_TICKETS` tickets or more.
        changed: tickets that get another answer.
    """

    overall: float
    slices: Mapping[str, float]
    changed: int

    @property
    def worst(self) -> tuple[str, float]:
        """Name and change of the slice that loses most."""
        return min(self.slices.items(), key=lambda item: item[1])

    @property
    def degraded(self) -> bool:
        """Whether it loses 20 points or more, overall or on a slice."""
        return min(self.overall, self.worst[1]) <= DEGRADED

    @property
    def equivalent(self) -> bool:
        """Whether the accuracy on all tickets stays within 3 points, and no slice collapses."""
        return abs(self.overall) <= EQUIVALENT and not self.degraded


@cache
def slices() -> dict[str, tuple[str, ...]]:
    """Return the ids of each category and hard slice that is large enough to speak of."""
    found: dict[str, list[str]] = defaultdict(list)
    for ticket in tickets():
        found[gold()[ticket.id].category].append(ticket.id)
        for name in ticket.slices:
            found[name].append(ticket.id)
    return {name: tuple(ids) for name, ids in found.items() if len(ids) >= LEAST_TICKETS}


def measured(mutant: Mutant) -> Effect:
    """Return what a version costs on the whole pool, against the gold labels."""
    return effect(mutant.answers)


def effect(answers: Mapping[str, str]) -> Effect:
    """Return what other answers than the desk's cost; `answers` names every ticket's category.

    Raises:
        KeyError: a ticket has no answer.
    """
    base, right = base_answers(), {i: label.category for i, label in gold().items()}
    if unknown := set(answers.values()) - set(CATEGORIES):
        raise KeyError(f"no categories: {', '.join(sorted(unknown))}")

    def change(ids: tuple[str, ...]) -> float:
        moved = sum((answers[i] == right[i]) - (base[i] == right[i]) for i in ids)
        return moved / len(ids)

    every = tuple(ticket.id for ticket in tickets())
    return Effect(
        change(every),
        {name: change(ids) for name, ids in slices().items()},
        sum(answers[i] != base[i] for i in every),
    )
