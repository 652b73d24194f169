"""A spot check shows answers first, and whether they are right only on demand."""

from __future__ import annotations

import pytest

from evalfirst.evals import EvalSet, Sample
from evalfirst.widgets import spot_check
from evalfirst.widgets.spot_checks import SpotCheck

POOL = EvalSet(tuple(Sample(f"T{i}", f"text {i}") for i in range(40)), "pool")
ANSWERS = {f"T{i}": "even" if i % 2 == 0 else "odd" for i in range(40)}


def always_even(_: str) -> str:
    return "even"


def test_it_starts_with_nothing_drawn():
    state = spot_check(always_even, POOL, ANSWERS).state
    assert (state["rows"], state["draws"], state["uncovered"]) == ([], [], False)


def test_a_draw_shows_answers_and_keeps_the_right_ones_off_the_page():
    card = SpotCheck(always_even, POOL, ANSWERS, seed=1)
    card.draw()
    assert len(card.state["rows"]) == 5
    assert {row["given"] for row in card.state["rows"]} == {"even"}
    assert all("right" not in row and "expected" not in row for row in card.state["rows"])


def test_uncovering_counts_the_right_ones_once():
    card = SpotCheck(always_even, POOL, ANSWERS, seed=1)
    card.draw()
    card.uncover()
    card.uncover()
    right = sum(ANSWERS[row["id"]] == "even" for row in card.state["rows"])
    assert card.draws == [right]
    assert [row["right"] for row in card.state["rows"]].count(True) == right
    assert card.state["said"] == f"{right} of 5 were right"


def test_draws_differ_and_the_tally_grows():
    card = SpotCheck(always_even, POOL, ANSWERS, seed=1)
    seen = set()
    for _ in range(4):
        card.draw()
        seen.add(tuple(row["id"] for row in card.state["rows"]))
        card.uncover()
    assert len(seen) == 4
    assert len(card.draws) == 4
    assert repr(card) == f"Spot check of 5; right so far: {card.draws}"


def test_a_call_that_raises_is_shown_and_counts_as_wrong():
    def broken(_: str) -> str:
        raise TimeoutError("no answer")

    card = SpotCheck(broken, POOL, ANSWERS, seed=1)
    card.draw()
    card.uncover()
    assert card.state["rows"][0]["given"] == "TimeoutError: no answer"
    assert card.draws == [0]


def test_a_message_of_the_view_does_only_what_a_button_does():
    card = SpotCheck(always_even, POOL, ANSWERS, seed=1)
    for message in ({"do": "__init__"}, {"do": "uncover"}, "draw", None):
        card._receive(message)
    assert card.state["rows"] == []
    card._receive({"do": "draw"})
    assert len(card.state["rows"]) == 5


@pytest.mark.parametrize(
    ("pool", "answers", "k", "words"),
    [
        (POOL, ANSWERS, 41, "within 1 to the pool's 40 samples, got 41"),
        (POOL, {}, 5, "no right answer is known for T0, T1"),
    ],
)
def test_senseless_requests_are_refused_in_words(pool, answers, k, words):
    with pytest.raises(ValueError, match=words):
        spot_check(always_even, pool, answers, k=k)
