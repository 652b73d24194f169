from __future__ import annotations

from graders.phase_1.dataset_card import (
    LEAST_WORDS,
    QUESTIONS,
    TEMPLATE,
    is_long_enough,
    own_words,
    unanswered,
)
from graders.phase_1.reference import CARD

PLAIN = (
    "We built this because nobody could say whether triage got better last week. I took the "
    "tickets from the pool in the order in which they arrived and labelled them by the guide. "
    "It has few tickets in French, and I was unsure about sarcasm."
)


def test_a_card_without_headings_is_as_good_as_one_with_them():
    for card in (PLAIN, CARD):
        assert is_long_enough(card)
        assert unanswered(card) == []


def test_the_template_itself_has_no_words_of_the_authors():
    assert own_words(TEMPLATE) == []
    assert unanswered(TEMPLATE) == list(QUESTIONS)


def test_words_written_below_the_templates_headings_count():
    card = TEMPLATE.replace("(your words here)", PLAIN, 1)
    assert len(own_words(card)) == len(own_words(PLAIN)) >= LEAST_WORDS


def test_a_word_said_fifty_times_is_no_card():
    assert not is_long_enough("because " * 50)


def test_a_question_left_out_is_named():
    card = PLAIN.rsplit(" It has", 1)[0].replace("nobody", "somebody")
    assert unanswered(card) == ["what is wrong with it"]
