"""Two runs side by side: pairs by id, effect first, and everything said that weakens it."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import pytest

from evalfirst import plots
from evalfirst.evals import CannotCompare, EvalRun, EvalSet, Sample, compare, run
from evalfirst.evals.scorers import exact
from evalfirst.llm.tally import Usage
from evalfirst.stats import holm, paired_shares
from tests.evals.compared_runs import run_of


def test_samples_are_paired_by_id_whatever_their_order():
    before = run_of("RRWW")
    after = run_of("RWRW")
    shuffled = EvalRun(after.results[::-1], after.feature, after.eval_set, after.scorers)
    for new in (after, shuffled):
        comparison = compare(before, new)
        assert [pair.id for pair in comparison.better] == ["s2"]
        assert [pair.id for pair in comparison.worse] == ["s1"]
        assert comparison.difference.n == 4
        assert comparison.difference.effect == 0


def test_a_changed_sample_shows_what_both_versions_made_of_it():
    (pair,) = compare(run_of("RR"), run_of("RW")).worse
    assert (pair.before.output, pair.after.output) == ("billing", "technical")
    assert pair.after.scores["label"].explanation == "technical instead of billing"


def test_effect_and_interval_are_those_of_the_paired_statistics():
    before, after = "R" * 30 + "W" * 20, "R" * 25 + "W" * 15 + "R" * 10
    comparison = compare(run_of(before), run_of(after))
    expected = paired_shares([o == "R" for o in before], [o == "R" for o in after])
    assert comparison.difference == expected
    assert "The old version answers 60% right, the new one 70%" in comparison.sentence
    assert expected.sentence() in comparison.sentence


def test_a_failed_call_counts_as_wrong_unless_it_is_left_out_explicitly():
    before, after = run_of("RRRR"), run_of("RRFF")
    assert compare(before, after).difference.worse == 2
    answers = compare(before, after, errors="excluded")
    assert (answers.difference.n, answers.difference.worse) == (2, 0)
    assert answers.excluded == ("s2", "s3")
    assert any("Users meet such failures" in w for w in answers.warnings)


def test_failures_are_counted_by_kind_in_both_runs():
    frame = compare(run_of("FRRR"), run_of("RFFR")).failures
    assert frame.loc["APITimeoutError"].to_dict() == {"before": 1, "after": 2}


def test_ids_on_one_side_only_are_named_and_not_counted():
    comparison = compare(run_of("RRRR"), run_of("RRRR", first=1))
    assert comparison.only_before == ("s0",)
    assert comparison.only_after == ("s4",)
    assert comparison.difference.n == 3
    assert any("1 sample (s0) of the old run is missing" in w for w in comparison.warnings)
    assert any("1 sample (s4) is new" in w for w in comparison.warnings)


@pytest.mark.parametrize("field", ["input", "target"])
def test_a_sample_that_asks_something_else_is_not_counted_and_named(field):
    before, after = run_of("RRR"), run_of("RRR")
    other = run_of("W", **{field: "something else"}).results[0]
    edited = EvalRun((other, *after.results[1:]), after.feature, after.eval_set, after.scorers)
    comparison = compare(before, edited)
    assert comparison.changed_samples == ("s0",)
    assert (comparison.difference.n, comparison.difference.worse) == (2, 0)
    assert any("1 sample (s0) asked something else before" in w for w in comparison.warnings)


def asked(recorded: int, n: int = 3) -> EvalRun:
    return run_of("R" * n, usage=Usage(calls=2, recorded=recorded))


@pytest.mark.parametrize(("before", "after"), [(2, 0), (0, 2)])
def test_recorded_answers_against_live_ones_are_named(before, after):
    (warning,) = compare(asked(before), asked(after)).warnings
    kinds = {2: "recorded", 0: "live"}
    assert f"old run's answers are {kinds[before]}, the new one's {kinds[after]}" in warning


@pytest.mark.parametrize(("before", "after"), [(2, 2), (0, 0), (1, 0)])
def test_runs_of_the_same_or_of_mixed_origin_give_no_such_warning(before, after):
    assert compare(asked(before), asked(after)).warnings == ()


def test_two_equal_runs_give_no_warning():
    assert compare(run_of("RWF"), run_of("RWF")).warnings == ()


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (run_of("RR", first=7), "share no sample id.*same eval set"),
        (run_of("RR", target="other"), "behind each of them the input or the target differs"),
    ],
)
def test_runs_that_share_nothing_are_refused(after, message):
    with pytest.raises(CannotCompare, match=message):
        compare(run_of("RR"), after)


def test_runs_without_a_common_scorer_are_refused_by_name():
    other = EvalRun(run_of("R").results, "f 2", "s 1", ("exact",))
    with pytest.raises(CannotCompare, match=r"`before`.*no scorer 'exact'; it has 'label'"):
        compare(run_of("R"), other)


@pytest.mark.parametrize("argument", ["measure", "errors", "correction"])
def test_an_unknown_setting_is_named(argument):
    with pytest.raises(ValueError, match=f"{argument} must be"):
        compare(run_of("R"), run_of("R"), **{argument: "nonsense"})


def sliced():
    rnd = random.Random(7)
    before, after, marks = "", "", {"hard": "", "easy": "", "rare": ""}
    for i in range(300):
        hard = i % 3 == 0
        before += "R" if rnd.random() < 0.9 else "W"
        after += "R" if rnd.random() < (0.5 if hard else 0.9) else "W"
        marks["hard"] += "x" if hard else "."
        marks["easy"] += "." if hard else "x"
        marks["rare"] += "x" if i < 6 else "."
    return run_of(before, slices=marks), run_of(after, slices=marks)


def test_slices_have_their_p_values_adjusted_for_their_number():
    comparison = compare(*sliced())
    frame = comparison.slices
    assert list(frame.index) == ["easy", "hard", "rare"]
    assert frame.adjusted_p.to_dict() == pytest.approx(holm(frame.p.to_dict()))
    assert frame.loc["hard", "adjusted_p"] < 0.001
    assert "Clearly worse in: hard." in comparison.sentence


def test_benjamini_hochberg_is_never_stricter_than_holm():
    strict, loose = (
        compare(*sliced(), correction=c).slices.adjusted_p for c in ("holm", "benjamini-hochberg")
    )
    assert (loose <= strict + 1e-12).all()
    assert (loose < strict).any()


def test_a_slice_of_six_is_flagged_as_too_small_and_one_of_a_hundred_is_not():
    frame = compare(*sliced()).slices
    assert frame.too_small.to_dict() == {"easy": False, "hard": False, "rare": True}


def test_a_slice_of_one_has_no_p_value_and_does_not_stop_the_others():
    marks = {"one": "x" + "." * 39, "all": "x" * 40}
    frame = compare(
        run_of("R" * 40, slices=marks), run_of("W" * 10 + "R" * 30, slices=marks)
    ).slices
    assert frame.loc["one", "p"] != frame.loc["one", "p"]
    assert frame.loc["all", "adjusted_p"] == pytest.approx(frame.loc["all", "p"])


def test_part_marks_are_compared_by_their_mean_on_request():
    before, after = run_of("HW" * 30), run_of("RW" * 30)
    assert compare(before, after).difference.effect == pytest.approx(0.5)
    scores = compare(before, after, measure="score")
    assert scores.difference.effect == pytest.approx(0.25)
    assert "scores 0.25 on average, the new one 0.5" in scores.sentence


class Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.said, self.open = [], []

    def handle_data(self, data):
        self.said.append(data)

    def handle_starttag(self, tag, _attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_notebook_shows_sentence_slices_and_the_changed_samples_well_formed():
    comparison = compare(*sliced())
    reader = Text()
    reader.feed(comparison._repr_html_())
    said = " ".join(reader.said)
    assert reader.open == []
    assert comparison.sentence in said
    assert "too small to judge" in said
    assert "technical instead of billing" in said
    assert f"Got worse: {len(comparison.worse)}, the first 5" in said


def test_an_answer_with_markup_stays_text():
    after = run_of("W", output="<script>alert(1)</script>")
    shown = compare(run_of("R"), after)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_the_picture_says_the_finding_and_draws_an_interval_for_each_slice():
    comparison = compare(*sliced())
    picture = plots.paired_change(comparison)
    (axes,) = picture.figure.axes
    assert axes.get_title(loc="left") == (
        f"The new version is {100 * -comparison.difference.effect:.1f} points worse"
    )
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[0] == "all (300)"
    assert set(names[1:]) == {"hard (100)", "easy (200)", "rare (6)"}
    assert "rare (6)" in picture.alt
    assert "too small to judge" in picture.alt
    assert axes.get_xlabel().startswith("change (points), 95% interval")


def test_a_picture_without_a_clear_change_says_so():
    picture = plots.paired_change(compare(run_of("RRWW"), run_of("RRWR")))
    assert picture.figure.axes[0].get_title(loc="left") == (
        "No clear change: 1 sample got better, 0 got worse"
    )
    assert "all (4): +25 points" in picture.alt


def test_runs_whose_samples_are_on_disk_compare_as_those_in_memory(tmp_path):
    words = EvalSet(tuple(Sample(f"w{i}", f"word {i}", f"WORD {i}") for i in range(60)), "words")
    path = words.save(tmp_path / "words.jsonl")

    def half(text):
        return text.upper() if int(text[5:]) % 2 else text

    found = [
        compare(run(str.upper, samples, [exact()]), run(half, samples, [exact()]))
        for samples in (words, EvalSet.stream(path))
    ]
    assert found[0].difference == found[1].difference
    assert [pair.id for pair in found[1].worse] == [f"w{i}" for i in range(0, 60, 2)]
    assert found[1].worse[0].after.output == "word 0"


def test_a_path_is_no_run_and_the_error_says_how_to_load_it():
    with pytest.raises(TypeError, match=r"`before` must be an EvalRun.*EvalRun.load\(path\).*str"):
        compare("baseline.jsonl", "latest.jsonl")


def test_a_tuple_as_target_is_the_same_question_after_a_run_was_on_disk(tmp_path):
    done = run_of("RRW", target=("billing", "email"))
    loaded = EvalRun.load(done.save(tmp_path / "run.jsonl"))
    found = compare(loaded, done)
    assert (found.difference.n, found.changed_samples) == (3, ())
    with pytest.raises(CannotCompare, match="the input or the target differs"):
        compare(loaded, run_of("RRW", target=("email", "billing")))
