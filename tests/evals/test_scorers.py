import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.evals import run, scorers
from evalfirst.evals.eval_set import EvalSet, Sample
from evalfirst.judge import Verdict

CASES = {
    "exact": (scorers.exact(), "billing", "Billing"),
    "label": (scorers.label(["billing", "email"]), "billing", "email"),
    "contains": (scorers.contains(), "cat", "category"),
    "matches": (scorers.matches(), "T001", "it is T001 or T002"),
    "json_fields": (
        scorers.json_fields(),
        {"category": "billing", "urgent": True},
        {"category": "billing", "urgent": 1},
    ),
    "numeric": (scorers.numeric(), 42.5, "somewhere from 42.5 to 45"),
    "set_overlap": (scorers.set_overlap(), ["a", "b"], ["a", "b", "c"]),
    "set_overlap precision": (scorers.set_overlap("precision"), ["a", "b"], ["a", "c"]),
    "set_overlap recall": (scorers.set_overlap("recall"), ["a", "b"], ["a"]),
    "recall_at_k": (scorers.recall_at_k(2), ["d1", "d2"], ["x", "d1", "d2"]),
    "reciprocal_rank": (scorers.reciprocal_rank(), ["d1"], ["x", "d1"]),
    "ndcg": (scorers.ndcg(), ["d1", "d2"], ["x", "d1", "d2"]),
    "similarity": (scorers.similarity(), "the cat sat", "sat the cat"),
    "similarity bleu": (scorers.similarity("bleu"), "the cat sat", "sat the cat"),
    "similarity ter": (scorers.similarity("ter"), "the cat sat", "sat the cat"),
    "judged": (
        scorers.judged(lambda _, output, target: Verdict(output == target, "It differs.")),
        "yes",
        "no",
    ),
    "token_f1": (scorers.token_f1(), "within 30 days", "30 days"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_target_itself_scores_1_and_the_classic_wrong_answer_less(name):
    scorer, target, wrong = CASES[name]
    assert scorer(target, target).value == 1.0
    verdict = scorer(wrong, target)
    assert 0 <= verdict.value < 1
    assert verdict.explanation


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("output", [None, {}, object(), float("nan"), "", True])
def test_an_output_of_any_kind_gets_a_verdict_and_no_exception(name, output):
    scorer, target, _ = CASES[name]
    assert scorer(output, target).value == 0.0


def test_every_public_scorer_has_a_mirror_test():
    tested = {name.partition(" ")[0] for name in CASES}
    assert set(scorers.__all__) - {"NoVerdict", "Score", "Scorer"} == tested


def test_a_run_keeps_scorers_of_one_kind_apart_by_their_names():
    rows = EvalSet((Sample("1", "q", ["d2"]),))
    ranked = run(
        lambda _: ["d1", "d2"],
        rows,
        [scorers.recall_at_k(1), scorers.recall_at_k(2), scorers.set_overlap("precision")],
        progress=False,
    )
    assert ranked.scorers == ("recall_at_1", "recall_at_2", "set_precision")
    verdicts = next(iter(ranked.results)).scores
    assert [verdicts[name].value for name in ranked.scorers] == [0.0, 1.0, 0.5]


# --- numeric


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.50 EUR", 1234.5),
        ("1.234,50 EUR", 1234.5),
        ("3,5", 3.5),
        ("1,234", 1234),
        ("1.234", 1.234),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("1'234.50", 1234.5),
        ("1\u202f234,50", 1234.5),
        ("The total is $42.", 42),
        ("\u22125 degrees", -5),
        ("-.5", -0.5),
        ("Ticket T001 costs 7", 7),
        ("6.02e23", 6.02e23),
        ("12kg, so 12", 12),
        ("0.1", 0.1),
    ],
)
def test_numbers_in_text_are_read_as_people_mean_them(text, number):
    assert scorers.numeric()(text, number) == scorers.Score(1.0, float(number))


def test_the_decimal_comma_decides_what_a_single_comma_means():
    assert scorers.numeric(decimal=",")("1,234", 1.234).value == 1
    assert scorers.numeric(decimal=",")("1.234", 1234).value == 1
    assert scorers.numeric(decimal=",")("3.5", 3.5).value == 1
    assert "as the decimal sign" in scorers.numeric()("1,234", 1.234).explanation


@pytest.mark.parametrize("text", ["10-20", "10 or 20", "1.2.3", "2026-05-06", "1,2,3", "10, 20"])
def test_an_answer_with_several_numbers_has_not_decided(text):
    assert scorers.numeric()(text, 10).value == 0
    assert "which one" in scorers.numeric()(text, 10).explanation


def test_pick_says_which_number_counts():
    text = "3 items at 4 make 12"
    assert scorers.numeric(pick="last")(text, 12).value == 1
    assert scorers.numeric(pick="first")(text, 3).value == 1
    assert scorers.numeric(pick="last")(text, 3).value == 0


def test_tolerances_hold_on_the_boundary_and_not_beyond():
    assert scorers.numeric(absolute=0.1)(1.1, 1.0).value == 1
    assert scorers.numeric(absolute=0.1)(1.11, 1.0).value == 0
    assert scorers.numeric(relative=0.01)(101, 100).value == 1
    assert scorers.numeric(relative=0.01)(101.01, 100).value == 0
    assert scorers.numeric(relative=0.01)(-99, -100).value == 1
    assert scorers.numeric()(0.1 + 0.2, 0.3).value == 0


def test_a_percentage_for_a_share_is_named():
    assert "percentage" in scorers.numeric()("5%", 0.05).explanation


def test_numbers_out_of_all_measure_are_no_answer():
    assert scorers.numeric()("1e99999999999999999999", 1).value == 0
    assert scorers.numeric()("9" * 5000, 1).value == 0


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9)))
def test_a_number_written_in_the_english_or_german_way_is_read_back(number):
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert scorers.numeric()(f"about {english} EUR", number).value == 1
    assert scorers.numeric(decimal=",")(f"about {german} EUR", number).value == 1


@given(st.text())
def test_numeric_reads_any_text_without_failing(text):
    assert scorers.numeric()(text, 1).value in (0.0, 1.0)


# --- text


def test_contains_gives_the_share_of_phrases_found_and_names_the_others():
    verdict = scorers.contains()("Refund within\n30  days", ["refund", "30 days", "invoice", "tax"])
    assert verdict.value == 0.5
    assert verdict.explanation == "does not contain 'invoice', 'tax'"


def test_contains_finds_words_whose_edge_is_no_letter():
    assert scorers.contains()("written in C++.", "C++").value == 1
    assert scorers.contains(whole_words=False)("category", "cat").value == 1
    assert scorers.contains(ignore_case=False)("Refund", "refund").value == 0


def test_matches_takes_the_whole_text_unless_told_otherwise():
    assert scorers.matches(r"T\d{3}")(" T001\n", None).value == 1
    verdict = scorers.matches(r"T\d{3}")("see T001", None)
    assert (verdict.value, "only 'T001'" in verdict.explanation) == (0, True)
    assert scorers.matches(r"T\d{3}", whole=False)("see T001", None) == scorers.Score(1.0, "T001")
    assert scorers.matches(ignore_case=True)("YES", "yes").value == 1


# --- JSON fields


def test_json_fields_gives_credit_for_each_field_and_says_what_is_wrong():
    target = {"category": "billing", "urgency": "high", "total": 12.5, "note": None}
    output = '```json\n{"category": "billing", "urgency": "low", "total": "12,50"}\n```'
    verdict = scorers.json_fields(compare={"total": scorers.numeric()})(output, target)
    assert verdict.value == 0.75
    assert verdict.explanation == "3 of 4 fields right; urgency: 'low' instead of 'high'"


def test_an_invented_field_costs_as_much_as_a_wrong_one_unless_the_fields_are_named():
    output = {"category": "billing", "invoice": "4711"}
    assert scorers.json_fields()(output, {"category": "billing"}).value == 0.5
    assert scorers.json_fields()(output, {"category": "billing", "invoice": None}).value == 0.5
    assert scorers.json_fields(["category"])(output, {"category": "billing"}).value == 1


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ('{"a": 1', "column"),
        ("[1]", "list"),
        ('{"a": 1, "a": 2}', "'a' stands in it twice"),
        ("[" * 100_000, "nested too deeply"),
        ('Sure: {"a": 1}', "not JSON"),
    ],
)
def test_json_that_is_no_object_scores_0_and_says_why(output, said):
    verdict = scorers.json_fields()(output, {"a": 1})
    assert verdict.value == 0
    assert said in verdict.explanation


# --- sets and rankings, against values worked out by hand or published


def test_set_overlap_by_hand():
    output, target = "Email, billing, access", ["billing", "domains"]
    assert scorers.set_overlap()(output, target).value == pytest.approx(2 * 1 / (3 + 2))
    assert scorers.set_overlap("precision")(output, target).value == pytest.approx(1 / 3)
    assert scorers.set_overlap("recall")(output, target).value == 0.5
    assert scorers.set_overlap()(output, target).explanation == (
        "missing: domains; not in the target: Email, access"
    )
    assert scorers.set_overlap()([], []).value == 1
    assert scorers.set_overlap("precision")([], ["a"]).value == 0


def test_ndcg_gives_the_published_textbook_value():
    # the worked example of the encyclopedia's article on discounted cumulative gain: .785
    grades = {"D1": 3, "D2": 2, "D3": 3, "D4": 0, "D5": 1, "D6": 2, "D7": 3, "D8": 2}
    ranked = ["D1", "D2", "D3", "D4", "D5", "D6"]
    assert round(scorers.ndcg(6)(ranked, grades).value, 3) == 0.785


@pytest.mark.parametrize(
    ("order", "k", "published"), [("43210", None, 0.69), ("12304", None, 0.49), ("12304", 4, 0.35)]
)
def test_ndcg_gives_the_values_in_scikit_learns_documentation(order, k, published):
    grades = dict(zip("01234", (10, 0, 0, 1, 5), strict=True))
    assert math.floor(scorers.ndcg(k)(list(order), grades).value * 100) / 100 == published


def test_exponential_gain_by_hand():
    # (1 / log2 2 + 7 / log2 3) / (7 / log2 2 + 1 / log2 3)
    value = scorers.ndcg(gain="exponential")(["b", "a"], {"a": 3, "b": 1}).value
    assert value == pytest.approx(5.416508 / 7.630930, abs=1e-6)


def test_reciprocal_ranks_of_the_published_example_have_the_mean_11_18():
    rank = scorers.reciprocal_rank()
    found = [
        rank(["catten", "cati", "cats"], ["cats"]).value,
        rank(["torii", "tori", "toruses"], ["tori"]).value,
        rank(["viruses", "virii", "viri"], ["viruses"]).value,
    ]
    assert sum(found) / 3 == pytest.approx(11 / 18)
    assert scorers.reciprocal_rank(2)(["x", "y", "a"], ["a"]).value == 0


def test_recall_at_k_by_hand():
    verdict = scorers.recall_at_k(3)(["a", "x", "b", "c"], ["a", "b", "c", "d"])
    assert verdict.value == 0.5
    assert verdict.explanation == "not in the first 3: c (place 4), d (not found)"


def test_an_id_that_comes_twice_counts_once_and_keeps_its_place():
    assert scorers.ndcg()(["a", "a"], ["a", "b"]).value == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert scorers.recall_at_k(2)(["a", "a", "b"], ["a", "b"]).value == 0.5


@given(st.permutations(["a", "b", "c", "d"]), st.integers(1, 5))
def test_no_order_beats_the_best_one(order, k):
    grades = {"a": 3, "b": 2, "c": 1}
    for gain in ("linear", "exponential"):
        assert scorers.ndcg(k, gain=gain)(order, grades).value <= 1
        assert scorers.ndcg(k, gain=gain)(["a", "b", "c", "d"], grades).value == 1


# --- a wrong eval set is no wrong answer


@pytest.mark.parametrize(
    ("scorer", "target"),
    [
        (scorers.contains(), ""),
        (scorers.contains(), None),
        (scorers.matches(), "("),
        (scorers.matches(), None),
        (scorers.numeric(), "no number"),
        (scorers.numeric(), "1 or 2"),
        (scorers.json_fields(), "[]"),
        (scorers.set_overlap(), 5),
        (scorers.recall_at_k(1), []),
        (scorers.reciprocal_rank(), None),
        (scorers.ndcg(), {"a": 0}),
        (scorers.ndcg(), {"a": "high"}),
    ],
)
def test_a_target_that_cannot_be_met_raises(scorer, target):
    with pytest.raises(ValueError, match=r"target|regular expression"):
        scorer("answer", target)


@pytest.mark.parametrize(
    "make",
    [
        lambda: scorers.numeric(absolute=-1),
        lambda: scorers.numeric(decimal=";"),
        lambda: scorers.json_fields([]),
        lambda: scorers.set_overlap("accuracy"),
        lambda: scorers.recall_at_k(0),
        lambda: scorers.ndcg(gain="cubic"),
        lambda: scorers.matches("("),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_at_once(make):
    with pytest.raises(ValueError, match=r"tolerance|decimal|field|measure|k is|gain|regular"):
        make()


def test_case_and_space_count_in_a_target_as_little_as_in_an_output():
    desk = scorers.label(["loans", "rooms"])
    assert desk("loans", " Loans ").value == 1
    assert desk(" ROOMS", "Loans").explanation == "rooms instead of Loans"
    with pytest.raises(TypeError, match=r"labels is a list of names, such as \['loans', ...\]"):
        scorers.label("loans")
