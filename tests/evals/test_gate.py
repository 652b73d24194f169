"""The gate: what it guards, how the guards add up, and what it tells people."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from evalfirst.evals import CannotCompare, EvalRun, Gate
from evalfirst.evals.regression_rule import judge
from evalfirst.llm.tally import Usage
from tests.evals.compared_runs import run_of


def runs(both: int, better: int, worse: int, neither: int = 0, **facts: object):
    before = "R" * both + "W" * better + "R" * worse + "W" * neither
    after = "R" * both + "R" * better + "W" * worse + "W" * neither
    return run_of(before, **facts), run_of(after, feature="triage v2", **facts)


def test_the_gate_decides_on_a_drop_by_the_stated_rule():
    rnd = random.Random(3)
    seen = set()
    for _ in range(40):
        n = rnd.choice([10, 60, 90, 200])
        better, worse = rnd.randint(0, n // 6), rnd.randint(0, n // 4)
        rule = judge(n, better, worse, drop=0.1, false_alarm=0.05, power=0.8)
        decision = Gate().decide(*runs(n - better - worse, better, worse))
        assert decision.outcome == rule.outcome
        seen.add(rule.outcome)
    assert seen == {"pass", "fail", "too small"}


@pytest.mark.parametrize("n", [1, 2, 5, 10, 20])
def test_a_tiny_set_on_which_nothing_changed_is_no_pass(n):
    decision = Gate().decide(*runs(n, 0, 0))
    assert (decision.outcome, decision.exit_code) == ("too small", 2)
    assert decision.needed is not None
    assert Gate().decide(*runs(decision.needed, 0, 0)).outcome == "pass"


def test_the_number_of_samples_that_would_do_does():
    decision = Gate().decide(*runs(20, 6, 7, 7))
    assert decision.outcome == "too small"
    n = decision.needed
    share = 13 / 40
    down, up = round(n * (share / 2)), round(n * (share / 2))
    assert Gate().decide(*runs(n - down - up, up, down)).outcome == "pass"


def test_a_demonstrated_drop_fails_even_on_a_tiny_set():
    decision = Gate().decide(*runs(0, 0, 5))
    assert (decision.outcome, decision.exit_code, decision.passed) == ("fail", 1, False)
    assert "5 of 5 samples got worse and 0 better" in decision.sentence


def test_a_small_drop_that_is_demonstrated_fails_although_a_larger_one_was_named():
    # 3 points, on a set that is large enough to see them
    assert Gate(drop=0.10).decide(*runs(940, 5, 35, 20)).outcome == "fail"


def test_failed_calls_count_as_wrong_and_are_left_out_only_on_request():
    before, after = run_of("R" * 200), run_of("R" * 180 + "F" * 20)
    assert Gate().decide(before, after).outcome == "fail"
    decision = Gate(errors="excluded").decide(before, after)
    assert decision.outcome == "pass"
    assert "20 samples" in decision.comparison.warnings[0]


def test_more_failed_calls_than_allowed_fail_although_the_answers_pass():
    before, after = run_of("R" * 400), run_of("R" * 396 + "F" * 4)
    assert Gate(failed_calls=0.02).decide(before, after).outcome == "pass"
    decision = Gate(failed_calls=0.005).decide(before, after)
    assert [g.outcome for g in decision.guards] == ["pass", "fail"]
    assert "4 of 400 calls failed, more than the 0.5% allowed" in decision.sentence


@pytest.mark.parametrize(
    ("floor", "outcome"), [(0.6, "pass"), (0.7, "too small"), (0.75, "too small"), (0.9, "fail")]
)
def test_the_floor_is_decided_by_the_interval_and_not_by_the_figure(floor, outcome):
    before, after = runs(144, 0, 0, 56)  # 72% of 200
    decision = Gate(floor=floor).decide(before, after)
    assert [g.outcome for g in decision.guards] == ["pass", outcome]
    assert decision.exit_code == {"pass": 0, "fail": 1, "too small": 2}[outcome]


def with_slice(worse_in_slice: int, slice_size: int = 60, n: int = 300):
    marks = {"typos": "x" * slice_size + "." * (n - slice_size)}
    after = "W" * worse_in_slice + "R" * (n - worse_in_slice)
    return run_of("R" * n, slices=marks), run_of(after, slices=marks)


def test_a_guarded_slice_fails_where_the_whole_set_would_pass():
    # gains elsewhere hide the loss
    marks = {"typos": "x" * 60 + "." * 240}
    before = run_of("R" * 60 + "W" * 30 + "R" * 210, slices=marks)
    after = run_of("W" * 20 + "R" * 280, slices=marks)
    assert Gate().decide(before, after).outcome == "pass"
    decision = Gate(slices=("typos",)).decide(before, after)
    assert [(g.name, g.outcome) for g in decision.guards] == [
        ("accuracy", "pass"),
        ("slice: typos", "fail"),
    ]


def test_guarded_slices_share_the_false_alarms_among_them():
    before, after = with_slice(5)
    # one test: p = 1/32; with two slices and the whole set, each needs less
    assert Gate().decide(before, after).outcome == "fail"
    marks = {"typos": "x" * 60 + "." * 240, "other": "." * 60 + "x" * 240}
    before = run_of("R" * 300, slices=marks)
    after = run_of("W" * 5 + "R" * 295, slices=marks)
    assert Gate(slices=("typos", "other")).decide(before, after).outcome == "pass"


def test_with_slices_the_stated_false_alarm_rate_is_that_of_the_whole_gate():
    rnd = random.Random(5)
    gate = Gate(slices=("a", "b", "c"))
    marks = {name: "".join("x" if i % 3 == k else "." for i in range(120))
             for k, name in enumerate("abc")}  # fmt: skip
    alarms = 0
    for _ in range(150):
        pairs = [rnd.choices(("RR", "WR", "RW"), (0.7, 0.15, 0.15))[0] for _ in range(120)]
        before, after = (run_of("".join(p[k] for p in pairs), slices=marks) for k in (0, 1))
        alarms += gate.decide(before, after).outcome == "fail"
    assert alarms / 150 <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5


def test_a_slice_that_holds_no_sample_is_no_pass():
    decision = Gate(slices=("typo",)).decide(*with_slice(0))
    assert decision.outcome == "too small"
    assert "No shared sample is in the slice typo: check its name" in decision.sentence


def test_runs_that_share_nothing_are_refused():
    with pytest.raises(CannotCompare, match="share no sample id"):
        Gate().decide(run_of("RR"), run_of("RR", first=5))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"drop": 10}, "drop must be between 0 and 1"),
        ({"slice_drop": 0}, "slice_drop must be between 0 and 1"),
        ({"false_alarm": 0.5}, "false_alarm must be between 0 and 0.5"),
        ({"power": 0.05}, "power must lie between false_alarm = 0.05 and 1"),
        ({"floor": 1.0}, "floor must be at least 0 and below 1"),
        ({"failed_calls": -0.1}, "failed_calls must be at least 0"),
        ({"p95_seconds": -1}, "p95_seconds must be 0 or more"),
        ({"dollars_per_thousand": float("nan")}, "dollars_per_thousand must be 0 or more"),
        ({"slices": "typos"}, r"slices is a list of names, such as \('typos',\)"),
        ({"errors": "ignored"}, "errors must be 'wrong' or 'excluded'"),
    ],
)
def test_settings_that_no_gate_can_keep_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Gate(**settings)


def failing():
    marks = {"typos": "x" * 8 + "." * 192}
    before = run_of("R" * 160 + "W" * 40, slices=marks)
    after = run_of("W" * 30 + "R" * 135 + "W" * 35, feature="triage v2", slices=marks)
    return Gate(floor=0.5, failed_calls=0.1).decide(before, after)


def test_the_summary_says_the_verdict_first_then_the_table_the_samples_and_what_to_do():
    text = failing().markdown()
    at = [
        text.index(part)
        for part in (
            "## Eval gate: fail",
            "30 of 200 samples got worse and 5 better",
            "| accuracy | FAIL |",
            "### By slice",
            "too small to judge",
            "### Got worse: 30, the worst 10",
            "technical instead of billing",
            "### What to do next",
            "Read the samples that got worse",
        )
    ]
    assert at == sorted(at)
    assert text.startswith("## Eval gate: fail")


def test_the_summary_is_markdown_whose_tables_hold():
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(failing().markdown())
    rows = [t for t in tokens if t.type == "tr_open"]
    cells = [t for t in tokens if t.type == "td_open"]
    # three guards of four cells, one slice of six, ten samples of six
    assert len(cells) == 3 * 4 + 6 + 10 * 6
    assert len(rows) == 3 + 3 + 1 + 10


NASTY = (
    "a | b\n[click](http://x.example) ![p](x) @team #12 <b>bold</b> `x` www.x.example "
    "\x1b[31m \ud800"
)


def test_an_answer_can_neither_break_the_table_nor_link_nor_mention_anybody():
    before, after = run_of("R" * 6), run_of("W" * 6, output=NASTY)
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(
        Gate().decide(before, after).markdown()
    )
    assert "<a " not in shown
    assert "<img" not in shown
    assert "<b>" not in shown
    assert shown.count("<tr>") == 2 + 1 + 6
    raw = Gate().decide(before, after).markdown()
    assert "@team" not in raw
    assert "www.x" not in raw


@pytest.mark.parametrize("decide", [failing, lambda: Gate().decide(*runs(8, 0, 0))])
def test_junit_holds_one_test_case_a_guard_and_counts_what_it_holds(decide):
    decision = decide()
    root = ET.fromstring(decision.junit())
    (suite,) = root
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [g.name for g in decision.guards]
    for element in (root, suite):
        assert int(element.get("tests")) == len(cases)
        assert int(element.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(element.get("errors")) == len(suite.findall("testcase/error"))
    assert all(
        (case.find("failure") is None and case.find("error") is None) == (g.outcome == "pass")
        for case, g in zip(cases, decision.guards, strict=True)
    )


def test_junit_stays_xml_whatever_a_model_answers():
    before, after = run_of("R" * 6), run_of("W" * 6, output=NASTY)
    failure = ET.fromstring(Gate().decide(before, after).junit()).find(".//failure")
    assert "s0: billing -> a | b" in failure.text
    assert "\\x1b[31m" in failure.text
    assert "\\xd800" in failure.text


def test_warnings_of_the_comparison_stand_in_the_summary():
    before, after = run_of("R" * 100), run_of("R" * 90)
    decision = Gate().decide(before, after)
    assert decision.outcome == "pass"
    assert "10 samples (s0" not in decision.markdown()
    assert "**Warning:** 10 samples (s90, s91, s92, ...) of the old run are missing" in (
        decision.markdown()
    )


def test_a_notebook_shows_the_verdict_and_every_guard():
    shown = failing()._repr_html_()
    assert "Eval gate: fail" in shown
    assert shown.count("<tr>") == 1 + 3


def test_a_run_of_another_scorer_is_refused_by_name():
    before, after = runs(5, 0, 0)
    other = EvalRun(after.results, "f", "s", ("exact",))
    with pytest.raises(CannotCompare, match="no scorer 'exact'"):
        Gate().decide(before, other)


def spending(dollars: float | None, seconds: float, n: int = 40) -> EvalRun:
    usage = Usage(calls=1, model_seconds=seconds, dollars=dollars)
    return run_of("R" * n, usage=usage, seconds=seconds)


@pytest.mark.parametrize(("seconds", "outcome"), [(0.4, "pass"), (1.2, "fail")])
def test_latency_is_held_against_its_budget(seconds, outcome):
    decision = Gate(p95_seconds=1.0).decide(run_of("R" * 40), spending(0.001, seconds))
    guard = decision.guards[-1]
    assert (guard.name, guard.outcome) == ("p95 latency", outcome)
    assert f"{seconds:g} s" in guard.measured


def test_a_percentile_of_a_few_samples_is_no_pass():
    decision = Gate(drop=0.3, p95_seconds=9).decide(run_of("R" * 19), spending(0.0, 0.1, n=19))
    assert [g.outcome for g in decision.guards] == ["pass", "too small"]


@pytest.mark.parametrize(("dollars", "outcome"), [(0.001, "pass"), (0.003, "fail")])
def test_money_is_held_against_its_budget_for_a_thousand_samples(dollars, outcome):
    decision = Gate(dollars_per_thousand=2).decide(run_of("R" * 40), spending(dollars, 0.1))
    assert decision.guards[-1].outcome == outcome
    assert decision.guards[-1].measured == f"${1000 * dollars:g} for 1,000 samples"


@pytest.mark.parametrize("after", [spending(None, 0.1), run_of("R" * 40)])
def test_unknown_costs_are_no_pass(after):
    decision = Gate(dollars_per_thousand=2).decide(run_of("R" * 40), after)
    assert (decision.outcome, decision.exit_code) == ("unknown", 2)
    assert "What the run cost is unknown" in decision.sentence


@pytest.mark.parametrize("outcome", ["W", "F"])
def test_a_baseline_of_which_nothing_is_right_is_no_pass(outcome):
    nothing = run_of(100 * outcome)
    decision = Gate().decide(nothing, nothing)
    assert (decision.outcome, decision.exit_code) == ("unknown", 2)
    assert "No answer is right in either run" in decision.sentence
    assert Gate().decide(nothing, run_of("R" * 20 + "W" * 80)).passed
