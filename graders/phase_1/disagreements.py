"""Labels that differ from gold, shown with the guide's argument, the most instructive first."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from graders.phase_1.guide_text import argument
from graders.phase_1.set_facts import agrees
from graders.support_desk.tickets import gold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from graders.phase_1.set_facts import Row

MOST_SHOWN = 8
_MOST_CHARACTERS = 80
# Some notes argue only how urgent a ticket is, which is not in question here.
_OF_URGENCY = re.compile(r"^[^;]*(deadline|24 hours)[^;]*$", re.IGNORECASE)


def disagreements(rows: Sequence[Row]) -> list[Row]:
    """Return the rows whose label differs from gold.

    Each rule of the guide comes once before any comes twice. Within a rule, hard tickets and
    those whose gold label has a note come first: they teach most.
    """
    wrong = [row for row in rows if not agrees(row)]
    wrong.sort(key=lambda row: (not row.slices, not gold()[row.id].note, row.id))
    turn: dict[int | None, int] = {}
    order: list[tuple[bool, int, int, Row]] = []
    for row in wrong:
        rule = gold()[row.id].rule
        # what no rule settles is mostly a slip of the hand: it comes last
        order.append((rule is None, turn.get(rule, 0), len(order), row))
        turn[rule] = turn.get(rule, 0) + 1
    return [row for *_, row in sorted(order, key=lambda entry: entry[:3])]


def argued(rows: Sequence[Row], already: Collection[Row] = (), *, shown_at: str = "") -> str:
    """Return the disagreements in words: ticket, both labels, and why the guide has its own.

    Args:
        rows: usable rows on clear tickets.
        already: rows that another case shows; they are counted and not shown again.
        shown_at: the name of that case.
    """
    found = disagreements(rows)
    new = [row for row in found if row not in already]
    parts = [_entry(row) for row in new[:MOST_SHOWN]]
    if shown := len(found) - len(new):
        parts.insert(0, f"Shown at '{shown_at}': {shown} of the {len(found)} that differ.")
    if left := len(new[MOST_SHOWN:]):
        parts.append(f"And {left} more. Go through your labels with the guide beside you.")
    return "\n\n".join(parts)


def _entry(row: Row) -> str:
    right = gold()[row.id]
    quote = textwrap.shorten(row.text, _MOST_CHARACTERS, placeholder=" ...")
    lines = [
        f"{row.id}: {quote}",
        f"You: `{row.label}`. The guide: `{right.category}`.",
        argument(right.category, right.rule),
    ]
    if right.note and not (right.rule is None and _OF_URGENCY.search(right.note)):
        lines.append(f"Here: {right.note}")
    return "\n".join(lines)
