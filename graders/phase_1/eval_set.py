"""Exercise: a first eval set of 50 labelled tickets.

The tickets and their gold labels are public, so nothing here can be kept secret. The seed only
draws which half of the tickets and which slices the held-out cases look at, so that an answer
cannot earn full marks by mending the rows that the visible cases named.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from evalfirst.evals import EvalSet
from evalfirst.evals.label_session import THIN
from graders.blanks import is_blank
from graders.exercise import Case, Exercise, Mistake, Remark
from graders.phase_1 import dataset_card
from graders.phase_1.disagreements import MOST_SHOWN, argued, disagreements
from graders.phase_1.set_facts import ENOUGH, MOST_PLAIN, SetFacts, agreement, set_facts
from graders.phase_1.set_rows import plain_set
from graders.support_desk.tickets import CATEGORIES, HARD_SLICES, tickets

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    from graders.phase_1.set_facts import Row

_ROWS_PER_CATEGORY = 3
_ROWS_PER_SLICE = THIN  # what the labeller calls thin while you label
_SLICES = 8
_HARD_SHARE = 1 / 3
# A careful person differs from the guide on one clear ticket in ten or so.
_AGREEMENT = 0.9
_AGREEMENT_ON_HARD = 0.85
# Few rows are drawn, so a good set must not fail by chance.
_AGREEMENT_ON_DRAWN = 0.75
_CHANCE = 0.4

_SIZE = "50 distinct labelled tickets"
_LABELS = "Labels agree with the guide on clear tickets"

TOO_FEW = (
    f"Your set has fewer than {ENOUGH} distinct tickets of the pool with a label. With fewer, the "
    "interval around any accuracy is too wide to decide with."
)
ONLY_OWN = (
    "No row of your set is a labelled ticket of the pool. Examples that you wrote show what you "
    "expect, not what customers send. Label tickets of the pool first."
)
TOO_PLAIN = (
    f"Your set has enough tickets, but most are plain ones. Only {MOST_PLAIN} plain tickets count: "
    "a set of easy tickets makes a feature look better than it is. Swap some for hard ones."
)
ONE_LABEL = "All rows have the same label. A feature that always gives it would score 100%."
UNRELIABLE = (
    "Your labels agree with the guide no better than counting keywords would. What rests on them "
    "cannot count yet: an eval set is worth what its labels are worth."
)
DOUBTFUL = (
    "This part is right, but it counts only in part: too many labels differ from the guide for "
    "the set to be relied on. Mend the labels first."
)
SMALL_SO_FAR = (
    f"Right so far. It earns its full marks when {ENOUGH} of your tickets count: see '{_SIZE}'."
)
UNLABELLED = (
    "Some rows have no label. The model's answer to them cannot be scored, so they would drop out "
    "of your accuracy without a sign. Label them or take them out."
)
UNKNOWN_LABEL = (
    "Some labels are not one of the six categories, spelled as in the guide. A scorer compares "
    "letter by letter, so the right answer to such a row would count as wrong."
)
ALTERED = (
    "Some rows have the id of a ticket but not its text. The label then belongs to another text. "
    "Take the text from the pool, or give your own example an id of its own."
)
MISSING_CATEGORY = (
    f"Some categories have fewer than {_ROWS_PER_CATEGORY} rows. You could not tell whether the "
    "model ever gets them right."
)
FEW_SLICES = (
    f"Your set covers too few kinds of hard ticket. Have at least {_ROWS_PER_SLICE} rows each of "
    f"{_SLICES} kinds or more: the feature fails there first, and your customers will see it. "
    "`Show me next` in the labeller fetches them."
)
FEW_HARD = (
    "Fewer than a third of your rows are hard tickets. Most real failures hide in those, so this "
    "set would promise too much."
)
REPEATED = (
    "Some rows say nearly the same as an earlier row. Each repeats one answer of the model, so "
    "the set is smaller than it looks and its interval too narrow."
)
DISAGREES = (
    "Too many of your labels on clear tickets differ from the labelling guide. The accuracy would "
    "then measure your labels, not the model."
)
WORTH_A_LOOK = (
    "Some labels differ from the guide. They cost you nothing; read why, and decide again."
)
DISAGREES_ON_HARD = (
    "Too many of your labels on hard tickets differ from the labelling guide, though the guide "
    "settles each of them. These are the rows that find failures, so they need the best labels."
)
NO_HARD_LABELS = (
    "Your set has too few hard tickets to judge your labels on them. Label more of them, with the "
    "guide beside you."
)
DISAGREES_ON_DRAWN = (
    "On tickets drawn at random from your set, too many labels differ from the labelling guide. "
    "Go through all your labels again, not only those that were named."
)
LEAKED = (
    "Some rows are examples that the prompt itself shows the model, with their answers. The model "
    "only has to copy these, so they raise the accuracy and prove nothing. Take them out."
)
NO_CARD = (
    "Your set has no card. In half a year nobody will know why it exists or what it leaves out, "
    "and a set that nobody trusts is not used."
)
TEMPLATE_CARD = (
    f"Your card has fewer than {dataset_card.LEAST_WORDS} words of your own. Write two sentences "
    "for each question: why the set exists, where its rows come from, what is wrong with it."
)
PART_OF_A_CARD = (
    "Your card leaves a question open. A colleague who has never met you must learn from it why "
    "the set exists, where its rows come from and what is wrong with it."
)

_CASES = [
    Case(_SIZE, expected={"part": "size"}, weight=2),
    Case("Every row can be scored", expected={"part": "schema"}, weight=0.5),
    Case("Every category is covered", expected={"part": "categories"}, weight=1),
    Case("Hard tickets are covered", expected={"part": "slices"}, weight=2),
    Case("No ticket twice", expected={"part": "repeats"}, weight=0.5),
    Case(_LABELS, expected={"part": "labels"}, weight=1.0),
    Case("Labels agree with the guide on hard tickets", expected={"part": "hard labels"}, weight=2),
    Case("No example of the prompt's own", expected={"part": "leak"}, weight=0.5),
    Case("A card that says what the set is", expected={"part": "card"}, weight=0.5),
]


def _held_out(rng: random.Random) -> list[Case]:
    ids = sorted(ticket.id for ticket in tickets())
    return [
        Case(
            "Labels of half the tickets, drawn at random",
            expected={"part": "drawn", "ids": rng.sample(ids, len(ids) // 2)},
            weight=0.5,
        ),
        Case(
            "Labels of a few kinds of hard ticket, drawn at random",
            expected={"part": "drawn", "slices": rng.sample(HARD_SLICES, len(HARD_SLICES))},
            weight=0.5,
        ),
    ]


def is_unlabelled(answer: Any) -> bool:
    """Return whether nothing was labelled yet."""
    if isinstance(answer, EvalSet):
        return all(sample.target is None for sample in answer)
    return is_blank(answer)


EVAL_SET = Exercise(
    id="p1-eval-set",
    title="Label a first eval set of 50 tickets",
    points=10,
    minutes=35,
    difficulty=2,
    importance=5,
    closes="1.2",
    why=(
        "Before a team can improve a feature it must be able to tell better from worse. Fifty "
        "labelled examples, hard ones included, are the least that shows a real difference."
    ),
    checked=(
        "Your rows are compared with the ticket pool and the labelling guide: how many distinct "
        "tickets, which categories and kinds of hard ticket, how often your labels agree with the "
        "guide on tickets that it settles, and whether a card explains the set. Examples that you "
        "wrote yourself count for coverage only."
    ),
    cases=_CASES,
    held_out=_held_out,
    blank=is_unlabelled,
    hints=[
        "Read the labelling guide's twelve rules once before you start. Most disagreements come "
        "from labelling the words of a ticket, not the team that must act first.",
        "Do not stop at tickets that are easy to label. `eval_set.describe()` counts your "
        "categories and slices: which have next to no rows?",
        "A ticket with two requests, a forwarded thread or an instruction to the machine has a "
        "rule of its own: 7, 8 and 9. When you are unsure, find the rule before you press a key.",
        "If rows of your set stand in the prompt as examples, take them out: "
        "`eval_set.where(sample.id for sample in eval_set if sample.id not in shots)`, where "
        "`shots` are the ids that the check named. Then label as many others.",
        "For the card, answer three questions in two sentences each: why does the set exist, where "
        "do the rows come from and who labelled them, what is wrong with it. Hand it over with "
        "`labelling.eval_set(card=card)`.",
    ],
)


@EVAL_SET.probe
def _probe(answer: Any, given: Any) -> dict[str, Any]:  # noqa: ARG001  (every case looks at the same rows)
    """Return the rows and the card as plain data."""
    return plain_set(answer)


@EVAL_SET.judge
def _judge(observed: dict[str, Any], case: Case) -> Remark | None:
    """Judge one part of the set; labels that pass still show where they differ."""
    facts = _facts(json.dumps(observed["rows"]))
    part = case.expected["part"]
    if part == "card":
        _judge_card(observed["card"], facts)
    elif part == "drawn":
        _judge_drawn(facts, case.expected)
    else:
        _PARTS[part](facts)
    if part == "labels" and (differing := argued(facts.clear)):
        return Remark(WORTH_A_LOOK, differing)
    return None


@lru_cache(maxsize=2)
def _facts(rows: str) -> SetFacts:
    return set_facts(json.loads(rows))


def _judge_size(facts: SetFacts) -> None:
    share = facts.size * facts.trust
    detail = (
        f"{_count(len(facts.rows), 'row')}: {len(facts.usable)} distinct labelled tickets of the "
        f"pool ({facts.plain} plain, {len(facts.usable) - facts.plain} hard), "
        f"{len(facts.repeated)} near-copies, {_count(len(facts.own), 'example')} of your own."
    )
    if not facts.usable and facts.own:
        raise Mistake(ONLY_OWN, detail=detail)
    if len(facts.usable) < ENOUGH:
        raise Mistake(TOO_FEW, detail=detail, share=share)
    if facts.size < 1:
        raise Mistake(TOO_PLAIN, detail=detail, share=share)
    _require_trust(facts, share)


def _judge_schema(facts: SetFacts) -> None:
    kinds: list[tuple[str, Callable[[Row], bool], Callable[[Row], str]]] = [
        (UNLABELLED, lambda row: row.given is None or row.given == "", lambda row: row.id),
        (
            UNKNOWN_LABEL,
            lambda row: row.given not in CATEGORIES,
            lambda row: f"{row.id}: {row.given!r}",
        ),
        (ALTERED, lambda row: row.altered, lambda row: row.id),
    ]
    bad = [row for row in facts.rows if any(is_bad(row) for _, is_bad, _ in kinds)]
    good = 1 - len(bad) / max(1, len(facts.rows))
    for message, is_bad, show in kinds:
        if rows := [row for row in facts.rows if is_bad(row)]:
            raise Mistake(message, detail=_some(map(show, rows)), share=good * _gate(facts))
    _require_gate(facts)


def _judge_categories(facts: SetFacts) -> None:
    labels = [row.label for row in (*facts.usable, *facts.own)]
    counts = {name: labels.count(name) for name in CATEGORIES}
    if len({label for label in labels if label}) == 1 and len(labels) > 1:
        raise Mistake(ONE_LABEL)
    short = [name for name, count in counts.items() if count < _ROWS_PER_CATEGORY]
    if short:
        reached = sum(min(count, _ROWS_PER_CATEGORY) for count in counts.values())
        share = reached / (_ROWS_PER_CATEGORY * len(CATEGORIES))
        detail = "Rows: " + ", ".join(f"{name} {count}" for name, count in counts.items()) + "."
        raise Mistake(MISSING_CATEGORY, detail=detail, share=share * _gate(facts))
    _require_gate(facts)


def _judge_slices(facts: SetFacts) -> None:
    rows = (*facts.usable, *facts.own)
    counts = {name: sum(name in row.slices for row in rows) for name in HARD_SLICES}
    covered = sum(count >= _ROWS_PER_SLICE for count in counts.values())
    hard = sum(bool(row.slices) for row in facts.usable) / max(1, len(facts.usable))
    share = min(1.0, covered / _SLICES, hard / _HARD_SHARE) * _gate(facts)
    said = (f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
    detail = f"Rows: {', '.join(said)}."
    if covered < _SLICES:
        raise Mistake(FEW_SLICES, detail=detail, share=share)
    if hard < _HARD_SHARE:
        detail = f"Hard tickets: {hard:.0%} of {len(facts.usable)} rows. {detail}"
        raise Mistake(FEW_HARD, detail=detail, share=share)
    _require_gate(facts)


def _judge_repeats(facts: SetFacts) -> None:
    if facts.repeated:
        pairs = (
            f"{facts.rows[late].id} repeats {facts.rows[early].id}"
            for late, early in facts.repeated.items()
        )
        share = (1 - 2 * len(facts.repeated) / len(facts.rows)) * _gate(facts)
        raise Mistake(REPEATED, detail=_some(pairs), share=share)
    _require_gate(facts)


def _judge_labels(facts: SetFacts) -> None:
    _judge_agreement(facts, facts.clear, DISAGREES, _AGREEMENT, enough=35)


def _judge_hard_labels(facts: SetFacts) -> None:
    hard = [row for row in facts.clear if row.slices]
    if not hard:
        raise Mistake(NO_HARD_LABELS)
    _judge_agreement(facts, hard, DISAGREES_ON_HARD, _AGREEMENT_ON_HARD, enough=12)


def _judge_agreement(
    facts: SetFacts, rows: list[Row] | tuple[Row, ...], message: str, least: float, *, enough: int
) -> None:
    """Judge the labels of some clear rows; fewer rows than `enough` earn in proportion."""
    agreed = agreement(rows)
    evidence = min(1.0, len(rows) / enough)
    if len({row.label for row in facts.usable}) == 1 and len(facts.usable) > 1:
        raise Mistake(ONE_LABEL)
    if agreed < least:
        reached = max(0.0, (agreed - _CHANCE) / (least - _CHANCE))
        already = () if rows == facts.clear else disagreements(facts.clear)[:MOST_SHOWN]
        shown = argued(rows, already, shown_at=_LABELS)
        detail = f"{agreed:.0%} of {len(rows)} agree; {least:.0%} are asked for.\n\n{shown}"
        raise Mistake(message, detail=detail, share=reached * evidence * facts.trust)
    if evidence < 1:
        few = NO_HARD_LABELS if message == DISAGREES_ON_HARD else SMALL_SO_FAR
        raise Mistake(few, share=evidence * facts.trust)
    _require_trust(facts, facts.trust)


def _judge_leak(facts: SetFacts) -> None:
    # the prompts are read only where this case is judged
    from graders.support_desk.triage import few_shot_ids

    if leaked := facts.leaked(few_shot_ids()):
        shown = (
            row.id if row.id == shot else f"{row.id} says nearly the same as {shot}"
            for row, shot in leaked
        )
        share = 0.5 ** len(leaked) if len(leaked) < 4 else 0.0
        raise Mistake(LEAKED, detail=_some(shown), share=share * _gate(facts))
    _require_gate(facts)


def _judge_card(card: str, facts: SetFacts) -> None:
    if not card.strip():
        raise Mistake(NO_CARD)
    if not dataset_card.is_long_enough(card):
        detail = f"Words of your own: {len(dataset_card.own_words(card))}."
        raise Mistake(TEMPLATE_CARD, detail=detail)
    if left := dataset_card.unanswered(card):
        share = (1 - len(left) / len(dataset_card.QUESTIONS)) * _gate(facts)
        raise Mistake(PART_OF_A_CARD, detail=f"Not found: {', '.join(left)}.", share=share)
    _require_gate(facts)


def _judge_drawn(facts: SetFacts, expected: dict[str, Any]) -> None:
    if "ids" in expected:
        ids = set(expected["ids"])
        rows = [row for row in facts.clear if row.id in ids]
    else:
        # only kinds that the set has: which ones it must have is judged in sight
        held = {name for row in facts.clear for name in row.slices}
        drawn = set([name for name in expected["slices"] if name in held][:5])
        rows = [row for row in facts.clear if drawn & set(row.slices)]
    _judge_agreement(facts, rows, DISAGREES_ON_DRAWN, _AGREEMENT_ON_DRAWN, enough=8)


_PARTS: dict[str, Callable[[SetFacts], None]] = {
    "size": _judge_size,
    "schema": _judge_schema,
    "categories": _judge_categories,
    "slices": _judge_slices,
    "repeats": _judge_repeats,
    "labels": _judge_labels,
    "hard labels": _judge_hard_labels,
    "leak": _judge_leak,
}


def _gate(facts: SetFacts) -> float:
    """Return how far the set as a whole counts: nobody needs the order of an empty cupboard."""
    return facts.size * facts.trust


def _require_gate(facts: SetFacts) -> None:
    _require_trust(facts, _gate(facts))
    if facts.size < 1:
        raise Mistake(SMALL_SO_FAR, share=_gate(facts))


def _require_trust(facts: SetFacts, share: float) -> None:
    if facts.trust <= 0:
        raise Mistake(UNRELIABLE)
    if facts.trust < 1:
        raise Mistake(DOUBTFUL, share=share)


def _some(items: Iterable[str], most: int = 8) -> str:
    listed = list(items)
    more = f"\nand {len(listed) - most} more" if len(listed) > most else ""
    return "\n".join(listed[:most]) + more


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
