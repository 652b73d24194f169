from __future__ import annotations

from graders.phase_1.reference import reference_eval_set
from graders.support_desk.tickets import CATEGORIES, HARD_SLICES, gold
from graders.support_desk.triage import few_shot_ids


def test_the_reference_is_what_its_card_says():
    eval_set = reference_eval_set()
    facts = eval_set.describe()
    assert facts["rows"] == facts["labelled"] == 60
    assert facts["targets"] == dict.fromkeys(facts["targets"], 10)
    assert set(facts["targets"]) == set(CATEGORIES)
    assert set(facts["slices"]) == set(HARD_SLICES)
    assert 4 <= min(facts["slices"].values()) <= max(facts["slices"].values()) <= 6
    assert sum(bool(sample.slices) for sample in eval_set) == 42
    assert all(gold()[s.id].clear and gold()[s.id].category == s.target for s in eval_set)
    assert not few_shot_ids() & {sample.id for sample in eval_set}


def test_the_reference_is_the_same_every_time_and_another_seed_gives_another():
    assert reference_eval_set().version == reference_eval_set().version
    assert reference_eval_set(2).version != reference_eval_set().version
