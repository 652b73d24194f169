"""A reference eval set: what a careful learner hands in, made from the pool and its gold labels.

It is also the checkpoint for those who enter the course at a later phase.
"""

from __future__ import annotations

import random
from dataclasses import replace

from evalfirst.evals import EvalSet, Sample
from graders.support_desk.tickets import CATEGORIES, HARD_SLICES, gold, pool

_PER_CATEGORY = 10
_PLAIN_PER_CATEGORY = 3
_REVIEWED = "2026-06-30"

CARD = """# Triage eval set

## Why it exists

The team decides by this set whether a new prompt or model for triage may go out. It measures how
often a ticket reaches the team that must act first, and where it does not.

## Where the rows come from

60 tickets of the support desk's pool, ten for each category, drawn with a fixed seed. Seven in ten
are hard ones: threads, two requests in one, sarcasm, other languages, injected instructions. Every
label is the one that the labelling guide gives. No row stands in a prompt as an example.

## Known flaws

Categories are balanced here and are not in the real queue, so the accuracy is not the one that
customers see. Tickets on which careful people disagree were left out, which makes the set easier
than the queue. Each kind of hard ticket has four to six rows: too few to say anything about one
kind alone.
"""


def reference_eval_set(seed: int = 1) -> EvalSet:
    """Return 60 clear tickets: ten per category, each hard slice twice or more, gold labels.

    The same seed gives the same set. No row stands in a prompt as an example.
    """
    from graders.support_desk.triage import few_shot_ids

    rng = random.Random(seed)  # noqa: S311  (a reproducible draw; nothing secret)
    labels, shots = gold(), few_shot_ids()
    offered = [s for s in pool() if labels[s.id].clear and s.id not in shots]
    rng.shuffle(offered)
    chosen: list[Sample] = []
    for category in CATEGORIES:
        own = [sample for sample in offered if labels[sample.id].category == category]
        chosen += [sample for sample in own if not sample.slices][:_PLAIN_PER_CATEGORY]
        hard = [sample for sample in own if sample.slices]
        for _ in range(_PER_CATEGORY - _PLAIN_PER_CATEGORY):
            best = min(hard, key=lambda sample: _crowding(sample, chosen))
            hard.remove(best)
            chosen.append(best)
    rng.shuffle(chosen)
    return EvalSet(
        tuple(
            Sample(
                sample.id,
                sample.input,
                labels[sample.id].category,
                {**sample.metadata, "labeller": "reference", "reviewed": _REVIEWED, "note": ""},
            )
            for sample in chosen
        ),
        "triage",
        CARD,
    )


def detecting_eval_set(more: int = 30, seed: int = 4) -> EvalSet:
    """Return the reference set and `more` clear tickets, drawn at random with gold labels.

    It is what a learner has after a second round of labelling; it catches what 60 rows miss.
    """
    from graders.support_desk.triage import few_shot_ids

    first, labels, shots = reference_eval_set(), gold(), few_shot_ids()
    held = {sample.id for sample in first}
    left = [s for s in pool() if labels[s.id].clear and s.id not in shots | held]
    drawn = random.Random(seed).sample(left, more)  # noqa: S311  (a reproducible draw)
    added = (replace(s, target=labels[s.id].category) for s in drawn)
    return replace(first, samples=(*first, *added))


class ReferenceLabelling:
    """Stands in for the labeller where nobody has labelled, as when an instructor runs a lesson."""

    def eval_set(self, card: str | None = None) -> EvalSet:
        """Return the reference set with this card, or with its own."""
        reference = reference_eval_set()
        return replace(reference, card=card) if isinstance(card, str) else reference


def _crowding(sample: Sample, chosen: list[Sample]) -> float:
    """Return how well a ticket's rarest slice is covered already."""
    held = [name for other in chosen for name in other.slices]
    return min(held.count(name) for name in sample.slices if name in HARD_SLICES)
