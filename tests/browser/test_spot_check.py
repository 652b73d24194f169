"""The spot check in a real JupyterLab: answers first, the truth on demand, by keyboard too."""

from __future__ import annotations

import pytest

CELL = """
from evalfirst.evals import EvalSet, Sample
from evalfirst.widgets import spot_check

texts = ["<b onclick='window.hit = 1'>bold?</b>", "Rechnung fehlt", "line one\\n" * 30]
pool = EvalSet(tuple(
    Sample(f"T{i}", texts[i % 3] + f" {i}", None, {"language": "de" if i % 3 == 1 else "en"})
    for i in range(30)
))
spot_check(lambda text: "billing", pool, {f"T{i}": ("billing", "email")[i % 2] for i in range(30)})
"""


@pytest.fixture
def spot(lab):
    lab.open_notebook(lab.notebook(CELL))
    assert lab.run_all() == []
    lab.page.wait_for_selector("button:has-text('Draw 5 tickets at random')")
    return lab


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_answers_come_first_and_the_truth_on_demand(spot, axe, screenshot, theme):
    spot.set_theme(theme)
    page = spot.page
    page.click("button:has-text('Draw 5 tickets at random')")
    page.wait_for_selector(".ef-spot-row >> nth=4")
    assert page.locator(".ef-spot-row .ef-badge").count() == 0
    assert page.locator(".ef-spot-text b").count() == 0  # a ticket is text, never HTML
    page.click("button:has-text('Which were right?')")
    page.wait_for_selector(".ef-spot-row .ef-badge >> nth=4")
    right = page.locator(".ef-badge-good").count()
    assert f"Your draws so far: {right}/5. Together {right} of 5." in page.inner_text(".ef-card")
    assert axe(page, ".ef-card") == []
    screenshot(page, f"spot_check_{theme}", ".ef-card")


def test_it_works_by_keyboard_alone(spot):
    page = spot.page
    page.focus("button:has-text('Draw 5 tickets at random')")
    for draw in range(1, 4):
        page.keyboard.press("Enter")
        page.wait_for_selector("button:has-text('Which were right?'):enabled")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.wait_for_function(
            "n => document.querySelector('.ef-card').innerText.includes(`of ${5 * n}.`)", arg=draw
        )
        # the focus is back on the draw button, ready for the next round
        assert "Draw 5 others" in page.evaluate("() => document.activeElement.textContent")
    assert spot.page_errors == []
