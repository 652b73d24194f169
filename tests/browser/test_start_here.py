"""The start page as a learner meets it: one key press, six answers, a phase that opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalfirst.curriculum import load
from graders.cohort.notebook import course_edition, learner_edition
from graders.cohort.source import read
from graders.registry import exercises

SOURCE = Path(__file__).resolve().parents[2] / "notebooks" / "source" / "start_here.py"
CARDS = ".jp-NotebookPanel:not(.lm-mod-hidden) .ef-card"

NO, UNSURE, YES, STANDARD = "no", "not sure", "yes", "standard"
# answers -> the result's heading, the notebook that the button opens
RESULTS = [
    (
        [NO] * 6,
        "You are here: pre-role. Start with Phase 1, The first production pipeline",
        "phase_1_ship.ipynb",
    ),
    (
        [UNSURE, NO, UNSURE, YES, NO, STANDARD],
        "You are here: junior. Start with Phase 1, The first production pipeline",
        "phase_1_ship.ipynb",
    ),
    (
        [YES, UNSURE, YES, STANDARD, NO, UNSURE],
        "You are here: mid. Start with Phase 2, Owning quality",
        "phase_2_own_quality.ipynb",
    ),
    (
        [YES, YES, STANDARD, UNSURE, YES, YES],
        "You are here: senior range. Start with Phase 3, Scoping and evidence",
        "phase_3_scope_with_evidence.ipynb",
    ),
    (
        [STANDARD, STANDARD, STANDARD, STANDARD, STANDARD, YES],
        "You are here: nearing staff. Start with Phase 4, Multiplying through standards",
        "phase_4_set_standards.ipynb",
    ),
    (
        [STANDARD] * 6,
        "You are here: principal range. Start with Phase 5, Shaping the philosophy",
        "phase_5_shape_philosophy.ipynb",
    ),
]


def put_phases(lab, *numbers):
    for number in numbers:
        lab.notebook("md:# A phase", name=load().phase(number).notebook)


@pytest.fixture
def start(lab):
    """The start page, opened and run by one Shift+Enter, beside the notebook of Phase 1."""
    edition = learner_edition(course_edition(read(SOURCE, list(exercises())), exercises()))
    (lab.workspace / "start_here.ipynb").write_text(edition, encoding="utf-8")
    put_phases(lab, 1)
    lab.open_notebook("start_here.ipynb")
    lab.page.keyboard.press("Shift+Enter")
    lab.page.wait_for_selector(".ef-router input")
    return lab


def give(page, answers):
    for number, answer in enumerate(answers):
        field = page.locator(".ef-router fieldset").nth(number)
        field.locator(f"input[value='{answer}']").check()


def chosen(page):
    return page.eval_on_selector_all(
        ".ef-router input:checked", "inputs => inputs.map(input => input.value)"
    )


def wait_for_result(page, heading, gaps):
    """Wait for the result of the last answer: an earlier one may have the same heading."""
    page.wait_for_function(
        """([heading, gaps]) => {
          const card = document.querySelector(`.ef-card[aria-label="${heading}"]`);
          const shown = card && [...card.querySelectorAll('.ef-gaps > li > p:first-child')];
          return shown && shown.map(p => parseInt(p.textContent)).join() === gaps.join();
        }""",
        arg=[heading, gaps],
    )


def test_one_key_press_shows_the_first_question_without_scrolling(start):
    start.page.locator(f"{CARDS} >> text=Frequent questions").wait_for(state="attached")
    assert start.page.locator(".ef-router fieldset").first.bounding_box()["y"] < 900
    assert start.errors() == []
    assert start.page.locator(".ef-router .ef-muted").first.inner_text() == "0 of 6 answered"
    assert start.page.locator("a.ef-open").count() == 0


def test_every_answer_set_leads_to_its_phase_and_opens_it_in_a_tab(start):
    put_phases(start, 2, 3, 4, 5)
    for answers, heading, notebook in RESULTS:
        give(start.page, answers)
        wait_for_result(
            start.page, heading, [i for i, a in enumerate(answers, 1) if a in (NO, UNSURE)]
        )
        result = start.page.locator(f".ef-card[aria-label='{heading}']")
        label, phase = heading.removeprefix("You are here: ").split(". Start with ")
        start.page.wait_for_function(
            "end => document.querySelector('.ef-router-status').textContent.endsWith(end)",
            arg=f"{label}, {phase.split(',')[0]}.",
        )
        assert result.locator(".ef-badge").count() == answers.count(UNSURE)
        picture = result.locator("img:visible")
        assert picture.count() == 1
        assert f"You are here: {label}" in picture.get_attribute("alt")
        assert picture.evaluate("image => image.naturalWidth") > 300

        result.locator("a.ef-open").click()
        start.page.wait_for_function(
            "name => jupyterapp.shell.currentWidget?.title.label === name", arg=notebook
        )
        start.command("docmanager:open", path="start_here.ipynb")
    assert start.page_errors == []


def test_a_phase_that_is_not_there_yet_is_said_and_the_nearest_opens(start):
    give(start.page, [YES] * 6)
    button = start.page.locator("a.ef-open")
    button.wait_for()
    assert "The notebook of Phase 4 is not in this edition yet." in start.page.inner_text(
        ".ef-card:has(a.ef-open)"
    )
    assert button.inner_text() == "Open Phase 1: The first production pipeline"
    button.click()
    start.page.wait_for_function(
        "jupyterapp.shell.currentWidget?.title.label === 'phase_1_ship.ipynb'"
    )


def test_the_keyboard_alone_answers_all_six_and_opens_the_phase(start):
    page = start.page
    page.locator(".ef-router input").first.focus()
    for steps in (0, 1, 2, 3, 2, 1):
        page.keyboard.press("Space")
        for _ in range(steps):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")
    assert chosen(page) == [NO, UNSURE, YES, STANDARD, YES, UNSURE]
    wait_for_result(page, "You are here: mid. Start with Phase 2, Owning quality", [1, 2, 6])
    page.locator(".ef-router input:checked").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('ef-open')")
    page.keyboard.press("Enter")
    page.wait_for_function("jupyterapp.shell.currentWidget?.title.label === 'phase_1_ship.ipynb'")


def test_answers_survive_a_kernel_restart_and_a_lost_one_is_said(start):
    page = start.page
    give(page, [YES, UNSURE, YES])
    page.wait_for_function(
        "document.querySelector('.ef-router .ef-muted').textContent"
        " === '3 of 6 answered. Still open: 4, 5, 6'"
    )
    start.restart_kernel()
    page.locator(".ef-router fieldset").nth(3).locator("input[value='yes']").check()
    alert = page.locator(".ef-router [role=alert]")
    alert.wait_for(state="visible")
    assert "run the cell above again with Shift+Enter" in alert.inner_text()
    assert start.run_all() == []
    page.wait_for_selector(".ef-router input:checked")
    assert chosen(page) == [YES, UNSURE, YES]
    assert alert.is_hidden()


def test_lines_of_the_reference_open_by_key_one_at_a_time(start):
    lines = start.page.locator("details[name=ef-symptom]")
    lines.first.wait_for()
    for index, key in ((1, "Enter"), (2, "Space")):
        lines.nth(index).locator("summary").focus()
        start.page.keyboard.press(key)
        opened = lines.evaluate_all("all => all.flatMap((d, i) => d.open ? [i] : [])")
        assert opened == [index]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_no_serious_accessibility_fault(start, axe, screenshot, theme):
    page = start.page
    start.set_theme(theme)
    screenshot(page, f"start_here_{theme}")
    give(page, RESULTS[2][0])
    wait_for_result(page, RESULTS[2][1], [2, 5, 6])
    # texts outside the window are not checked, so the window holds the whole page, all of it open
    page.set_viewport_size({"width": 1280, "height": 6000})
    page.eval_on_selector_all(f"{CARDS} details:not([name])", "all => all.map(d => d.open = true)")
    page.locator("details[name]").first.locator("summary").click()
    assert page.locator(CARDS).count() == 6
    assert axe(page, ".ef-card") == []
    for index, name in enumerate(("form", "result", "thesis", "ladder", "symptoms", "faq")):
        page.locator(CARDS).nth(index).screenshot(
            path=screenshot(page, f"start_here_{theme}_{name}")
        )


def test_a_narrow_window_cuts_nothing_off(start, screenshot):
    page = start.page
    give(page, RESULTS[0][0])
    wait_for_result(page, RESULTS[0][1], [1, 2, 3, 4, 5, 6])
    start.command("application:toggle-left-area")
    page.set_viewport_size({"width": 560, "height": 5000})
    wide = page.eval_on_selector_all(
        f"{CARDS} *:not(.ef-scroll *)",
        "all => all.filter(e => e.getBoundingClientRect().width > "
        "e.closest('.ef-card').getBoundingClientRect().width).map(e => e.outerHTML.slice(0, 80))",
    )
    assert wide == []
    screenshot(page, "start_here_narrow")
