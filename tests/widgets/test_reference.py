"""The reference cards show every fact of the data file, in HTML and in plain words."""

from __future__ import annotations

from html import escape

import pytest

from evalfirst.curriculum import load
from evalfirst.widgets import faq, ladder_table, symptom_finder, thesis

C = load()
FACTS = {
    ladder_table: [
        text
        for level in C.levels
        for text in (level.name, level.tenure, level.unlock, level.plateau)
    ],
    symptom_finder: [text for r in C.roadblocks for text in (r.symptom, r.mechanism, r.unlock)],
    faq: [text for entry in C.faq for text in (entry.question, entry.answer)],
    thesis: [
        C.thesis.claim,
        C.thesis.explanation,
        C.thesis.plateau,
        C.thesis.habit,
        C.thesis.tools,
        C.thesis.market,
        C.thesis.principle,
        *(step.text for step in C.timelines.steps),
    ],
}


@pytest.mark.parametrize("show", FACTS, ids=lambda show: show.__name__)
def test_a_card_shows_every_fact_of_its_group(show) -> None:
    card = show()
    assert [text for text in FACTS[show] if escape(text) not in card.html()] == []
    assert [text for text in FACTS[show] if text not in repr(card)] == []


@pytest.mark.parametrize("show", [ladder_table, thesis], ids=lambda show: show.__name__)
def test_pay_is_shown_with_its_country(show) -> None:
    html = show().html()
    for band in C.pay.bands:
        assert f"${band.low:,}-{band.high:,}</span>{' or more' if band.or_more else ''}" in html
    assert "United States" in html


def test_honest_times_stand_beside_what_they_assume() -> None:
    assert "with deliberate eval practice" in thesis().html()
    assert escape(C.timelines.caveat) in ladder_table().html()


def test_every_roadblock_says_which_phase_works_on_it() -> None:
    html = symptom_finder().html()
    for roadblock in C.roadblocks:
        assert f"Worked on in Phase {roadblock.phase}" in html
    assert html.count("<details") == 6


def test_keys_on_an_opened_line_stay_out_of_command_mode() -> None:
    html = symptom_finder().html() + faq().html()
    assert html.count('<summary data-lm-suppress-shortcuts="true">') == html.count("<summary")
