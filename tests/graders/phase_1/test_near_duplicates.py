from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graders.phase_1.near_duplicates import ALIKE, likeness, repeats
from graders.support_desk.tickets import tickets


def exact_jaccard(one, other):
    a, b = ({t[i : i + 5] for i in range(len(t) - 4)} for t in (one, other))
    return len(a & b) / len(a | b)


def test_likeness_is_the_jaccard_index_of_five_character_runs():
    one, other = "the invoice shows the old address", "the invoice shows the new address"
    assert likeness(one, other) == exact_jaccard(one, other) >= 0.6


def test_case_and_spacing_make_no_difference():
    assert likeness("Mail is  down\nsince 9", "mail is down since 9") == 1


def test_no_two_tickets_of_the_pool_count_as_repeats():
    assert repeats([ticket.text for ticket in tickets()]) == {}


def test_a_repeat_points_to_the_first_of_its_kind():
    texts = ["my site is down", "refund the invoice please", "my site is down!", "my site is down"]
    assert repeats(texts) == {2: 0, 3: 0}


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_symmetric_and_never_above_one(one, other):
    assert likeness(one, other) == likeness(other, one) <= 1
    assert likeness(one, one) == 1 > ALIKE
