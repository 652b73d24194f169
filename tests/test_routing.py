"""The routing over all 4,096 combinations of answers."""

from __future__ import annotations

from itertools import product

import pytest

from evalfirst.curriculum import load
from evalfirst.routing import place

ANSWERS = ("no", "not sure", "yes", "standard")
EVERY = tuple(product(ANSWERS, repeat=6))
PLACED = {answers: place(answers) for answers in EVERY}


def _yes(answers: tuple[str, ...]) -> int:
    return sum(answer in ("yes", "standard") for answer in answers)


def test_there_are_4096_combinations_and_each_is_placed() -> None:
    assert len(PLACED) == 4096


def test_the_phase_follows_from_the_number_of_yes_answers() -> None:
    expected = {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4}
    wrong = [
        answers
        for answers, placed in PLACED.items()
        if placed.phase != (5 if answers == ("standard",) * 6 else expected[_yes(answers)])
    ]
    assert wrong == []


def test_the_level_follows_from_the_number_of_yes_answers() -> None:
    expected = {
        0: "pre-role",
        1: "junior",
        2: "junior",
        3: "mid",
        4: "mid",
        5: "senior range",
        6: "nearing staff",
    }
    wrong = [
        answers
        for answers, placed in PLACED.items()
        if answers != ("standard",) * 6 and placed.level != expected[_yes(answers)]
    ]
    assert wrong == []
    assert PLACED[("standard",) * 6].level == "principal range"


def test_only_six_times_standard_leads_to_phase_5() -> None:
    assert [a for a, placed in PLACED.items() if placed.phase == 5] == [("standard",) * 6]


def test_a_better_answer_never_lowers_the_phase() -> None:
    lowered = [
        (answers, number, better)
        for answers in EVERY
        for number in range(6)
        for better in ANSWERS[ANSWERS.index(answers[number]) + 1 :]
        if PLACED[(*answers[:number], better, *answers[number + 1 :])].phase < PLACED[answers].phase
    ]
    assert lowered == []


def test_the_gaps_are_exactly_the_questions_without_a_yes() -> None:
    wrong = [
        answers
        for answers, placed in PLACED.items()
        if placed.gaps != tuple(i for i, a in enumerate(answers, 1) if a in ("no", "not sure"))
        or placed.yes_count + len(placed.gaps) != 6
        or placed.yes_count != _yes(answers)
    ]
    assert wrong == []


def test_not_sure_counts_as_no_yes_and_is_named_as_something_to_find_out() -> None:
    wrong = [
        answers
        for answers, placed in PLACED.items()
        if placed.to_find_out != tuple(i for i, a in enumerate(answers, 1) if a == "not sure")
        or not set(placed.to_find_out) <= set(placed.gaps)
    ]
    assert wrong == []


def test_every_placement_carries_plateau_roadblock_and_unlock_of_its_rung() -> None:
    curriculum = load()
    wrong = [
        answers
        for answers, placed in PLACED.items()
        if placed.plateau != curriculum.level(placed.rung).plateau
        or placed.unlock != curriculum.level(placed.rung).unlock
        or placed.rung != curriculum.phase(placed.phase).level
        or placed.roadblock.number != {1: 1, 2: 2, 3: 3, 4: 5, 5: 4}[placed.phase]
    ]
    assert wrong == []


def test_nobody_with_no_yes_is_put_on_the_ladder() -> None:
    assert PLACED[("no",) * 6].standing == "before"
    assert PLACED[("not sure",) * 6].standing == "before"
    assert PLACED[("yes",) * 6].standing == "nearing"
    assert PLACED[("yes", "yes", "yes", "no", "no", "no")].standing == "on"


def test_a_list_is_as_good_as_a_tuple() -> None:
    assert place(["yes"] * 6) == PLACED[("yes",) * 6]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (("yes",) * 5, "question 6 .*being asked to review.* has no answer"),
        ((), "question 1 .* has no answer"),
        (("yes",) * 7, "no question 7"),
        (("yes", "maybe", "yes", "yes", "yes", "yes"), "question 2 .*'maybe'"),
        (("yes", "yes", "YES", "yes", "yes", "yes"), "question 3 .*'YES'"),
        (("yes", "yes", "yes", None, "yes", "yes"), "question 4 .*None"),
        (("yes", "yes", "yes", "yes", True, "yes"), "question 5 .*True"),
        (("yes", "yes", "yes", "yes", "yes", ["yes"]), r"question 6 .*\['yes'\]"),
        ("yes", "starting with question 1; this is 'yes'"),
        (None, "starting with question 1; this is None"),
    ],
)
def test_a_wrong_length_or_value_names_the_question(answers: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        place(answers)
