"""Where the learner's files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalfirst.datasets import dataset
from evalfirst.workspace import Workspace


def test_the_environment_names_the_workspace(monkeypatch, tmp_path):
    monkeypatch.setenv("EVALFIRST_WORKSPACE", str(tmp_path / "mine"))
    assert Workspace.here().root == tmp_path / "mine"


def test_a_notebook_anywhere_else_works_in_its_own_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("EVALFIRST_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Workspace.here().root == tmp_path


def test_a_published_notebook_does_not_write_among_the_courses_files(monkeypatch, tmp_path):
    monkeypatch.delenv("EVALFIRST_WORKSPACE", raising=False)
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks")
    assert Workspace.here().root == tmp_path / "workspace"


def test_the_layout_of_the_learners_repo():
    here = Workspace(Path("/w"))
    assert here.progress == Path("/w/progress.sqlite")
    assert here.evals == Path("/w/feature/evals")
    assert here.evidence("1.2") == Path("/w/feature/evidence/1.2.json")


def test_an_unknown_data_set_is_answered_with_the_known_ones(monkeypatch, tmp_path):
    (tmp_path / "tickets").mkdir()
    monkeypatch.setenv("EVALFIRST_DATASETS", str(tmp_path))
    assert dataset("tickets") == tmp_path / "tickets"
    with pytest.raises(FileNotFoundError, match=r"no data set 'tikets'.*There are: tickets\."):
        dataset("tikets")


def test_a_missing_data_folder_says_which_setting_to_mend(monkeypatch, tmp_path):
    monkeypatch.setenv("EVALFIRST_DATASETS", str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError, match="Set EVALFIRST_DATASETS"):
        dataset("tickets")
