"""Exercises of our own, and a workspace that belongs to the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evalfirst.workspace import VARIABLE as WORKSPACE
from evalfirst.workspace import Workspace
from graders import registry, seed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_exercises(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(registry.VARIABLE, "tests.graders.own_exercises")
    registry.exercises.cache_clear()
    yield
    registry.exercises.cache_clear()


@pytest.fixture(autouse=True)
def workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    monkeypatch.setenv(WORKSPACE, str(tmp_path / "workspace"))
    for variable in (seed.VALUE_VARIABLE, seed.FILE_VARIABLE, "NBGRADER_EXECUTION"):
        monkeypatch.delenv(variable, raising=False)
    return Workspace.here()
