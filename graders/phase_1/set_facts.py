"""What a learner's eval set holds, counted against the ticket pool and its gold labels.

Everything here works on the plain rows that a probe sends; gold stays on this side.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graders.phase_1.near_duplicates import ALIKE, likeness, repeats
from graders.support_desk.tickets import CATEGORIES, HARD_SLICES, gold, tickets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from graders.support_desk.tickets import Ticket

ENOUGH = 50
# Plain tickets count for at most half of the set: they are what a demo shows anyway.
MOST_PLAIN = 25
# Cohen's kappa with gold below which labels count for nothing, and from which they count fully.
# On sets of 60, labels by keyword reach .50 to .74, .61 in the middle. A person who is right on
# eight of ten clear tickets has about .76; the nine in ten that are asked for are about .88.
_NO_TRUST, _FULL_TRUST = 0.6, 0.83
_SLICES_OF_AN_OWN_EXAMPLE = 2
_WORDS_OF_AN_OWN_EXAMPLE = 3


@dataclass(frozen=True)
class Row:
    """One row as the learner handed it in.

    Attributes:
        id, text: as given.
        given: the label as given; any plain value.
        label: the label in small letters if it is one of the categories, else None.
        claimed: slices that the row's metadata name.
        ticket: the pool's ticket of this id, if there is one.
    """

    id: str
    text: str
    given: Any
    label: str | None
    claimed: tuple[str, ...]
    ticket: Ticket | None

    @property
    def altered(self) -> bool:
        """Whether the text is no longer what the pool has for this id."""
        return self.ticket is not None and self.text.split() != self.ticket.text.split()

    @property
    def slices(self) -> tuple[str, ...]:
        """The pool's slices; for an own example the claimed ones, a few at most."""
        if self.ticket is not None:
            return self.ticket.slices
        known = [name for name in HARD_SLICES if name in self.claimed]
        return tuple(known[:_SLICES_OF_AN_OWN_EXAMPLE])


@dataclass(frozen=True)
class SetFacts:
    """An eval set's rows and what can be counted about them."""

    rows: tuple[Row, ...]

    @cached_property
    def repeated(self) -> dict[int, int]:
        """Near-duplicates: index of a row -> index of the earlier row that it repeats."""
        return repeats([row.text for row in self.rows])

    @cached_property
    def usable(self) -> tuple[Row, ...]:
        """Distinct tickets of the pool, unaltered, with a label out of the categories."""
        return tuple(row for row in self._sound if row.ticket is not None)

    @cached_property
    def own(self) -> tuple[Row, ...]:
        """Distinct examples that the learner wrote; they count for coverage only."""
        return tuple(
            row
            for row in self._sound
            if row.ticket is None and len(row.text.split()) >= _WORDS_OF_AN_OWN_EXAMPLE
        )

    @property
    def _sound(self) -> Iterable[Row]:
        return (
            row
            for index, row in enumerate(self.rows)
            if row.label and not row.altered and index not in self.repeated
        )

    @cached_property
    def plain(self) -> int:
        """How many usable rows belong to no hard slice."""
        return sum(not row.slices for row in self.usable)

    @cached_property
    def counted(self) -> int:
        """How many rows count towards the size: all hard ones, plain ones up to a limit."""
        return len(self.usable) - max(0, self.plain - MOST_PLAIN)

    @property
    def size(self) -> float:
        """Share of the needed size, 0 to 1."""
        return min(1.0, self.counted / ENOUGH)

    @cached_property
    def clear(self) -> tuple[Row, ...]:
        """Usable rows on whose label two careful people would agree."""
        return tuple(row for row in self.usable if gold()[row.id].clear)

    @cached_property
    def kappa(self) -> float:
        """Cohen's kappa of labels and gold on clear rows: 0 for chance or for one label only."""
        n = len(self.clear)
        if not n:
            return 0.0
        said = Counter(row.label for row in self.clear)
        meant = Counter(gold()[row.id].category for row in self.clear)
        chance = sum(said[name] * meant[name] for name in CATEGORIES) / (n * n)
        return (agreement(self.clear) - chance) / (1 - chance) if chance < 1 else 0.0

    @property
    def trust(self) -> float:
        """How far the labels can be relied on, 0 to 1: 0 where keywords do as well."""
        return min(1.0, max(0.0, (self.kappa - _NO_TRUST) / (_FULL_TRUST - _NO_TRUST)))

    def leaked(self, shots: Collection[str]) -> list[tuple[Row, str]]:
        """Return rows that are, or nearly are, a prompt's own example, with the example's id."""
        texts = {ticket.id: ticket.text for ticket in tickets() if ticket.id in shots}
        found = []
        for row in self.rows:
            alike = (id_ for id_, text in texts.items() if likeness(row.text, text) >= ALIKE)
            shot = row.id if row.id in shots else next(alike, None)
            if shot is not None:
                found.append((row, shot))
        return found


def set_facts(rows: Sequence[dict[str, Any]]) -> SetFacts:
    """Read the rows of a probe: dicts with `id`, `text`, `target` and `slices`."""
    known = {ticket.id: ticket for ticket in tickets()}
    return SetFacts(
        tuple(
            Row(
                row["id"],
                row["text"],
                row["target"],
                _label(row["target"]),
                tuple(row["slices"]),
                known.get(row["id"]),
            )
            for row in rows
        )
    )


def agreement(rows: Sequence[Row]) -> float:
    """Return the share of rows with the gold label; 0 without rows."""
    return sum(agrees(row) for row in rows) / len(rows) if rows else 0.0


def agrees(row: Row) -> bool:
    """Return whether a usable row has the gold label."""
    return row.label == gold()[row.id].category


def _label(given: Any) -> str | None:
    name = given.strip().casefold() if isinstance(given, str) else ""
    return name if name in CATEGORIES else None
