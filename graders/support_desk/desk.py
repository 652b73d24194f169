"""The triage that the desk runs: the newest message, the model's next words, and keywords.

It is what a team arrives at after it has read its failures: neither the model nor the keyword
counter is best alone, and old mail below an answer misleads both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graders.support_desk import keywords
from graders.support_desk.tickets import CATEGORIES
from graders.support_desk.triage import BEST, Triage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Clean = Callable[[str], str]
    Decide = Callable[[Mapping[str, float]], str]

# Chosen on the 110 tickets of development_tickets.txt: between .4 and 1 little changes.
WEIGHT = 0.5

_HEADER = re.compile(r"(?:from|to|cc|date|sent|von|an|gesendet|datum): .*", re.IGNORECASE)
_SUBJECT = re.compile(r"(?:subject|betreff): (?:(?:re|fwd?|aw|wg): ?)*", re.IGNORECASE)


def newest_message(text: str) -> str:
    """Return the newest message of a thread with its subject; a single message as it is."""
    lines = text.strip().split("\n")
    top = 0
    subject = ""
    while top < len(lines) and (
        _HEADER.fullmatch(lines[top]) or _SUBJECT.match(lines[top]) or not lines[top].strip()
    ):
        if _SUBJECT.match(lines[top]):
            subject = _SUBJECT.sub("", lines[top])
        top += 1
    body = "\n".join(lines[top:])
    older = keywords.QUOTED.search(body)
    newest = (body[: older.start()] if older else body).strip()
    return f"{subject}\n{newest}".strip() if newest else text


def likeliest(evidence: Mapping[str, float]) -> str:
    """Return the category with the most evidence."""
    return max(CATEGORIES, key=evidence.__getitem__)


@dataclass(frozen=True)
class Desk:
    """Text of a ticket -> category, with every step open to change.

    Attributes:
        triage: asks the model; its arm must be read by log probabilities.
        clean: what happens to a text before anything reads it.
        weight: of the keywords' evidence beside the model's.
        decide: evidence by category -> category.
        answer: last step: text and category -> category.
    """

    triage: Triage
    clean: Clean = newest_message
    weight: float = WEIGHT
    decide: Decide = likeliest
    answer: Callable[[str, str], str] = lambda _, category: category

    def evidence(self, text: str) -> dict[str, float]:
        """Return the evidence for each category, the model's and the keywords' together."""
        read = self.clean(text)
        model = self.triage.arm.scores(self.triage.ask(read))
        counted = keywords.scores(read)
        return {name: model[name] + self.weight * counted[name] for name in CATEGORIES}

    def __call__(self, text: str) -> str:
        """Return the category of one ticket.

        Raises:
            UnreadableAnswer: the model's answer carries no log probabilities.
            LLMError: no answer can be had; the message says what to do.
        """
        return self.answer(text, self.decide(self.evidence(text)))

    def but(self, **changes: Any) -> Desk:
        """Return this desk with some steps changed."""
        return replace(self, **changes)


def desk(client: Any = None) -> Desk:
    """Return the desk as it runs today."""
    return Desk(Triage(BEST, client))
