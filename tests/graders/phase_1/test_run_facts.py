from __future__ import annotations

import random

import pytest

from graders.phase_1.run_facts import FAILED, make_run, run_facts
from graders.support_desk.tickets import CATEGORIES

ROWS = [
    {"target": "email", "output": "email", "correct": True},
    {"target": "email", "output": "billing", "correct": False},
    {"target": "email", "output": None, "correct": False},
    {"target": "email", "output": None, "correct": False},
    {"target": "billing", "output": "billing", "correct": True},
]


def modes(found):
    return {mode.name: mode.values for mode in found}


def test_a_run_is_counted_by_hand():
    facts = run_facts(ROWS)
    assert facts.categories == ["billing", "email"]
    assert (facts.total["email"], facts.right["email"], facts.failed["email"]) == (4, 1, 2)
    assert facts.cells["email", FAILED] == 2
    assert facts.cells["billing", "email"] == 0


def test_a_failed_call_counts_as_not_right_in_every_mode_but_the_mistaken_one():
    facts = run_facts(ROWS)
    right = modes(facts.series_modes())
    assert right["share right"] == {"billing": 1, "email": 0.25}
    assert right["percent wrong"] == {"billing": 0, "email": 75}
    assert right["tickets wrong"]["email"] == 3
    assert modes(facts.answered_only())["share of the answered"]["email"] == 0.5


def test_a_matrix_can_be_shared_out_by_row_by_column_or_over_all():
    facts = run_facts(ROWS)
    right = modes(facts.matrix_modes())
    assert right["tickets"]["email", "billing"] == 1
    assert right["share of the row"]["email", FAILED] == 0.5
    assert right["share of the column"]["email", "billing"] == 0.5
    assert right["percent of the run"]["email", "email"] == 20
    dropped = modes(facts.matrix_modes(drop_failed=True))
    assert dropped["share of the row"]["email", "email"] == 0.5
    assert "tickets" not in dropped


@pytest.mark.parametrize("seed", range(5))
def test_an_invented_run_holds_what_was_asked_for(seed):
    sizes = dict.fromkeys(CATEGORIES, 9) | {"email": 3}
    rows = make_run(random.Random(seed), sizes, failed=6, all_right="access")
    facts = run_facts(rows)
    assert dict(facts.total) == sizes
    assert sum(facts.failed.values()) == 6
    assert facts.right["access"] == 9
    assert facts.failed["email"] == 0
    assert len({row["id"] for row in rows}) == len(rows)
