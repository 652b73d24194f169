"""The harness itself: what other browser tests rely on."""

from __future__ import annotations

import pytest

from tests.browser import harness


def test_a_notebook_runs_and_finds_its_own_folder_as_the_workspace(lab):
    name = lab.notebook(
        "from evalfirst.workspace import Workspace; print(Workspace.here().root)", "1 / 0"
    )
    lab.open_notebook(name)
    assert lab.run_all() == ["cell 1: ZeroDivisionError: division by zero"]
    assert "".join(lab.outputs()[0]["outputs"][0]["text"]).strip() == str(lab.workspace)


def test_a_cell_that_never_ends_fails_by_its_place_and_not_by_waiting_for_ever(lab):
    lab.open_notebook(lab.notebook("1", "import time\nwhile True: time.sleep(0.1)"))
    with pytest.raises(AssertionError, match="not end within 3 s; the last cell that did is 0"):
        lab.run_all(within_seconds=3)


def test_each_test_starts_with_an_empty_workspace_and_no_kernel(lab):
    assert list(lab.workspace.iterdir()) == []
    assert lab.server.request("GET", "api/kernels") == []


def test_the_theme_switches_and_axe_sees_a_fault(lab, axe, screenshot):
    name = lab.notebook(
        "from IPython.display import HTML\n"
        "HTML('<div class=faulty><select><option>a</option></select></div>')"
    )
    page = lab.open_notebook(name)
    lab.run_all()
    lab.set_theme("dark")
    assert any(line.startswith("select-name (critical)") for line in axe(page, ".faulty"))
    assert screenshot(page, "harness_dark").stat().st_size > 10_000
    lab.set_theme("light")


def test_a_missing_browser_is_named_with_the_mend(monkeypatch):
    monkeypatch.setenv("EVALFIRST_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(FileNotFoundError, match=r"/nowhere/chromium is no .*apt-get install"):
        harness.chromium_path()
