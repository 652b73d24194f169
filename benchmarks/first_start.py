"""From a fresh clone to the start page: seconds, megabytes installed, and memory in use.

    python -m benchmarks.first_start

Clones this checkout (what is committed), runs `make lab` in the clone twice as a learner does, and
drives a real browser. Phase 1 runs with the embedded model loaded, so the memory is what Binder
would have to give. The package cache of this machine is used, as it would be a second time.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from playwright.sync_api import Error, sync_playwright

from tests.browser.harness import _READY, _RUN_ALL, CHROMIUM_FLAGS, chromium_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 180
# loads the weights and asks something that nobody has recorded
_ASK = """
import time, evalfirst.llm as llm
start = time.perf_counter()
llm.client().chat.completions.create(model=llm.MODEL, max_tokens=5, messages=[
    {"role": "user", "content": f"Say hello to ticket number {time.time_ns()}."}])
time.perf_counter() - start
"""


@contextmanager
def course(clone: Path) -> Iterator[tuple[float, str, psutil.Process]]:
    """Run `make lab` and give the time at which it was called, the address and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    options = f"--no-browser --ServerApp.port={port} --IdentityProvider.token={token}"
    options += " --LabApp.expose_app_in_browser=True"
    start = time.perf_counter()
    process = subprocess.Popen(
        ["make", "lab", f"ARGS={options}"],
        cwd=clone,
        env={k: v for k, v in os.environ.items() if not k.startswith(("EVALFIRST_", "VIRTUAL"))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield (
            start,
            f"http://127.0.0.1:{port}/lab/tree/{{}}?token={token}",
            psutil.Process(process.pid),
        )
    finally:
        for child in [*psutil.Process(process.pid).children(recursive=True), process]:
            child.kill()
        process.wait()


def open_page(page: Page, address: str) -> None:
    """Open a notebook and wait until somebody could type into it."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            page.goto(address)
            break
        except Error:  # the server is not there yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    page.wait_for_function(_READY, timeout=_PATIENCE * 1000)


def resident(process: psutil.Process) -> int:
    """Return the megabytes resident in a process and all its children."""
    members = [process, *process.children(recursive=True)]
    return round(sum(member.memory_info().rss for member in members) / 1e6)


def megabytes(folder: Path) -> int:
    """Return the size of what is in a folder."""
    return round(sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_dir()) / 1e6)


def main() -> None:
    """Print the figures."""
    say = sys.stdout.write
    folder = Path(tempfile.mkdtemp())
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=list(CHROMIUM_FLAGS)
            )
            page = browser.new_page()
            with course(clone) as (start, address, _):
                open_page(page, address.format("start_here.ipynb"))
                say(f"fresh clone to interactive start page: {time.perf_counter() - start:.1f} s\n")
            say(f"installed: {megabytes(clone / '.venv')} MB\n")
            with course(clone) as (start, address, process):
                open_page(page, address.format("start_here.ipynb"))
                say(f"`make lab` the second time: {time.perf_counter() - start:.1f} s\n")
                say(f"resident, server and one kernel: {resident(process)} MB\n")
                open_page(page, address.format("phase_1_ship.ipynb") + "&reset")
                start = time.perf_counter()
                page.evaluate(_RUN_ALL)
                page.wait_for_function("() => window.allRan", timeout=_PATIENCE * 1000)
                say(f"Phase 1, Run All, untouched: {time.perf_counter() - start:.1f} s\n")
                seconds = page.evaluate(
                    """async code => {
                      const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                      const future = kernel.requestExecute({code});
                      let text = '';
                      future.onIOPub = message => {
                        if (message.header.msg_type === 'execute_result')
                          text = message.content.data['text/plain'];
                      };
                      await future.done;
                      return text;
                    }""",
                    _ASK,
                )
                say(f"first model answer, weights loaded on the way: {float(seconds):.1f} s\n")
                say(f"resident, server, two kernels and model: {resident(process)} MB\n")
            browser.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
