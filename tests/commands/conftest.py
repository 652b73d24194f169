"""A small project whose feature needs no model, and the command run inside it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from evalfirst.cli import app

if TYPE_CHECKING:
    from pathlib import Path

FEATURE = """
def shout(text):
    return text.upper() if "bad" not in text else text
"""

SETTINGS = """
[eval]
feature = "shouting:shout"
set = "evals/words.jsonl"
scorers = ["exact"]
"""


class Project:
    """One project in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "evals").mkdir(parents=True)
        self.write("shouting.py", FEATURE)
        self.write("evalfirst.toml", SETTINGS)
        self.set(100)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.write_text(text)
        # a file of the same length, written within the same second, would be taken for the old one
        sys.modules.pop("shouting", None)
        return path

    def set(self, n: int, **changed: object) -> None:
        rows = [{"id": f"w{i}", "input": f"word {i}", "target": f"WORD {i}"} for i in range(n)]
        self.write("evals/words.jsonl", "".join(json.dumps(r | changed) + "\n" for r in rows))

    def run(self, *arguments: str):
        sys.modules.pop("shouting", None)
        return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("GITHUB_STEP_SUMMARY", "EVALFIRST_RECORD"):
        # set first, so that what a command sets is taken back, too
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    made = Project(tmp_path / "project")
    monkeypatch.chdir(made.root)
    yield made
    sys.modules.pop("shouting", None)
    os.environ.pop("EVALFIRST_RECORD", None)
