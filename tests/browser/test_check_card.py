"""The card of a check, where a learner reads it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SETUP = f"""\
import os, sys
sys.path.insert(0, {str(ROOT)!r})
os.environ["EVALFIRST_EXERCISES"] = "tests.graders.own_exercises"
from graders.feedback import check, hint, solution
"""


def test_a_card_is_readable_in_both_themes_and_works_by_keyboard(lab, axe, screenshot):
    name = lab.notebook(
        SETUP,
        "def double(n):\n    return n + (n > 0)\ncheck('p9-double', double)",
        "check('p9-double', lambda n: {}[n])",
        "check('p9-double', lambda n: 2 * n)",
        "hint('p9-double')",
    )
    page = lab.open_notebook(name)
    lab.run_all()
    cards = page.locator(".ef-card")
    assert cards.count() == 4
    assert "Not right yet" in cards.nth(0).inner_text()
    assert "Your code stopped" in cards.nth(1).inner_text()
    assert "feature/evidence/1.2.json" in cards.nth(2).inner_text()
    assert (lab.workspace / "feature" / "evidence" / "1.2.json").is_file()

    for theme in ("light", "dark"):
        lab.set_theme(theme)
        assert axe(page, ".ef-card") == []
        screenshot(page, f"check_card_{theme}")

    how = cards.nth(0).locator("summary")
    how.focus()
    page.keyboard.press("Enter")
    assert cards.nth(0).locator("details[open]").is_visible()
