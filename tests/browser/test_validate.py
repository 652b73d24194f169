"""nbgrader's Validate button, as a learner presses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graders import registry
from graders.cohort.notebook import course_edition, learner_edition
from graders.cohort.source import read

ROOT = Path(__file__).resolve().parents[2]
LESSON = ROOT / "tests" / "cohort" / "lessons" / "phase_9_try.py"
OWN = "tests.graders.own_exercises"

SETUP = f"""\
import os, sys
sys.path.insert(0, {str(ROOT)!r})
os.environ["EVALFIRST_EXERCISES"] = "{OWN}"
from graders.feedback import check
"""


@pytest.fixture
def lesson(monkeypatch):
    monkeypatch.setenv(registry.VARIABLE, OWN)
    registry.exercises.cache_clear()
    known = registry.exercises()
    notebook = json.loads(learner_edition(course_edition(read(LESSON, list(known)), known)))
    yield notebook
    registry.exercises.cache_clear()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, ['check("p9-double", double)', 'check("p9-rows", rows)', "Partial credit"]),
        (
            {
                "p9-double-answer": "def double(n):\n    return 2 * n",
                "p9-rows-answer": "rows = ['row'] * 10",
            },
            ["Success"],
        ),
    ],
)
def test_validate_says_what_the_checks_say(lab, lesson, screenshot, answers, said):
    code = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]
    code[0]["source"] = SETUP
    for cell in code:
        cell["source"] = answers.get(cell["id"], cell["source"])
    (lab.workspace / "lesson.ipynb").write_text(json.dumps(lesson))
    page = lab.open_notebook("lesson.ipynb")
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog-content")
    dialog.wait_for()
    screenshot(page, f"validate_{'right' if answers else 'untouched'}")
    text = dialog.inner_text()
    assert [part for part in said if part not in text] == []
