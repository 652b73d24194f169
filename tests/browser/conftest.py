"""Fixtures that run a test in a real JupyterLab, in a real Chromium.

`lab` is one test's JupyterLab (`tests.browser.harness.Lab`): an empty workspace, a page, and
what a person does with them (open a notebook, run all, reload, restart the kernel, switch the
theme). `axe` and `screenshot` are the functions of the same names in the harness.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and keep them on one worker: one server, one browser."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Server]:
    server = harness.start_server(tmp_path_factory.mktemp("lab"))
    yield server
    server.process.terminate()
    try:
        server.process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.process.kill()


# Not for the session: Playwright's synchronous interface keeps an event loop running in this
# thread, and other modules' tests start loops of their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    try:
        path = harness.chromium_path()
    except FileNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(harness.CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def lab(
    lab_server: harness.Server, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[harness.Lab]:
    lab_server.start_afresh()
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(harness.PATIENCE_MS / 2)
    failed = request.session.testsfailed
    page_errors: list[str] = []

    def note(error: object) -> None:
        # Lab opens a subshell for widgets, and a restart of the kernel cancels that request
        if "Canceled future for create_subshell_request" not in str(error):
            page_errors.append(str(error))

    page.on("pageerror", note)
    yield harness.Lab(lab_server, page, page_errors)
    if request.session.testsfailed > failed:
        harness.screenshot(page, f"failed_{request.node.name}")
    context.close()


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    return harness.axe


@pytest.fixture(scope="session")
def screenshot() -> Callable[..., Path]:
    return harness.screenshot
