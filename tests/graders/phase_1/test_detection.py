"""An eval set is graded by what it detects."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from evalfirst.evals import EvalSet
from graders.exercise import Outcome
from graders.judging import judge
from graders.mutants import base_answers
from graders.phase_1 import detection as lesson
from graders.phase_1 import set_rows
from graders.phase_1.reference import detecting_eval_set, reference_eval_set
from graders.registry import find
from graders.seed import Seed
from graders.support_desk.keywords import keyword_baseline
from graders.support_desk.tickets import CATEGORIES, gold, labelled_pool, pool

EXERCISE = find("p1-detection")
SEEDS = [Seed(f"secret {i}", practice=False) for i in range(12)]


def marks(answer, seed=SEEDS[0]) -> float:
    return judge(EXERCISE, answer, seed=seed).marks


def messages(answer) -> set[str]:
    return {case.message for case in judge(EXERCISE, answer).cases}


def clear_rows(wanted) -> EvalSet:
    labels = gold()
    rows = [s for s in labelled_pool() if labels[s.id].clear and wanted(s)]
    return EvalSet(tuple(rows), "triage")


def relabelled(answer: EvalSet, label) -> EvalSet:
    return replace(answer, samples=tuple(replace(s, target=label(s)) for s in answer))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda s: s.value)
def test_the_reference_gets_full_marks_with_every_seed(seed):
    verdict = judge(EXERCISE, detecting_eval_set(), seed=seed)
    assert verdict.outcome is Outcome.CORRECT
    assert verdict.marks == EXERCISE.points
    assert verdict.held_out == 2


@pytest.mark.parametrize("blank", [..., None, pool(), EvalSet(())])
def test_a_blank_is_not_attempted(blank):
    verdict = judge(EXERCISE, blank, seed=SEEDS[0])
    assert (verdict.outcome, verdict.marks) == (Outcome.NOT_ATTEMPTED, 0)


def test_a_set_in_an_unusual_style_passes():
    rows = list(detecting_eval_set())
    random.Random(3).shuffle(rows)
    shouted = [replace(s, target=f" {s.target.upper()} ", metadata={}) for s in rows]
    assert marks(shouted) == EXERCISE.points


def test_fifty_easy_rows_lose_to_ninety_chosen_ones():
    easy = clear_rows(lambda s: not s.slices)
    drawn = [random.Random(i).sample(easy.samples, 50) for i in range(8)]
    earned = [marks(EvalSet(tuple(rows))) for rows in drawn]
    assert sum(earned) / len(earned) < 0.8 * EXERCISE.points
    assert max(earned) < EXERCISE.points
    assert lesson.SLIPPED in messages(EvalSet(tuple(drawn[0])))


def test_the_card_names_what_slipped_through_and_what_would_have_seen_it():
    english = clear_rows(lambda s: s.metadata["language"] == "en")
    verdict = judge(EXERCISE, EvalSet(english.samples[:90]))
    detail = next(c.detail for c in verdict.cases if c.message == lesson.SLIPPED)
    assert "not in English" in detail
    assert "Seen by: tickets in other languages" in detail
    assert "0 got worse" in detail


def test_a_dozen_rows_are_blind():
    assert lesson.BLIND in messages(reference_eval_set()[:12])
    assert lesson.SILENT in messages(reference_eval_set()[:12])
    assert marks(reference_eval_set()[:12]) < 0.2 * EXERCISE.points


def test_labels_that_cannot_be_trusted_earn_little_however_loud_the_alarms():
    copied = relabelled(detecting_eval_set(), lambda s: base_answers()[s.id])
    assert messages(copied) >= {lesson.CRIES_WOLF}
    assert marks(copied) < 0.2 * EXERCISE.points
    sloppy = relabelled(
        detecting_eval_set(),
        lambda s: s.target if int(s.id[1:]) % 3 else CATEGORIES[int(s.id[1:]) % 6],
    )
    assert 0 < marks(sloppy) < 0.9 * EXERCISE.points
    assert lesson.UNRELIABLE in messages(sloppy)


@pytest.mark.parametrize(
    "label",
    [
        lambda _: "billing",
        lambda _: "other",
        lambda s: CATEGORIES[int(s.id[1:]) % 6],
        lambda s: keyword_baseline(s.text),
    ],
    ids=["constant", "other", "by number", "by keyword"],
)
def test_lazy_labels_earn_next_to_nothing(label):
    assert marks(relabelled(labelled_pool(), label)) <= 0.2 * EXERCISE.points


def test_own_examples_and_altered_tickets_do_not_count():
    rows = detecting_eval_set()
    own = tuple(replace(s, id=f"mine-{s.id}") for s in rows)
    assert messages(EvalSet(own)) == {lesson.NO_ROWS}
    altered = tuple(replace(s, input="shorter " + s.text[:20]) for s in rows)
    assert messages(EvalSet(altered)) == {lesson.NO_ROWS}


@pytest.mark.parametrize("wrong", ["triage.jsonl", 7, {"rows": []}, len])
def test_what_is_no_set_is_told_so(wrong):
    assert messages(wrong) == {set_rows.NOT_A_SET}


def test_held_out_cases_do_not_name_the_changes():
    verdict = judge(EXERCISE, reference_eval_set()[:30], seed=SEEDS[0])
    for case in verdict.cases:
        if case.held_out:
            assert case.detail == ""
