"""Phase 1 as a learner meets it: the committed learner edition, in a real JupyterLab."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalfirst.evals import EvalSet
from graders.phase_1.reference import reference_eval_set
from graders.support_desk.tickets import CATEGORIES, gold

NOTEBOOK = "phase_1_ship.ipynb"
SOLUTIONS = Path(__file__).resolve().parents[2] / "graders" / "solutions.json"
# the lesson runs the model on hundreds of recorded tickets, beside other tests
PATIENCE = 120


@pytest.fixture
def phase(lab):
    """The learner's copy, opened, with nothing run yet."""
    assert NOTEBOOK in lab.course()
    lab.open_notebook(NOTEBOOK)
    return lab


def test_the_untouched_notebook_runs_to_its_end_and_earns_nothing(phase, axe, screenshot):
    page = phase.page
    assert phase.run_all(PATIENCE) == []
    cells = [cell for cell in phase.outputs() if cell["type"] == "code" and not cell["empty"]]
    assert [cell["index"] for cell in cells if cell["ran"] is None] == []
    assert not (phase.workspace / "feature" / "evidence").exists()

    page.locator(".efl-ticket").first.wait_for()
    assert axe(page, ".ef-card") == []
    assert phase.page_errors == []
    page.locator(".efl").first.scroll_into_view_if_needed()
    screenshot(page, "phase_1_untouched")


def test_a_learner_labels_fifty_tickets_and_the_check_judges_them(phase, screenshot):
    page = phase.page
    assert phase.run_all(PATIENCE) == []
    page.locator(".efl-ticket").first.wait_for()
    page.locator(".efl select").first.select_option("rare")
    page.wait_for_selector(".efl-tags:has-text('angry')")  # nothing is labelled: first by name
    page.locator(".efl-ticket").first.focus()
    for number in range(1, 56):
        ticket = page.inner_text(".efl-facts strong")
        page.keyboard.press(str(1 + CATEGORIES.index(gold()[ticket].category)))
        page.wait_for_function(
            "n => document.querySelector('.efl-count strong').textContent === String(n)",
            arg=number,
        )
    path = phase.workspace / "feature" / "evals" / "triage.jsonl"
    assert len(EvalSet.load(path)) == 55
    screenshot(page, "phase_1_labelled", ".efl >> nth=0")

    # again from the top, as after a break: the labels are still there, and the check sees them
    phase.restart_kernel()
    assert phase.run_all(PATIENCE) == []
    page.wait_for_selector(".efl-count:has-text('goal reached')")
    assert "accuracy, low, high:" in json.dumps([cell["outputs"] for cell in phase.outputs()])
    card = page.locator(".ef-card:has-text('50 distinct labelled tickets')").first
    card.scroll_into_view_if_needed()
    screenshot(page, "phase_1_check")
    judged = card.inner_text()
    # labelled as the guide says; only the card was left blank
    assert "Your set has no card" in judged
    assert judged.count("Not yet") == 1


def test_validate_passes_a_solved_notebook(lab, screenshot):
    lab.course()
    reference_eval_set().save(lab.workspace / "feature" / "evals" / "triage.jsonl")
    solutions = json.loads(SOLUTIONS.read_text())
    notebook = json.loads((lab.workspace / NOTEBOOK).read_text())
    for cell in notebook["cells"]:
        if cell["id"].endswith("-answer"):
            cell["source"] = solutions[cell["id"].removesuffix("-answer")]
    (lab.workspace / NOTEBOOK).write_text(json.dumps(notebook))
    page = lab.open_notebook(NOTEBOOK)
    page.set_default_timeout(180_000)  # it executes the whole notebook
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog-content")
    dialog.wait_for()
    screenshot(page, "phase_1_validate")
    assert "Success" in dialog.inner_text()
