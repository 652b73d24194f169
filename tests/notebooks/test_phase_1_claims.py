"""What the lesson says about numbers is what the recordings, the data and arithmetic give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evalfirst import plots
from evalfirst.evals import run, scorers
from evalfirst.stats import wilson
from graders.support_desk.tickets import CATEGORIES, annotators, gold, labelled_pool
from graders.support_desk.triage import Triage, few_shot_ids, keyword_baseline

SOURCE = (
    Path(__file__).resolve().parents[2] / "notebooks" / "source" / "phase_1_ship.py"
).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def everything():
    return labelled_pool(without=few_shot_ids())


@pytest.fixture(scope="module")
def week(everything):
    """The runs over the first 200 tickets, as in section 2."""
    features = {"keywords": keyword_baseline} | {
        name: Triage(name) for name in ("zero_shot", "few_shot", "label_scores")
    }
    return {
        name: run(feature, everything[:200], [scorers.label(CATEGORIES)])
        for name, feature in features.items()
    }


def test_the_five_tickets_of_the_demo_are_right_and_stand_in_no_prompt():
    chosen = re.search(r"demo = tickets\.where\(\[(.*?)\]\)", SOURCE)[1]
    ids = re.findall(r"T\d{3}", chosen)
    assert len(ids) == 5
    assert not set(ids) & few_shot_ids()
    triage, texts = Triage(), {s.id: s.text for s in labelled_pool()}
    assert {i: triage(texts[i]) for i in ids} == {i: gold()[i].category for i in ids}


def test_passing_the_demo_is_as_easy_as_the_lesson_says():
    assert "about once in nine tries" in SOURCE
    assert pytest.approx(9, abs=0.5) == 1 / 0.65**5
    assert "fails it four times in ten" in SOURCE
    assert pytest.approx(0.4, abs=0.02) == 1 - 0.9**5


def test_the_week_raises_no_error_and_a_large_share_is_wrong(week):
    silent = week["label_scores"]
    assert silent.failures == ()
    assert silent.accuracy() < 0.7
    assert {result.output for result in silent.results} <= set(CATEGORIES)


def test_the_first_two_prompts_hardly_beat_guessing_and_pile_up_on_one_team(week):
    said = "three tickets in four to *billing*", "nearly nine in ten to *other*"
    assert all(words in SOURCE for words in said)
    piles = ("zero_shot", "billing", 0.75), ("few_shot", "other", 0.88)
    for name, pile, share in piles:
        tried = week[name]
        assert tried.failures == ()
        assert 1 / 6 - 0.05 < tried.accuracy() < 1 / 6 + 0.1
        piled = sum(result.output == pile for result in tried.results)
        assert piled / len(tried) == pytest.approx(share, abs=0.02)
    assert week["few_shot"].accuracy() <= week["zero_shot"].accuracy()


def test_the_best_prompt_is_more_than_twice_as_good_and_still_loses_to_keywords(week, everything):
    best = max(("zero_shot", "few_shot", "label_scores"), key=lambda n: week[n].accuracy())
    assert best == "label_scores"
    assert week[best].accuracy() > 2 * week["zero_shot"].accuracy()
    assert week["keywords"].accuracy() > week[best].accuracy()
    whole = {
        name: run(feature, everything, [scorers.label(CATEGORIES)]).accuracy()
        for name, feature in {"keywords": keyword_baseline, "best": Triage(best)}.items()
    }
    assert whole["keywords"] > whole["best"]


def test_the_best_prompt_begins_the_answer_as_the_lesson_says():
    assert f'("{Triage("label_scores").arm.prompt.prefill}")' in SOURCE


def test_the_lesson_counts_the_tickets_that_annotators_labelled():
    assert f"Three annotators labelled {len(annotators())} borderline tickets" in SOURCE


def test_nearly_all_teams_intervals_contain_the_accuracy_on_the_whole_pool(everything):
    whole = run(Triage(), everything, [scorers.label(CATEGORIES)])
    picture = plots.same_feature_many_sets(whole.frame()["correct"].tolist(), size=50, sets=20)
    assert int(re.search(r"(\d+) of the 20 intervals", picture.alt)[1]) >= 18
    low, high = map(int, re.search(r"measured (\d+)% to (\d+)%", picture.alt).groups())
    assert high - low >= 15  # "very different stories"


def test_four_times_the_examples_halve_the_interval():
    def width(n: int) -> float:
        low, high = wilson(round(0.6 * n), n)
        return high - low

    assert width(50) / width(200) == pytest.approx(2, abs=0.1)


def test_the_guide_has_the_twelve_rules_that_the_lesson_promises():
    assert "twelve rules" in SOURCE
    assert "eight examples of a category" in SOURCE
    low, high = wilson(4, 8)
    assert high - low > 0.5  # "from bad to good"


def test_the_colleagues_easy_set_lets_three_harmful_changes_through(everything):
    from graders.mutants import base_answers, changes_seen

    easy = [ticket for ticket in everything if not ticket.slices][:50]
    seen, rows = changes_seen(easy)
    slipped = {change.name for change in seen if change.harmful and not change.alarm}
    assert rows == 50
    assert "Three harmful changes go out" in SOURCE
    assert slipped == {"english only", "merged", "shouting"}
    assert not any(change.alarm for change in seen if not change.harmful)
    assert not any(ticket.metadata["language"] != "en" for ticket in easy)
    assert "where four answers get worse and two get better" in SOURCE
    (merged,) = (change for change in seen if change.name == "merged")
    assert (merged.worse, merged.better) == (4, 2)
    assert "right on 68 of 100 tickets" in SOURCE
    right = sum(base_answers()[i] == label.category for i, label in gold().items())
    assert round(100 * right / len(gold())) == 68


def test_five_changed_rows_are_the_fewest_that_rule_chance_out():
    assert "0.5^5 = 0.03" in SOURCE
    assert round(0.5**5, 2) == 0.03
    assert 0.5**4 > 0.05
