"""Each version is as harmful, or as harmless, as the catalogue says."""

from __future__ import annotations

import random

import pytest

from evalfirst.datasets import dataset
from graders.mutants import base_answers, changes_seen, detects, measured, mutants
from graders.mutants.detection import FALSE_ALARM, Detection
from graders.mutants.effects import effect
from graders.mutants.recorded import BASE
from graders.mutants.versions import versions
from graders.phase_1.reference import detecting_eval_set, reference_eval_set
from graders.support_desk.desk import desk, newest_message
from graders.support_desk.tickets import CATEGORIES, gold, labelled_pool, tickets

RIGHT = {i: label.category for i, label in gold().items()}


@pytest.mark.parametrize("mutant", mutants(), ids=lambda m: m.name)
def test_a_version_does_the_harm_that_it_is_listed_for(mutant):
    found = measured(mutant)
    assert found.equivalent if mutant.harmless else found.degraded
    assert found.changed > 0
    assert set(mutant.answers) == {t.id for t in tickets()}
    assert set(mutant.answers.values()) <= set(CATEGORIES)
    assert bool(mutant.seen_by) != mutant.harmless


def test_there_are_eight_harmful_and_four_harmless_versions_of_each_family():
    for family in ("practice", "grading"):
        assert len(mutants(family, harmless=False)) == 8
        assert len(mutants(family, harmless=True)) == 4
    assert len({m.name for m in mutants()}) == 24


def test_every_version_of_the_catalogue_is_code_that_can_be_run_again():
    assert [m.name for m in mutants()] == list(versions())
    header = (dataset("mutants") / "answers.csv").read_text().splitlines()[0]
    assert header.split(",") == ["id", BASE, *versions()]


@pytest.mark.model
def test_recorded_answers_are_those_that_the_code_gives(monkeypatch):
    monkeypatch.setenv("EVALFIRST_LLM", "local")
    drawn = random.Random(4).sample(tickets(), 3)
    features = versions()
    for ticket in drawn:
        assert desk()(ticket.text) == base_answers()[ticket.id]
        for mutant in mutants():
            # a cache answers by what it has seen before
            if mutant.name != "hasty cache":
                assert features[mutant.name](ticket.text) == mutant.answers[ticket.id], mutant.name


def test_the_desk_is_right_as_often_as_the_lesson_says():
    right = sum(base_answers()[i] == RIGHT[i] for i in RIGHT)
    assert round(100 * right / len(RIGHT)) == 68


def test_the_newest_message_is_read_without_header_and_quotation():
    thread = (
        "From: Ann <ann@x.example>\nDate: Sat\nSubject: Re: Re: mail\n\nStill down.\n\n"
        "On Fri, 2 May, Bo wrote:\n> Is it plugged in?"
    )
    assert newest_message(thread) == "mail\nStill down."
    assert newest_message("One message.\nTwo lines.") == "One message.\nTwo lines."
    assert newest_message("> only a quotation") == "> only a quotation"


def test_an_effect_is_counted_against_the_desk_as_it_runs():
    same = effect(base_answers())
    assert (same.overall, same.changed) == (0, 0)
    assert same.equivalent
    perfect = effect(RIGHT)
    assert perfect.overall > 0.3
    assert not perfect.degraded
    assert not perfect.equivalent
    with pytest.raises(KeyError, match="no categories: hosting"):
        effect({**base_answers(), "T001": "hosting"})


def test_five_worse_and_none_better_is_the_least_that_raises_an_alarm():
    from evalfirst.stats.noninferiority import drop_p_value

    assert Detection(0, 5, drop_p_value(0, 5)).alarm
    assert not Detection(0, 4, drop_p_value(0, 4)).alarm
    assert FALSE_ALARM == 0.05


def caught(labels) -> int:
    return sum(detects(labels, m).alarm for m in mutants(harmless=False))


def test_fifty_easy_rows_see_less_than_ninety_chosen_ones():
    clear = [t for t in tickets() if gold()[t.id].clear]
    easy = [t.id for t in clear if not t.slices]
    draws = [random.Random(seed).sample(easy, 50) for seed in range(30)]
    blind = [caught({i: RIGHT[i] for i in ids}) for ids in draws]
    chosen = caught({s.id: s.target for s in detecting_eval_set()})
    assert chosen == 16
    assert sum(blind) / len(blind) < 12
    assert max(blind) < chosen
    assert caught({s.id: s.target for s in reference_eval_set()}) > sum(blind) / len(blind)


def test_harmless_changes_rarely_raise_an_alarm():
    ids = [t.id for t in tickets() if gold()[t.id].clear]
    alarms = [
        detects({i: RIGHT[i] for i in random.Random(seed).sample(ids, 80)}, m).alarm
        for seed in range(40)
        for m in mutants(harmless=True)
    ]
    # some lose a point or two in truth, so a little more than nothing is to be expected
    assert sum(alarms) / len(alarms) < 0.06


def test_what_a_set_sees_leaves_out_rows_without_label_or_ticket():
    samples = [*labelled_pool()[:20], *reference_eval_set()[:0]]
    changes, rows = changes_seen(samples)
    assert rows == 20
    assert len(changes) == 12
    assert sum(c.harmful for c in changes) == 8
    from evalfirst.evals import Sample

    strange = [Sample("X1", "mine", "billing"), Sample("T001", "x", None)]
    assert changes_seen(strange)[1] == 0
