"""The result says where somebody stands, what is open, and opens a notebook that exists."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import pytest

from evalfirst.curriculum import load
from evalfirst.exercise_index import ListedExercise
from evalfirst.routing import place
from evalfirst.widgets.placement import nearest_notebook, placement_card

if TYPE_CHECKING:
    from pathlib import Path

NO, UNSURE, YES, STANDARD = "no", "not sure", "yes", "standard"
ANSWERS = {
    "none": [NO] * 6,
    "one": [YES, *[NO] * 5],
    "three": [YES, YES, UNSURE, NO, YES, UNSURE],
    "five": [YES, YES, YES, UNSURE, YES, YES],
    "six": [YES] * 6,
    "all standard": [STANDARD] * 6,
}


def card(answers: list[str], folder: Path, *exercises: ListedExercise) -> str:
    return placement_card(place(answers), load(), exercises, folder).html()


def put(folder: Path, *phases: int) -> None:
    for number in phases:
        (folder / load().phase(number).notebook).touch()


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_the_result_shows_everything_about_where_somebody_stands(
    answers: list[str], tmp_path: Path
) -> None:
    placement, c = place(answers), load()
    html = card(answers, tmp_path)
    phase, rung = c.phase(placement.phase), c.level(placement.rung)
    wanted = [
        f"You are here: {placement.level}. Start with Phase {phase.number}, {phase.title}",
        rung.tenure,
        c.pay_at(rung.key).text,
        placement.plateau,
        placement.unlock,
        placement.roadblock.symptom,
        placement.roadblock.mechanism,
        placement.roadblock.unlock,
        phase.gate,
        phase.failure_mode,
        c.resource_advice,
        *(criterion.text for criterion in phase.criteria),
        *(dimension.after for dimension in phase.dimensions),
        *(resource.url for resource in (*phase.resources, c.any_phase)),
        *(c.criterion(c.question(number).closes).text for number in placement.gaps),
    ]
    assert [text for text in wanted if escape(text) not in html] == []


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_the_reason_for_the_phase_is_given(answers: list[str], tmp_path: Path) -> None:
    reason = {
        0: "None of your answers is a yes yet.",
        1: "1 of your 6 answers is a yes. With 1 or 2, you start with Phase 1.",
        3: "3 of your 6 answers are a yes. With 3 or 4, you start with Phase 2.",
        5: "5 of your 6 answers are a yes. With 5, you start with Phase 3.",
        6: "All 6 answers are a yes. That leads to Phase 4.",
    }[place(answers).yes_count]
    if answers == [STANDARD] * 6:
        reason = "you set the standard in each"
    assert reason in card(answers, tmp_path)


def test_only_an_unsure_answer_is_something_to_find_out(tmp_path: Path) -> None:
    c = load()
    html = card(ANSWERS["three"], tmp_path)
    assert html.count("to find out</span>") == 2
    assert escape(c.question(3).find_out) in html
    assert escape(c.question(6).find_out) in html
    assert escape(c.question(4).find_out) not in html
    assert escape(c.not_sure) in html
    assert escape(c.not_sure) not in card(ANSWERS["one"], tmp_path)


def test_a_gap_names_the_exercises_that_close_it(tmp_path: Path) -> None:
    put(tmp_path, 1)
    exercises = (
        ListedExercise("p1-set", "An <eval> set", "1.2", 1, "phase_1_ship.ipynb", "set", 40),
        ListedExercise("p2-trend", "A trend", "2.1", 2, "phase_2_own_quality.ipynb"),
        ListedExercise("p1-other", "Something else", "1.4", 1),
    )
    html = card(ANSWERS["none"], tmp_path, *exercises)
    assert 'href="phase_1_ship.ipynb#set">An &lt;eval&gt; set</a> (Phase 1, about 40 min' in html
    assert "Exercise: A trend (Phase 2)" in html
    assert "phase_2_own_quality.ipynb" not in html
    assert "Something else" not in html
    assert html.count("Exercise: ") == 2
    assert html.count("Where no exercise is named, this edition has none yet.") == 1


def test_who_has_no_gap_is_told_so(tmp_path: Path) -> None:
    html = card(ANSWERS["six"], tmp_path)
    assert "No question is open." in html
    assert "Closed by" not in html


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_one_button_opens_the_phase_of_the_result(answers: list[str], tmp_path: Path) -> None:
    put(tmp_path, 1, 2, 3, 4, 5)
    html = card(answers, tmp_path)
    wanted = load().phase(place(answers).phase).notebook
    assert re.findall(r'ef-open"[^>]* href="([^"]+)"', html) == [wanted]
    assert "not in this edition yet. The nearest" not in html


def test_a_missing_notebook_is_said_and_the_nearest_opens(tmp_path: Path) -> None:
    put(tmp_path, 1)
    html = card(ANSWERS["six"], tmp_path)
    assert "The notebook of Phase 4 is not in this edition yet." in html
    assert re.findall(r'ef-open"[^>]* href="([^"]+)"', html) == ["phase_1_ship.ipynb"]


def test_without_any_notebook_the_card_says_how_to_get_them(tmp_path: Path) -> None:
    html = card(ANSWERS["six"], tmp_path)
    assert "make lab" in html
    assert str(tmp_path) in html
    assert "ef-open" not in html


@pytest.mark.parametrize(
    ("there", "wanted", "opened"),
    [
        ((), 3, None),
        ((1,), 5, 1),
        ((1, 2, 3, 4, 5), 3, 3),
        ((2, 4), 3, 2),
        ((4, 5), 1, 4),
        ((1, 4), 3, 4),
    ],
)
def test_the_nearest_notebook_is_the_earlier_of_two_equally_near(
    tmp_path: Path, there: tuple[int, ...], wanted: int, opened: int | None
) -> None:
    put(tmp_path, *there)
    found = nearest_notebook(wanted, load(), tmp_path)
    assert (found and found.number) == opened


def test_the_picture_has_words_and_a_form_for_each_theme(tmp_path: Path) -> None:
    html = card(ANSWERS["three"], tmp_path)
    pictures = re.findall(r'<img class="ef-ladder ef-for-(\w+)" alt="([^"]+)"', html)
    assert [theme for theme, _ in pictures] == ["light", "dark"]
    assert all("You are here: mid, Phase 2." in alt for _, alt in pictures)
