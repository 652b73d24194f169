"""The support desk's tickets, and, apart from them, the labels that the course knows to be right.

The learner's copy (`datasets/tickets`) has no label in it. Gold labels and the three simulated
annotators lie in `datasets/ticket_gold`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from evalfirst.datasets import dataset
from evalfirst.evals import EvalSet, Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

T = TypeVar("T")

CATEGORIES = ("billing", "domains", "email", "website", "access", "other")

# What makes a ticket hard. An eval set without these looks better than the feature is.
HARD_SLICES = (
    "very_short",
    "long",
    "thread",
    "typos",
    "non_native",
    "angry",
    "two_intents",
    "vague",
    "other_language",
    "injection",
    "personal_data",
    "sarcasm",
    "screenshot",
)


class BadTickets(ValueError):
    """A data file of the course is damaged; the message names file, line and field."""


@dataclass(frozen=True)
class Ticket:
    """One support ticket as it came in.

    Attributes:
        id: `T001` and up, in the order of arrival.
        received: ISO 8601 minute, local time of the desk.
        channel: `email`, `form`, `chat` or `phone_note`.
        tier: `starter`, `business`, `agency`, or `none` for people who are no customers.
        language: ISO 639-1 code.
        text: what the customer wrote.
        slices: names out of `HARD_SLICES`; empty for an ordinary ticket.
    """

    id: str
    received: str
    channel: str
    tier: str
    language: str
    text: str
    slices: tuple[str, ...]


@dataclass(frozen=True)
class Gold:
    """The right label of one ticket.

    Attributes:
        category: one of `CATEGORIES`, by the labelling guide.
        urgency: `high`, `normal` or `low`.
        clear: whether two careful people would both agree.
        rule: number of the guide's rule that settles it, or None where none is needed.
        note: why, in a sentence; may be empty.
    """

    category: str
    urgency: str
    clear: bool
    rule: int | None
    note: str


@cache
def tickets() -> tuple[Ticket, ...]:
    """Return all tickets in the order in which they came in.

    Raises:
        BadTickets: the file is damaged.
    """
    path = dataset("tickets") / "tickets.jsonl"
    return tuple(
        _build(Ticket, {**row, "slices": tuple(row.get("slices", ()))}, where)
        for where, row in _rows(path)
    )


@cache
def gold() -> dict[str, Gold]:
    """Return the right labels by ticket id.

    Raises:
        BadTickets: the file is damaged.
    """
    path = dataset("ticket_gold") / "gold.jsonl"
    return {row.pop("id"): _build(Gold, row, where) for where, row in _rows(path)}


@cache
def annotators() -> dict[str, tuple[str, str, str]]:
    """Return what three (simulated) annotators said of the borderline tickets, by ticket id.

    Raises:
        BadTickets: the file is damaged.
    """
    path = dataset("ticket_gold") / "annotators.jsonl"
    return {row["id"]: tuple(row["labels"]) for _, row in _rows(path)}


@cache
def pool() -> EvalSet:
    """Return the tickets as samples without a target, for a learner to label."""
    return EvalSet(
        tuple(
            Sample(
                ticket.id,
                ticket.text,
                None,
                {
                    "slices": list(ticket.slices),
                    "source": "pool",
                    "received": ticket.received,
                    "channel": ticket.channel,
                    "tier": ticket.tier,
                    "language": ticket.language,
                },
            )
            for ticket in tickets()
        ),
        "tickets",
    )


def labelled_pool(without: Iterable[str] = ()) -> EvalSet:
    """Return the pool with its gold labels as targets.

    Args:
        without: ids to leave out, such as the examples that stand in a prompt.
    """
    left_out = set(without)
    return EvalSet(
        tuple(
            replace(sample, target=gold()[sample.id].category)
            for sample in pool()
            if sample.id not in left_out
        ),
        "tickets with gold labels",
    )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield f"{path}, line {number}", json.loads(line)
        except json.JSONDecodeError as error:
            raise BadTickets(
                f"{path}, line {number}: not JSON ({error.msg}). Restore the file with "
                f"`git checkout {path.name}`."
            ) from error


def _build(kind: type[T], row: dict[str, Any], where: str) -> T:
    try:
        return kind(**row)
    except TypeError as error:
        # the message names the missing or unknown field
        raise BadTickets(f"{where}: {error}") from error
