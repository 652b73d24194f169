from __future__ import annotations

import random
import statistics
from dataclasses import replace

import pytest

from evalfirst.evals import EvalSet, Sample
from graders.exercise import Outcome
from graders.judging import held_out_cases, judge
from graders.phase_1 import eval_set as lesson
from graders.phase_1 import set_rows
from graders.phase_1.dataset_card import TEMPLATE
from graders.phase_1.reference import CARD, reference_eval_set
from graders.registry import find
from graders.seed import Seed
from graders.support_desk.keywords import keyword_baseline
from graders.support_desk.tickets import CATEGORIES, gold, pool
from graders.support_desk.triage import few_shot_ids

SECRET = Seed("a secret", practice=False)
EXERCISE = find("p1-eval-set")
SIZE, SCHEMA, CATEGORY, SLICES, REPEATS, LABELS, HARD_LABELS, LEAK, THE_CARD = (
    case.name for case in EXERCISE.cases
)
REFERENCE = reference_eval_set()


def labelled(samples, label=lambda sample: gold()[sample.id].category, card=CARD):
    return EvalSet(tuple(replace(s, target=label(s)) for s in samples), "triage", card)


def drawn(count, seed=1, keep=lambda _: True):
    """A learner who labels what comes, except what the prompt shows."""
    offered = [s for s in pool() if s.id not in few_shot_ids() and keep(s)]
    return random.Random(seed).sample(offered, count)


def plain(sample):
    return not sample.slices


def only(*names):
    return lambda sample: bool(sample.slices) and set(sample.slices) <= set(names)


def wrong_label(sample):
    return CATEGORIES[CATEGORIES.index(gold()[sample.id].category) - 1]


def with_errors(samples, count, among=lambda sample: gold()[sample.id].clear):
    bad = {sample.id for sample in [s for s in samples if among(s)][:count]}
    return labelled(samples, lambda s: wrong_label(s) if s.id in bad else gold()[s.id].category)


def messages(answer, seed=None):
    verdict = judge(EXERCISE, answer, seed=seed)
    return {
        case.name: case.message for case in verdict.cases if case.outcome is not Outcome.CORRECT
    }


def case_of(answer, name):
    return next(case for case in judge(EXERCISE, answer).cases if case.name == name)


def own_example(number, text, label, *slices):
    return Sample(f"own-{number}", text, label, {"slices": list(slices), "source": "own"})


def test_the_reference_gets_full_marks_with_the_held_out_cases():
    verdict = judge(EXERCISE, REFERENCE, seed=SECRET)
    assert messages(REFERENCE, SECRET) == {}
    assert (verdict.outcome, verdict.marks) == (Outcome.CORRECT, EXERCISE.points)


@pytest.mark.parametrize("seed", range(6))
def test_sixty_tickets_labelled_with_care_get_full_marks_whatever_is_drawn(seed):
    samples = drawn(60, seed)
    answer = with_errors(samples, 3)
    assert messages(answer, Seed(str(seed), practice=False)) == {}


@pytest.mark.parametrize(
    "answer",
    [
        REFERENCE.samples[:50],
        (*REFERENCE, own_example(1, "Where is my invoice, please?", "billing")),
        labelled(pool().where(s.id for s in pool() if s.id not in few_shot_ids())),
        labelled(drawn(60), lambda s: f" {gold()[s.id].category}".strip()),
    ],
    ids=["exactly fifty", "an own example", "the whole pool", "stripped labels"],
)
def test_unusual_but_right_sets_get_full_marks(answer):
    answer = EvalSet(tuple(answer), "mine", CARD)
    assert messages(answer, SECRET) == {}


def test_a_list_of_samples_is_read_as_a_set_without_a_card():
    assert messages(list(REFERENCE)) == {THE_CARD: lesson.NO_CARD}


@pytest.mark.parametrize(
    "answer", [..., None, EvalSet(()), pool(), EvalSet((), card="a card"), pool()[:60]]
)
def test_nothing_labelled_yet_is_not_attempted(answer):
    verdict = judge(EXERCISE, answer, seed=SECRET)
    assert (verdict.outcome, verdict.marks) == (Outcome.NOT_ATTEMPTED, 0)


def swap(eval_set, change, count=1):
    first = tuple(change(sample) for sample in eval_set[:count])
    return replace(eval_set, samples=first + eval_set.samples[count:])


def copies_added(count):
    extra = tuple(
        replace(s, id=f"copy-{s.id}", input=s.text + " Thanks!") for s in REFERENCE[:count]
    )
    return replace(REFERENCE, samples=REFERENCE.samples + extra)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (swap(REFERENCE, lambda s: replace(s, target=None)), {SCHEMA: lesson.UNLABELLED}),
        (
            swap(REFERENCE, lambda s: replace(s, target=s.target.title())),
            {SCHEMA: lesson.UNKNOWN_LABEL},
        ),
        (swap(REFERENCE, lambda s: replace(s, target="sales")), {SCHEMA: lesson.UNKNOWN_LABEL}),
        (swap(REFERENCE, lambda s: replace(s, target=3)), {SCHEMA: lesson.UNKNOWN_LABEL}),
        (
            swap(REFERENCE, lambda s: replace(s, input="Something of my own")),
            {SCHEMA: lesson.ALTERED},
        ),
        (
            labelled(drawn(60, keep=lambda s: gold()[s.id].category != "other")),
            {CATEGORY: lesson.MISSING_CATEGORY},
        ),
        (
            labelled(drawn(25, keep=plain) + drawn(25, keep=only("long", "thread", "angry"))),
            {SLICES: lesson.FEW_SLICES},
        ),
        (copies_added(5), {REPEATS: lesson.REPEATED}),
        (with_errors(REFERENCE, 8, among=plain), {LABELS: lesson.DISAGREES}),
        (
            with_errors(REFERENCE, 8, among=lambda s: bool(s.slices)),
            {LABELS: lesson.DISAGREES, HARD_LABELS: lesson.DISAGREES_ON_HARD},
        ),
        (
            labelled([*REFERENCE, *pool().where(few_shot_ids())]),
            {LEAK: lesson.LEAKED},
        ),
        (replace(REFERENCE, card=""), {THE_CARD: lesson.NO_CARD}),
        (replace(REFERENCE, card=TEMPLATE), {THE_CARD: lesson.TEMPLATE_CARD}),
        (
            replace(REFERENCE, card=CARD.split("## Known flaws")[0]),
            {THE_CARD: lesson.PART_OF_A_CARD},
        ),
    ],
)
def test_each_flaw_gets_exactly_the_message_meant_for_it(answer, expected):
    assert messages(answer) == expected


def test_a_set_that_is_right_and_small_loses_in_proportion_and_hears_that_it_is_right():
    found = messages(REFERENCE[:30])
    assert found[SIZE] == lesson.TOO_FEW
    assert found[REPEATS] == found[LEAK] == lesson.SMALL_SO_FAR
    assert case_of(REFERENCE[:30], SIZE).share == pytest.approx(0.6)


def test_each_further_ticket_is_worth_something_up_to_fifty():
    marks = [judge(EXERCISE, REFERENCE[:n]).marks for n in (10, 20, 30, 40, 50, 60)]
    assert marks[:5] == sorted(set(marks[:5]))
    assert marks[4] == marks[5] == EXERCISE.points


def test_own_examples_count_for_coverage_only():
    without = labelled(drawn(60, keep=lambda s: gold()[s.id].category != "other"))
    texts = (
        "You lot are wonderful",
        "Do you hire apprentices in summer?",
        "What would a shop for 40 products cost me?",
        "Newspaper request: may we print your logo",
    )
    own = tuple(own_example(n, text, "other") for n, text in enumerate(texts))
    assert messages(without) == {CATEGORY: lesson.MISSING_CATEGORY}
    assert messages(replace(without, samples=without.samples + own)) == {}
    alone = EvalSet(own, "own", CARD)
    assert messages(alone)[SIZE] == lesson.ONLY_OWN


def test_an_own_example_cannot_claim_every_slice():
    samples = drawn(50, keep=lambda s: set(s.slices) <= {"long"})
    everything = own_example(1, "A text that claims to be all of it", "other", *lesson.HARD_SLICES)
    answer = labelled(samples)
    assert messages(replace(answer, samples=(*answer.samples, everything)))[SLICES] == (
        lesson.FEW_SLICES
    )


def test_a_near_copy_of_a_prompts_example_is_a_leak():
    (shot, *_) = pool().where(few_shot_ids())
    copy = Sample("mine-1", shot.text + " Thank you.", gold()[shot.id].category)
    answer = replace(REFERENCE, samples=(*REFERENCE.samples, copy))
    assert messages(answer) == {LEAK: lesson.LEAKED}
    assert shot.id in case_of(answer, LEAK).detail


def test_disagreements_are_argued_from_the_guide_and_only_the_first_eight():
    answer = with_errors(REFERENCE, 20)
    detail = case_of(answer, LABELS).detail
    assert detail.count("The guide: ") == 8
    assert "And 12 more." in detail
    (first, *_) = [block for block in detail.split("\n\n") if block.startswith("T")]
    ticket = first.split(":")[0]
    assert f"You: `{wrong_label(pool().where([ticket])[0])}`." in first
    assert f"Rule {gold()[ticket].rule}: " in first


def test_the_most_instructive_disagreements_come_first_one_for_each_rule():
    detail = case_of(with_errors(REFERENCE, 60), LABELS).detail
    shown = [line.split(":")[0] for line in detail.splitlines() if line.startswith("Rule ")]
    assert len(shown) == len(set(shown)) == 8


def test_a_disagreement_is_shown_once_though_it_counts_twice():
    answer = with_errors(REFERENCE, 12)
    assert f"Shown at '{LABELS}': " in case_of(answer, HARD_LABELS).detail
    blocks = [
        block.split(":")[0]
        for name in (LABELS, HARD_LABELS)
        for block in case_of(answer, name).detail.split("\n\n")
        if "The guide: " in block
    ]
    assert len(blocks) == len(set(blocks)) >= 8


def test_a_few_disagreements_cost_nothing_and_are_still_argued():
    answer = with_errors(REFERENCE, 2)
    case = case_of(answer, LABELS)
    assert (case.outcome, case.message) == (Outcome.CORRECT, lesson.WORTH_A_LOOK)
    assert case.detail.count("The guide: ") == 2


def lazily(sample):
    return random.Random(sample.id).choice(CATEGORIES)


LAZY = {
    "one label": labelled(drawn(60), lambda _: "billing"),
    "one label, picked to fit": labelled(
        drawn(60, keep=lambda s: gold()[s.id].category == "billing")
    ),
    "random labels": labelled(drawn(60), lazily),
    "fifty copies": EvalSet(
        tuple(replace(REFERENCE[0], id=f"copy {n}") for n in range(50)), "copies", CARD
    ),
    "fifty copies of a ticket beside it": EvalSet(
        (REFERENCE[0], *(replace(REFERENCE[0], id=f"copy {n}") for n in range(50))), "c", CARD
    ),
    "fifty easy ones, labelled at random": labelled(drawn(50, keep=plain), lazily),
    "five right ones": REFERENCE[:5],
    "only unclear ones": labelled([s for s in pool() if not gold()[s.id].clear], lambda _: "other"),
    "only a card": replace(labelled(drawn(1)), card=CARD),
    "fifty own examples": EvalSet(
        tuple(
            own_example(n, f"{n} {random.Random(n).random()} words of mine {n * n}", c, "angry")
            for n, c in enumerate(CATEGORIES * 9)
        ),
        "own",
        CARD,
    ),
}


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_set_earns_less_than_a_fifth(name):
    verdict = judge(EXERCISE, LAZY[name], seed=SECRET)
    assert verdict.outcome is Outcome.WRONG
    assert verdict.marks < 0.2 * EXERCISE.points


def test_easy_tickets_alone_lose_most_of_the_marks_even_with_right_labels():
    answer = labelled(drawn(50, keep=plain))
    assert judge(EXERCISE, answer, seed=SECRET).marks < 0.4 * EXERCISE.points
    found = messages(answer)
    assert found[SIZE] == lesson.TOO_PLAIN
    assert found[SLICES] == lesson.FEW_SLICES
    assert found[HARD_LABELS] == lesson.NO_HARD_LABELS


def test_labels_by_keyword_earn_next_to_nothing_and_careful_ones_most():
    def typical(label):
        answers = [labelled(drawn(60, seed), label) for seed in range(9)]
        return statistics.median(judge(EXERCISE, a, seed=SECRET).marks for a in answers)

    def nine_in_ten(sample):
        return wrong_label(sample) if int(sample.id[1:]) % 10 == 0 else gold()[sample.id].category

    assert typical(lambda s: keyword_baseline(s.text)) < 0.2 * EXERCISE.points
    assert typical(nine_in_ten) > 0.85 * EXERCISE.points


def test_keywords_over_the_whole_pool_earn_next_to_nothing():
    answer = labelled(drawn(400), lambda s: keyword_baseline(s.text))
    assert judge(EXERCISE, answer, seed=SECRET).marks < 0.2 * EXERCISE.points


def test_one_label_and_labels_by_chance_are_told_apart():
    assert messages(LAZY["one label"])[LABELS] == lesson.ONE_LABEL
    assert messages(LAZY["random labels"])[SIZE] == lesson.UNRELIABLE


def test_mending_only_what_was_named_does_not_pass_the_held_out_cases():
    verdict = judge(EXERCISE, with_errors(REFERENCE, 25), seed=SECRET)
    held_out = [case for case in verdict.cases if case.held_out]
    assert {case.message for case in held_out} == {lesson.DISAGREES_ON_DRAWN}
    assert [case.detail for case in held_out] == ["", ""]


def test_another_seed_looks_at_other_tickets():
    looks = [
        [case.expected for case in held_out_cases(EXERCISE, Seed(name, practice=False))]
        for name in ("one", "two")
    ]
    assert looks[0] != looks[1]


class LabellingLike:
    def eval_set(self):
        return REFERENCE


@pytest.mark.parametrize(
    "answer", ["feature/evals/triage.jsonl", LabellingLike(), [{"id": "T001"}], 60, {"rows": []}]
)
def test_what_is_no_set_is_named_with_the_mend(answer):
    verdict = judge(EXERCISE, answer)
    assert {case.message for case in verdict.cases} == {set_rows.NOT_A_SET}
    assert verdict.marks == 0


def test_odd_rows_are_mistakes_and_never_a_fault_of_the_course():
    odd = EvalSet(
        (
            Sample("T001", [{"role": "user", "content": "hello"}], {"a": 1}, {"slices": None}),
            Sample("T002", None, ["billing"], None),
            Sample("", "", "", {"slices": [1, "long"]}),
        ),
        card=7,
    )
    assert judge(EXERCISE, odd, seed=SECRET).outcome is Outcome.WRONG
