"""Scorers of likeness: the direction is right, and they say nothing about meaning."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.evals import scorers

METRICS = ("chrf", "chrf++", "bleu", "ter")
TEXT = "The cat sat on the mat."


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_text_scores_1_none_0_and_another_order_lies_between(metric):
    scorer = scorers.similarity(metric)
    assert scorer.__name__ == metric
    assert scorer(TEXT, TEXT) == scorers.Score(1.0, TEXT)
    assert scorer("", TEXT).value == 0.0
    assert scorer(" ", TEXT).value == 0.0
    turned = scorer("On the mat sat the cat.", TEXT)
    assert 0.05 < turned.value < 0.95
    assert "like the target, by" in turned.explanation


@pytest.mark.parametrize(
    ("metric", "published"),
    # worked by hand below, or by the metric's own definition
    [("ter", 1 - 1 / 6), ("bleu", (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)],
)
def test_one_changed_word_of_six_by_hand(metric, published):
    # "the cat sat on a mat": 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 quadruples match
    value = scorers.similarity(metric)("the cat sat on a mat", "the cat sat on the mat").value
    assert value == pytest.approx(published, abs=1e-5)


def test_chrf_by_hand():
    # letters a, b, c against a, b, x: 2 of 3 letters and 1 of 2 pairs match, no triple does
    precision = recall = (2 / 3 + 1 / 2 + 0) / 3
    f = (1 + 4) * precision * recall / (4 * precision + recall)
    assert scorers.similarity("chrf")("abc", "abx").value == pytest.approx(f, abs=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_they_do_not_know_what_a_text_means(metric):
    scorer = scorers.similarity(metric)
    target = "The refund is possible"
    opposite = scorer("The refund is not possible", target).value
    in_other_words = scorer("You can get your money back", target).value
    assert opposite > 0.4 > in_other_words


@pytest.mark.parametrize("metric", METRICS)
def test_the_best_of_several_targets_counts(metric):
    scorer = scorers.similarity(metric)
    assert scorer(TEXT, ["A dog stood there.", TEXT]).value == 1.0


def test_more_edits_than_words_are_0_and_not_less():
    assert scorers.similarity("ter")("one two three four five six", "seven").value == 0.0


def test_a_bar_turns_likeness_into_right_and_wrong():
    scorer = scorers.similarity("chrf", at_least=0.6)
    assert scorer("The cat sat on the rug.", TEXT) == scorers.Score(1.0, "The cat sat on the rug.")
    wrong = scorer("A dog stood there.", TEXT)
    assert wrong.value == 0.0
    assert wrong.explanation.endswith("asked for 60%")


def test_case_counts_unless_told_otherwise():
    assert scorers.similarity()("YES", "yes").value < 1
    assert scorers.similarity(ignore_case=True)("YES", "yes").value == 1


@given(st.text(max_size=30), st.sampled_from(METRICS))
def test_any_output_lies_between_0_and_1_and_a_copy_is_at_the_top(text, metric):
    scorer = scorers.similarity(metric)
    assert 0 <= scorer(text, TEXT).value <= 1
    assert scorer(f"x {text}", f"x {text}").value == 1


# --- words


@pytest.mark.parametrize(
    ("output", "target", "value"),
    [
        ("the Eiffel Tower", "Eiffel Tower.", 1.0),
        ("tower Eiffel", "Eiffel Tower", 1.0),
        ("in Paris, France", "Paris", 0.5),
        ("30 days", "within 30 days of purchase", 2 * 2 / (2 + 5)),
        ("yes yes", "yes", 2 / 3),
        ("", "Paris", 0.0),
        ("the", "Paris", 0.0),
        ("London", ["Paris", "London"], 1.0),
    ],
)
def test_token_f1_by_hand(output, target, value):
    assert scorers.token_f1()(output, target).value == pytest.approx(value)


def test_token_f1_names_what_is_missing_and_what_is_too_much():
    verdict = scorers.token_f1()("in Paris, France", "Paris today")
    assert verdict.explanation == "missing: today; not in the target: in france"


@given(st.lists(st.sampled_from(["red", "green", "blue"]), min_size=1))
def test_token_f1_is_the_set_f1_where_no_word_comes_twice(words):
    once = list(dict.fromkeys(words))
    for target in (["red"], ["green", "blue"]):
        other = scorers.set_overlap()(once, target).value
        assert scorers.token_f1()(" ".join(once), " ".join(target)).value == pytest.approx(other)
    twice = Counter(words)["red"] > 1
    assert (scorers.token_f1()(" ".join(words), "red").value < 1) == (
        twice or set(words) != {"red"}
    )


# --- what makes no sense


@pytest.mark.parametrize("scorer", [scorers.similarity(), scorers.token_f1()])
@pytest.mark.parametrize("target", [None, "", " ", 5, [], ["x", ""], {"a": "b"}])
def test_a_target_of_the_wrong_kind_raises(scorer, target):
    with pytest.raises(ValueError, match="is no text, or list of texts"):
        scorer("answer", target)


def test_a_setting_that_makes_no_sense_is_refused_at_once():
    with pytest.raises(ValueError, match=r"chrf, chrf\+\+, bleu, ter"):
        scorers.similarity("cosine")
    for bar in (0, 1.5):
        with pytest.raises(ValueError, match="at_least"):
            scorers.similarity(at_least=bar)


def test_the_library_is_loaded_on_first_use_and_says_nothing():
    code = (
        "import sys; from evalfirst.evals import scorers; s = scorers.similarity('bleu')\n"
        "assert 'sacrebleu' not in sys.modules\n"
        "s('a b', 'a b'); scorers.similarity('chrf')('', 'x')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == done.stdout == ""
