"""Probes: planted biases are found with an interval that holds them, and clean judges pass."""

from __future__ import annotations

import doctest
import random
import threading
from typing import Any

import pytest

from evalfirst.evals.eval_run import Failure
from evalfirst.judge import (
    Answer,
    Choice,
    Pair,
    RubricJudge,
    Verdict,
    length_preference,
    padded,
    position_swap,
    self_consistency,
    verbosity,
    verbosity_bias,
)

from .scripted import by_content, coin, first_place, model, pairs, part, said

PAIRS = pairs(100)


# --- places


def test_a_planted_preference_for_the_first_place_is_within_its_interval() -> None:
    found = [position_swap(first_place(0.2, seed), PAIRS, threads=1) for seed in range(150)]
    covered = [p.preference.low <= 0.2 <= p.preference.high for p in found]
    assert sum(covered) / 150 >= 0.92
    assert sum(p.biased for p in found) / 150 >= 0.99
    assert sum(p.low <= 0.2 <= p.high for p in found) / 150 >= 0.92


def test_a_judge_that_errs_without_a_favourite_is_rarely_called_biased_but_flips() -> None:
    found = [position_swap(coin(0.2, seed), PAIRS, threads=1) for seed in range(150)]
    assert sum(p.biased for p in found) / 150 <= 0.08
    # a coin in one order or the other flips in 1 - (.9**2 + .1**2) of pairs
    assert sum(p.flip_share for p in found) / 150 == pytest.approx(0.18, abs=0.02)


def test_a_judge_by_content_never_flips_and_the_sentence_says_what_is_still_possible() -> None:
    found = position_swap(lambda _, a, b: by_content(a, b), PAIRS)
    assert (found.flip_share, found.biased, found.flipped) == (0.0, False, ())
    assert found.high < 0.05
    assert "no preference for a place" in found.sentence
    assert "too few for any test" in found.sentence


@pytest.mark.parametrize(("place", "sign"), [("first", 1), ("second", -1)])
def test_a_judge_that_goes_by_place_alone_is_named_with_the_place(place: str, sign: int) -> None:
    found = position_swap(lambda *_: place, PAIRS)
    assert (found.flip_share, found.preference.effect) == (1.0, sign)
    assert f"prefers what stands {place}: there the same answer wins 100" in found.sentence
    assert len(found.flipped) == 100


def test_a_tie_is_half_a_win() -> None:
    def tied_when_good_comes_second(_: Any, first: str, second: str) -> str:
        return "first" if by_content(first, second) == "first" else "tie"

    found = position_swap(tied_when_good_comes_second, PAIRS)
    assert found.preference.effect == pytest.approx(0.5)
    assert found.flip_share == 1.0
    assert position_swap(lambda *_: "tie", PAIRS).flip_share == 0.0


def test_missing_verdicts_are_counted_and_never_taken_for_a_flip() -> None:
    def judge(_: Any, first: str, second: str) -> Choice | str:
        if "7" in first:
            return Choice(None, failure=Failure("Refused", "I cannot."))
        return by_content(first, second)

    found = position_swap(judge, PAIRS)
    assert found.n == 100 - 19
    assert found.flip_share == 0.0
    assert len(found.failures) == 38
    assert (
        "38 verdicts are missing (Refused: 38); an answer that lacks one is not counted."
        in found.sentence
    )
    with pytest.raises(ValueError, match="no verdict at all, first because of Refused: I cannot"):
        position_swap(lambda *_: Choice(None, failure=Failure("Refused", "I cannot.")), PAIRS)


def test_the_real_sdk_with_a_biased_model_behind_it_is_found_out() -> None:
    biased = first_place(0.2, 3)
    sdk = model(lambda r: said(biased(None, part(r, "first"), part(r, "second"))))
    found = position_swap(RubricJudge("Which is good?", sdk), PAIRS)
    assert found.biased
    assert found.preference.low <= 0.2 <= found.preference.high
    plain = position_swap(biased, [(p.input, p.one, p.other) for p in PAIRS])
    assert plain.preference == found.preference


def test_a_judge_that_says_something_else_and_no_pairs_are_refused() -> None:
    with pytest.raises(TypeError, match="'first', 'second' or 'tie', got 'A'"):
        position_swap(lambda *_: "A", PAIRS)
    with pytest.raises(ValueError, match="no pair"):
        position_swap(lambda *_: "first", [])
    with pytest.raises(ValueError, match="threads"):
        position_swap(lambda *_: "first", PAIRS, threads=0)


def test_one_pair_gives_no_verdict_on_the_judge() -> None:
    found = position_swap(lambda *_: "first", [Pair("q", "a", "b")])
    assert not found.biased
    assert "one example says nothing" in found.sentence


# --- length


ANSWERS = [
    Answer(f"question {i}", f"{'right' if i % 2 else 'wrong'} answer {i}") for i in range(80)
]


def by_rightness(_: Any, output: str) -> bool:
    return "right answer" in output


def test_padding_is_longer_keeps_the_answer_and_is_the_same_each_time() -> None:
    text = " ".join(f"word{n}" for n in range(50))
    for times in (1.5, 2, 4):
        long = padded(text, times)
        assert text in long
        assert 50 * times <= len(long.split()) < 50 * times + 40
        assert padded(text, times) == long
    with pytest.raises(ValueError, match="above 1"):
        padded(text, 1)


def test_a_judge_of_content_does_not_change_its_mind_for_padding() -> None:
    found = verbosity_bias(by_rightness, ANSWERS)
    assert (found.n, found.change.effect, found.biased) == (80, 0.0, False)
    assert "no taste for length" in found.sentence


def test_a_judge_that_passes_a_quarter_of_what_is_wrong_and_long_is_found() -> None:
    def judge(_: Any, output: str) -> bool:
        fooled = len(output.split()) > 10 and int(output.split("answer ")[1].split()[0]) % 8 == 0
        return by_rightness(_, output) or fooled

    found = verbosity_bias(judge, [(a.input, a.output) for a in ANSWERS])
    assert found.biased
    assert found.change.effect == pytest.approx(10 / 80)
    assert found.change.low < 10 / 80 < found.change.high
    assert [a.output for a in found.gained] == [f"wrong answer {i}" for i in range(0, 80, 8)]
    assert found.lost == ()
    assert "likes length: padding changes the share of passes by +12 points" in found.sentence


def test_a_judge_that_wants_it_short_is_said_to_punish_length() -> None:
    found = verbosity_bias(lambda _, output: len(output.split()) < 5, ANSWERS)
    assert found.change.effect == -1.0
    assert "punishes length" in found.sentence


def test_the_judge_sees_the_target_if_it_takes_one_and_your_own_padding_if_you_give_it() -> None:
    seen = []

    def judge(_: Any, output: str, target: str) -> Verdict:
        seen.append((output, target))
        return Verdict(output == target)

    found = verbosity_bias(
        judge, [Answer("q", "a", "a"), Answer("q", "b", "a")], lengthen=lambda text: f"{text} !"
    )
    assert sorted(seen) == [("a", "a"), ("a !", "a"), ("b", "a"), ("b !", "a")]
    assert found.change.worse == 1


def test_what_cannot_be_padded_is_refused() -> None:
    with pytest.raises(ValueError, match="only texts can be padded"):
        verbosity_bias(by_rightness, [Answer("q", {"a": 1})])
    with pytest.raises(ValueError, match="as long as it was"):
        verbosity_bias(by_rightness, ANSWERS, lengthen=str.upper)
    with pytest.raises(ValueError, match="no answer"):
        verbosity_bias(by_rightness, [])
    with pytest.raises(TypeError, match="True, False or a Verdict, got 'pass'"):
        verbosity_bias(lambda *_: "pass", ANSWERS)


def longer(share: float, seed: int) -> Any:
    """Return a judge that takes the longer answer in `share` of all, else finds them equal."""

    def judge(question: str, first: str, second: str) -> str:
        if random.Random(f"{seed} {question}").random() >= share:
            return "tie"
        return "first" if len(first) > len(second) else "second"

    return judge


def test_a_judge_that_prefers_the_padded_form_in_some_answers_is_found() -> None:
    found = length_preference(longer(0.3, 1), ANSWERS)
    assert found.biased
    assert (found.plain_wins, found.share) == (0, 1.0)
    assert found.undecided == 80 - found.padded_wins
    assert "The judge prefers padding." in found.sentence
    turned = length_preference(by_length_turned, ANSWERS)
    assert (turned.share, turned.biased) == (0.0, True)
    assert "prefers short answers" in turned.sentence


def by_length_turned(_: Any, first: str, second: str) -> str:
    return "first" if len(first) < len(second) else "second"


@pytest.mark.parametrize("pick", ["tie", "first"])
def test_ties_and_places_are_no_taste_for_length(pick: str) -> None:
    found = length_preference(lambda *_: pick, ANSWERS)
    assert (found.decided, found.undecided, found.biased) == (0, 80, False)
    assert "sees no difference" in found.sentence


def test_a_judge_that_throws_a_coin_by_question_is_rarely_said_to_have_a_taste() -> None:
    def fair(seed: int) -> Any:
        def judge(question: str, first: str, second: str) -> str:
            likes_long = random.Random(f"{seed} {question}").random() < 0.5
            return "first" if (len(first) > len(second)) == likes_long else "second"

        return judge

    found = [length_preference(fair(seed), ANSWERS, threads=1) for seed in range(100)]
    assert sum(f.biased for f in found) <= 10
    assert {f.decided for f in found} == {80}


def test_a_finding_shows_its_sentence_and_no_markup_of_its_own() -> None:
    found = position_swap(
        lambda *_: Choice(None, failure=Failure("<b>", "x")) if "7" in _[1] else "first", PAIRS
    )
    assert str(found) == found.sentence
    assert "<b>" not in found._repr_html_()
    assert "&lt;b&gt;" in found._repr_html_()


# --- the same each time


def test_a_judge_that_wavers_is_found_with_the_answers_on_which_it_does() -> None:
    lock, asked = threading.Lock(), dict.fromkeys((a.output for a in ANSWERS), 0)

    def judge(_: Any, output: str) -> bool:
        with lock:
            asked[output] += 1
            third = asked[output] == 3
        return by_rightness(_, output) != (third and output.endswith("5"))

    found = self_consistency(judge, ANSWERS, repeats=3)
    assert found.share == 1 - 8 / 80
    assert found.low < 0.9 < found.high
    assert [a.output for a in found.wavering] == [f"right answer {i}5" for i in ("", *range(1, 8))]
    assert "Asked 3 times, the judge said the same each time on 72 of 80" in found.sentence
    assert self_consistency(by_rightness, ANSWERS, repeats=2).share == 1.0
    with pytest.raises(ValueError, match="at least twice"):
        self_consistency(by_rightness, ANSWERS, repeats=1)


def test_the_examples_in_docstrings_are_true() -> None:
    assert doctest.testmod(verbosity) == (0, 1)


def test_two_pairs_are_no_proof_of_a_preference_although_their_interval_leaves_zero_out() -> None:
    found = position_swap(lambda *_: "first", PAIRS[:2])
    assert found.preference.low > 0
    assert not found.biased
    assert "prefers" not in found.sentence
    assert "Caution: only 2 examples changed" in found.sentence
