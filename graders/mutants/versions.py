"""How each version differs from the desk, in code: what `make recordings` runs on every ticket."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graders.support_desk import keywords
from graders.support_desk.desk import WEIGHT, desk, likeliest, newest_message
from graders.support_desk.tickets import CATEGORIES, tickets
from graders.support_desk.triage import BEST, Arm, Triage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graders.support_desk.tickets import Ticket

    Version = Callable[[str], str]

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LOUD = re.compile(r"\b[A-Z]{4,}\b|!!")
_PERSONAL = re.compile(r"\S*[\d@]\S*|\b[A-Z]\w*")


def versions(client: Any = None) -> dict[str, Version]:
    """Return each version as a feature, by name, in the order of the catalogue."""
    base = desk(client)

    def prompt(**changes: Any) -> Triage:
        triage = Triage(BEST, client)
        triage.arm = Arm(triage.arm.name, replace(triage.arm.prompt, **changes))
        return triage

    return {
        "preview": base.but(clean=lambda text: newest_message(text)[:40]),
        "swapped": base.but(answer=_swapped("email", "domains")),
        "renamed": base.but(answer=_moved("website")),
        "english only": base.but(answer=_when(lambda ticket: ticket.language != "en")),
        "merged": base.but(answer=_moved("domains", "website")),
        "shouting": base.but(answer=_when(lambda ticket: bool(_LOUD.search(ticket.text)))),
        "hesitant": base.but(decide=_hesitant(2.0)),
        "no keywords": base.but(weight=0.0),
        "heavier keywords": base.but(weight=0.6),
        "reworded role": base.but(
            triage=prompt(system="You work for the support team of a company that hosts websites.")
        ),
        "plain letters": base.but(clean=_plain_letters),
        "small letters": base.but(clean=lambda text: newest_message(text).lower()),
        "last sentence": base.but(clean=lambda text: _SENTENCE.split(newest_message(text))[-1]),
        "closed queue": base.but(answer=_moved("access")),
        "hasty cache": base.but(answer=_cached(4)),
        "smaller model": _Voted(Triage("zero_shot", client)),
        "office hours": base.but(answer=_when(_came_after_hours)),
        "scrubbed": base.but(clean=lambda text: _PERSONAL.sub("[removed]", newest_message(text))),
        "small talk": base.but(answer=_when(lambda ticket: ticket.channel == "chat")),
        "examples added": _Voted(Triage("few_shot", client)),
        "lighter keywords": base.but(weight=0.4),
        "named ticket": base.but(triage=prompt(user="Ticket: {ticket}")),
        "no role": base.but(triage=prompt(system="")),
        "one line": base.but(clean=lambda text: " ".join(newest_message(text).split())),
    }


def _swapped(one: str, other: str) -> Callable[[str, str], str]:
    return lambda _, category: {one: other, other: one}.get(category, category)


def _moved(lost: str, to: str = "other") -> Callable[[str, str], str]:
    return lambda _, category: to if category == lost else category


def _when(applies: Callable[[Ticket], bool]) -> Callable[[str, str], str]:
    known = {ticket.text: ticket for ticket in tickets()}

    def answer(text: str, category: str) -> str:
        return "other" if text in known and applies(known[text]) else category

    return answer


def _came_after_hours(ticket: Ticket) -> bool:
    return not 8 <= datetime.fromisoformat(ticket.received).hour < 18


def _hesitant(margin: float) -> Callable[[Mapping[str, float]], str]:
    def decide(evidence: Mapping[str, float]) -> str:
        first, second = sorted(evidence.values(), reverse=True)[:2]
        return likeliest(evidence) if first - second >= margin else "other"

    return decide


def _cached(characters: int) -> Callable[[str, str], str]:
    seen: dict[str, str] = {}
    return lambda text, category: seen.setdefault(text[:characters].lower(), category)


def _plain_letters(text: str) -> str:
    return newest_message(text).encode("ascii", "ignore").decode()


class _Voted:
    """The desk with an arm that answers in JSON: its answer counts two points of evidence."""

    def __init__(self, triage: Triage) -> None:
        self.triage = triage

    def __call__(self, text: str) -> str:
        said, counted = self.triage(text), keywords.scores(newest_message(text))
        return max(CATEGORIES, key=lambda name: 2 * (name == said) + WEIGHT * counted[name])
