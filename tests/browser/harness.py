"""A real JupyterLab and what a test does with it; `conftest.py` hands both out as fixtures."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from evalfirst import lab

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"

# a machine that also runs other tests may need this long for what takes four seconds alone
PATIENCE_MS = 60_000

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady && panel.sessionContext?.isReady
    && panel.sessionContext.session?.kernel?.status === 'idle'
    && !document.querySelector('#jupyterlab-splash');
}"""
_RUN_ALL = """() => {
  window.allRan = false;
  jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.allRan = true; });
}"""
_OUTPUTS = """() => [...jupyterapp.shell.currentWidget.content.model.cells].map(
  (cell, index) => ({index, type: cell.type, ran: cell.executionCount ?? null,
    empty: !cell.sharedModel.getSource().trim(), outputs: cell.outputs?.toJSON() ?? []}))"""


def chromium_path() -> str:
    """Return the browser that the tests drive.

    Raises:
        FileNotFoundError: there is none; the message says how to install one.
    """
    named = os.environ.get("EVALFIRST_CHROMIUM")
    for name in [named] if named else ["chromium", "chromium-browser", "google-chrome"]:
        if found := shutil.which(name):
            return found
    raise FileNotFoundError(
        (
            f"EVALFIRST_CHROMIUM={named} is no program. "
            if named
            else "no Chromium on this machine. "
        )
        + "Browser tests never skip. Install one (Debian and Ubuntu: apt-get install chromium; "
        "macOS: brew install --cask chromium) or set EVALFIRST_CHROMIUM to the path of a "
        "Chromium or Chrome. To leave these tests out on purpose: pytest -m 'not browser'."
    )


@dataclass(frozen=True)
class Server:
    """A running JupyterLab whose root is the learner's workspace."""

    process: subprocess.Popen[bytes]
    url: str
    token: str
    workspace: Path
    settings: Path  # what Lab itself remembers, such as the theme

    def request(self, method: str, path: str) -> Any:
        """Call the server's REST interface and return the JSON answer."""
        request = urllib.request.Request(
            f"{self.url}{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def start_afresh(self) -> None:
        """Shut all kernels down, and empty the workspace and what Lab remembers."""
        for session in self.request("GET", "api/sessions"):
            self.request("DELETE", f"api/sessions/{session['id']}")
        for kernel in self.request("GET", "api/kernels"):
            self.request("DELETE", f"api/kernels/{kernel['id']}")
        for folder in (self.workspace, self.settings):
            for entry in folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def lab_environment(workspace: Path, home: Path) -> dict[str, str]:
    """Return what `evalfirst lab` sets, apart from the settings of whoever runs the tests."""
    base = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("EVALFIRST_", "JUPYTER", "OPENAI_", "PYTEST_"))
    }
    return lab.environment(workspace, base) | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "IPYTHONDIR": str(home / "ipython"),
    }


def start_server(home: Path) -> Server:
    """Start JupyterLab and wait until it answers.

    Raises:
        RuntimeError: it ended or stayed silent; the message holds the end of its log.
    """
    workspace, settings, runtime = home / "workspace", home / "settings", home / "runtime"
    for folder in (workspace, settings, runtime):
        folder.mkdir(parents=True)
    token = secrets.token_hex(16)
    log = home / "server.log"
    extra = ["--no-browser", "--ServerApp.ip=127.0.0.1", "--LabApp.expose_app_in_browser=True"]
    command = lab.command(workspace, [*extra, f"--IdentityProvider.token={token}"])
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=workspace,
            env=lab_environment(workspace, home),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + PATIENCE_MS / 1000
    # the server picks a free port and says which in this file: no port is chosen twice
    info = runtime / f"jpserver-{process.pid}.json"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server = Server(
                process,
                json.loads(info.read_text(encoding="utf-8"))["url"],
                token,
                workspace,
                settings,
            )
            server.request("GET", "api/status")
        except (OSError, ValueError):
            time.sleep(0.05)
            continue
        return server
    process.kill()
    tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"JupyterLab did not start (exit code {process.poll()}). Its log:\n{tail}")


@dataclass(frozen=True)
class Lab:
    """One test's JupyterLab: an empty workspace and one browser page."""

    server: Server
    page: Page
    page_errors: list[str]  # exceptions in JavaScript that nobody caught

    @property
    def workspace(self) -> Path:
        """The learner's folder, where notebooks open."""
        return self.server.workspace

    def notebook(self, *cells: str, name: str = "notebook.ipynb") -> str:
        """Write a notebook of code cells (`md:` in front makes one Markdown); return its name."""
        made = [
            new_markdown_cell(c.removeprefix("md:")) if c.startswith("md:") else new_code_cell(c)
            for c in cells
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(
            new_notebook(cells=made, metadata={"kernelspec": kernel}), self.workspace / name
        )
        return name

    def course(self) -> list[str]:
        """Copy the course's notebooks into the workspace, as `evalfirst lab` does."""
        return [path.name for path in lab.prepare(self.workspace)]

    def open_notebook(self, path: str) -> Page:
        """Open a notebook of the workspace in Lab and wait until its kernel is idle."""
        self.page.goto(f"{self.server.url}lab/tree/{quote(path)}?token={self.server.token}&reset")
        self.wait_ready()
        return self.page

    def reload(self) -> Page:
        """Reload the page, as a person does who lost the connection."""
        self.page.reload()
        self.wait_ready()
        return self.page

    def wait_ready(self) -> None:
        """Wait until the notebook is loaded and its kernel is idle."""
        self.page.wait_for_function(_READY, timeout=PATIENCE_MS)

    def run_all(self, within_seconds: float = 60) -> list[str]:
        """Run all cells to the last and return what went wrong, see `errors`.

        Raises:
            AssertionError: it takes longer; the message names the cell that holds it up.
        """
        from playwright.sync_api import TimeoutError as TooSlow

        self.page.evaluate(_RUN_ALL)
        try:
            self.page.wait_for_function("() => window.allRan", timeout=within_seconds * 1000)
        except TooSlow:
            last = max((cell["index"] for cell in self.outputs() if cell["ran"]), default=-1)
            raise AssertionError(
                f"Run All did not end within {within_seconds} s; the last cell that did is {last}"
            ) from None
        return self.errors()

    def command(self, name: str, **arguments: Any) -> Any:
        """Execute a command of JupyterLab and wait for its end."""
        return self.page.evaluate(
            "async ([name, args]) => { await jupyterapp.commands.execute(name, args); }",
            [name, arguments],
        )

    def save(self) -> None:
        """Save the notebook with its outputs."""
        self.command("docmanager:save")

    def restart_kernel(self) -> None:
        """Restart the kernel; outputs stay on the page, as with Lab's own button."""
        self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        self.wait_ready()

    def outputs(self) -> list[dict[str, Any]]:
        """Return every cell's index, type, execution count (`ran`), emptiness and outputs."""
        found: list[dict[str, Any]] = self.page.evaluate(_OUTPUTS)
        return found

    def errors(self) -> list[str]:
        """Return the exceptions and stderr texts in the outputs, with the cell's number."""
        found = []
        for cell in self.outputs():
            for output in cell["outputs"]:
                if output["output_type"] == "error":
                    found.append(f"cell {cell['index']}: {output['ename']}: {output['evalue']}")
                elif output.get("name") == "stderr":
                    text = output["text"]
                    text = text if isinstance(text, str) else "".join(text)
                    found.append(f"cell {cell['index']}: stderr: {text}")
        return found

    def set_theme(self, theme: Literal["light", "dark"]) -> None:
        """Switch JupyterLab's theme and wait until it is applied."""
        self.command("apputils:change-theme", theme=f"JupyterLab {theme.title()}")
        light = "true" if theme == "light" else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        self.page.wait_for_function(
            # the style sheet arrives after the attribute
            "dark => { const c = getComputedStyle(document.body)"
            ".getPropertyValue('--jp-layout-color0').trim();"
            "return (c === '#111111' || c === '#111') === dark; }",
            arg=theme == "dark",
        )


def axe(page: Page, within: str | None = None) -> list[str]:
    """Return axe-core's serious and critical findings, one line each, inside a CSS selector."""
    from axe_playwright_python.sync_playwright import Axe

    # JupyterLab's body is a hidden-overflow box of height 0, inside which axe takes every text
    # for clipped and checks no contrast
    page.add_style_tag(content="body { overflow: visible !important }")
    results = Axe().run(page, context=within).response
    return [
        f"{finding['id']} ({finding['impact']}): {node['html'][:200]} "
        + "; ".join(check["message"] for check in node["any"] + node["all"] + node["none"])
        for finding in results["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


def screenshot(page: Page, name: str, of: str | None = None) -> Path:
    """Keep a PNG of the page, or of one element, as `build/screenshots/<name>.png`."""
    path = SCREENSHOTS / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    if of is None:
        page.screenshot(path=path, animations="disabled")
        return path
    element = page.locator(of).first
    before, box = page.viewport_size, element.bounding_box()
    assert before is not None
    assert box is not None, f"{of} is not visible"
    # Lab scrolls inside the page: what is taller than the window would be cut off
    page.set_viewport_size({**before, "height": max(before["height"], int(box["height"]) + 300)})
    element.scroll_into_view_if_needed()
    element.screenshot(path=path, animations="disabled")
    page.set_viewport_size(before)
    return path
