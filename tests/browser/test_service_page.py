"""The page of a service, in a real browser: ask, and see the answer or what is wrong."""

from __future__ import annotations

import pytest

from evalfirst.service import Budget, start

pytestmark = pytest.mark.browser

FEATURE = 'def triage(text):\n    return {"desk": text.upper()}\n'


def test_a_person_asks_sees_the_answer_and_then_that_the_budget_is_spent(tmp_path, chromium, axe):
    (tmp_path / "feature.py").write_text(FEATURE)
    with start("feature:triage", folder=tmp_path, budget=Budget(requests=1)) as service:
        page = chromium.new_page()
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message))
        page.goto(f"{service.url}/docs")
        page.get_by_label("Input").fill("rooms")
        page.get_by_role("button", name="Ask triage").click()
        answer = page.get_by_role("status", name="Answer of triage")
        page.get_by_text('"desk": "ROOMS"').wait_for()
        assert axe(page) == []
        assert said == []
        page.get_by_role("button", name="Ask triage").click()
        page.get_by_text('"kind": "budget_spent"').wait_for()
        service.drain()
        page.get_by_role("button", name="Ask triage").click()
        page.get_by_text("The service cannot be reached.").wait_for()
        assert answer.inner_text() == "The service cannot be reached."
        page.close()
    assert all(url.startswith(service.url) for url in asked)
