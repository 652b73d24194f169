"""A small checkout with one lesson, and nbgrader in a process of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from graders import registry
from graders.cohort.build import Course

LESSONS = Path(__file__).parent / "lessons"
ROOT = Path(__file__).parent.parent.parent
OWN = "tests.graders.own_exercises"


@pytest.fixture(autouse=True)
def own_exercises(monkeypatch):
    monkeypatch.setenv(registry.VARIABLE, OWN)
    # kernels and nbgrader's own processes import them too
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    registry.exercises.cache_clear()
    yield
    registry.exercises.cache_clear()


@pytest.fixture
def checkout(tmp_path: Path) -> Course:
    """A course whose only lesson is `lessons/phase_9_try.py`."""
    root = tmp_path / "checkout"
    shutil.copytree(LESSONS, root / "notebooks" / "source")
    (root / "graders").mkdir()
    return Course(root)


@pytest.fixture(scope="session", autouse=True)
def _alembic_on_path():
    # a new gradebook starts `alembic`, which stands beside this Python
    import sys

    before = os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    yield
    os.environ["PATH"] = before
