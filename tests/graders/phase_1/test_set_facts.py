from __future__ import annotations

import pytest

from graders.phase_1.disagreements import argued, disagreements
from graders.phase_1.set_facts import MOST_PLAIN, agreement, set_facts
from graders.support_desk.tickets import CATEGORIES, gold, tickets

CLEAR = [ticket for ticket in tickets() if gold()[ticket.id].clear]


def row(ticket, label=None, **changes):
    label = label or gold()[ticket.id].category
    return {"id": ticket.id, "text": ticket.text, "target": label, "slices": []} | changes


def next_category(ticket):
    return CATEGORIES[CATEGORIES.index(gold()[ticket.id].category) - 1]


def test_kappa_of_a_table_by_hand():
    # billing and email, 10 each: 8 right and 2 exchanged each; observed .8, by chance .5
    rows = []
    for name, other in (("billing", "email"), ("email", "billing")):
        some = [ticket for ticket in CLEAR if gold()[ticket.id].category == name][:10]
        rows += [row(t, other if i < 2 else name) for i, t in enumerate(some)]
    facts = set_facts(rows)
    assert agreement(facts.clear) == pytest.approx(0.8)
    assert facts.kappa == pytest.approx((0.8 - 0.5) / (1 - 0.5))


def test_one_label_only_earns_no_trust_even_where_it_is_always_right():
    some = [ticket for ticket in CLEAR if gold()[ticket.id].category == "billing"]
    facts = set_facts([row(ticket) for ticket in some])
    assert agreement(facts.clear) == 1
    assert (facts.kappa, facts.trust) == (0, 0)


def test_better_labels_never_lower_the_trust():
    some = CLEAR[:60]
    trust = [
        set_facts(
            [row(t, next_category(t) if i < wrong else None) for i, t in enumerate(some)]
        ).trust
        for wrong in range(60, -1, -5)
    ]
    assert trust == sorted(trust)
    assert (trust[0], trust[-1]) == (0, 1)


def test_only_distinct_unaltered_labelled_tickets_of_the_pool_are_usable():
    first, second, third, fourth = CLEAR[:4]
    facts = set_facts(
        [
            row(first),
            row(first, id="copy"),
            row(second, text="something else entirely"),
            row(third, target=None),
            row(fourth, target=" Billing "),
            {"id": "own", "text": "An example of mine", "target": "other", "slices": ["angry"]},
            {"id": "short", "text": "Hi", "target": "other", "slices": []},
        ]
    )
    assert [r.id for r in facts.usable] == [first.id, fourth.id]
    assert [r.id for r in facts.own] == ["own"]
    assert facts.repeated == {1: 0}
    assert facts.usable[1].label == "billing"


def test_plain_tickets_count_up_to_a_limit_and_hard_ones_all():
    plain = [ticket for ticket in tickets() if not ticket.slices]
    hard = [ticket for ticket in tickets() if ticket.slices]
    assert set_facts([row(t) for t in plain[:40]]).counted == MOST_PLAIN
    assert set_facts([row(t) for t in hard[:40]]).counted == 40
    assert set_facts([row(t) for t in plain[:30] + hard[:25]]).size == 1


def test_a_row_has_the_slices_of_the_pool_and_not_those_it_claims():
    hard = next(ticket for ticket in tickets() if ticket.slices)
    facts = set_facts([row(hard, slices=["angry", "long", "thread"])])
    assert facts.rows[0].slices == hard.slices


def test_disagreements_go_round_the_rules_before_any_comes_twice():
    facts = set_facts([row(ticket, next_category(ticket)) for ticket in CLEAR])
    ruled = [gold()[r.id].rule for r in disagreements(facts.clear)]
    assert len(set(ruled[:12])) == 12
    without = [place for place, rule in enumerate(ruled) if rule is None]
    assert min(without) > max(place for place, rule in enumerate(ruled) if rule is not None)


def test_nothing_is_argued_where_all_labels_agree():
    assert argued(set_facts([row(ticket) for ticket in CLEAR]).clear) == ""


def test_a_note_on_urgency_does_not_argue_a_category():
    notes = {t.id: gold()[t.id].note for t in CLEAR}
    late = next(t for t in CLEAR if notes[t.id] == "A deadline within 24 hours is stated.")
    shown = argued(set_facts([row(late, next_category(late))]).clear)
    assert late.id in shown
    assert notes[late.id] not in shown
