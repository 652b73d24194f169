"""The docs do what they say: their commands and code run, and print what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "library.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# one worker makes the project, and only once
pytestmark = pytest.mark.xdist_group("docs")
LINK = re.compile(r"\]\(((?!https?:)[^)#]+)")


def blocks(language: str) -> list[str]:
    return [
        text for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if kind == language
    ]


@pytest.fixture(scope="module")
def run_page(tmp_path_factory) -> dict[str, str]:
    """What the shell blocks (in order) and then the Python blocks (as one script) print."""
    folder = tmp_path_factory.mktemp("reader")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "EVALFIRST_"))}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"

    def said(command: list[str], where: Path, **more: str) -> str:
        done = subprocess.run(
            command, cwd=where, env=env | more, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    begin, *later = blocks("bash")
    shell = said(["bash", "-ec", begin], folder)
    project = folder / "desk"
    script = "\nprint('----')\n".join(blocks("python"))
    python = said(
        [sys.executable, "-c", script], project, EVALFIRST_RECORD="recordings/answers.jsonl"
    )
    for block in later:
        shell += said(["bash", "-ec", block], project)
    return {"shell": shell, "python": python}


@pytest.mark.slow
def test_the_code_prints_what_the_page_says(run_page):
    printed = run_page["python"].split("----\n")
    assert len(printed) == len(blocks("python")) == len(blocks("text"))
    assert printed == blocks("text")


@pytest.mark.slow
def test_the_commands_run_and_the_new_project_passes_its_own_gate(run_page):
    assert "Pass. " in run_page["shell"]
    assert re.search(r"failed calls +[1-9]", run_page["shell"])  # the faults came


def test_an_eval_takes_25_lines_or_fewer():
    first, *_ = blocks("python")
    assert len(first.splitlines()) <= 25


def test_every_link_leads_to_a_file():
    links = LINK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(links) > 10
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
