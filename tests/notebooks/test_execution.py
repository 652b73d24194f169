"""Every learner edition runs from top to bottom untouched, and says nothing on stderr."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks_to_run():
    assert {path.stem for path in NOTEBOOKS} >= {"start_here", "phase_1_ship"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_untouched(path, tmp_path, monkeypatch):
    monkeypatch.setenv("EVALFIRST_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("EVALFIRST_PROGRESS", "0")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert [out.text for out in outputs if out.get("name") == "stderr"] == []
    assert len(outputs) > 3
