"""A small checkout with one lesson, and nbgrader in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from evalfirst.workspace import VARIABLE as WORKSPACE
from evalfirst.workspace import Workspace
from graders import registry, seed
from graders.cohort.build import Course
from graders.cohort.directory import CourseDirectory
from graders.cohort.submission import collect, pack

LESSONS = Path(__file__).parent / "lessons"
ROOT = Path(__file__).parent.parent.parent
OWN = "tests.graders.own_exercises"


@pytest.fixture(scope="module", autouse=True)
def own_exercises():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(registry.VARIABLE, OWN)
        # kernels and nbgrader's own processes import them too
        patch.setenv("PYTHONPATH", str(ROOT))
        for variable in (seed.VALUE_VARIABLE, seed.FILE_VARIABLE, WORKSPACE):
            patch.delenv(variable, raising=False)
        registry.exercises.cache_clear()
        yield
    registry.exercises.cache_clear()


def make_checkout(root: Path) -> Course:
    """A course whose only lesson is `lessons/phase_9_try.py`."""
    shutil.copytree(LESSONS, root / "notebooks" / "source")
    (root / "graders").mkdir()
    return Course(root)


@pytest.fixture
def checkout(tmp_path: Path) -> Course:
    return make_checkout(tmp_path / "checkout")


def nbgrader(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run nbgrader as an instructor does, in a course directory or beside a notebook."""
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@dataclass
class Learner:
    """Somebody with a workspace that holds a released notebook."""

    name: str
    workspace: Workspace
    notebook: Path

    def cells(self) -> dict:
        return json.loads(self.notebook.read_text())

    def answer(self, answers: dict[str, str]) -> None:
        """Replace the cells with these ids; None deletes one."""
        content = self.cells()
        for cell in list(content["cells"]):
            if cell["id"] in answers:
                text = answers[cell["id"]]
                if text is None:
                    content["cells"].remove(cell)
                else:
                    cell["source"] = text.splitlines(keepends=True)
        self.notebook.write_text(json.dumps(content))


@dataclass
class Cohort:
    """A course directory, its learners, and what nbgrader says of them."""

    directory: CourseDirectory
    assignment: str
    folder: Path

    def join(self, name: str) -> Learner:
        """Give a learner a workspace with the notebook that nbgrader released."""
        root = self.folder / "learners" / name
        root.mkdir(parents=True)
        released = self.directory.root / "release" / self.assignment / f"{self.assignment}.ipynb"
        notebook = root / released.name
        shutil.copyfile(released, notebook)
        return Learner(name, Workspace(root), notebook)

    def hand_in(self, learner: Learner) -> None:
        packed = pack(learner.workspace, self.assignment)
        collect(self.directory, self.assignment, packed.path, learner.name)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        done = nbgrader(self.directory.root, *arguments, **variables)
        assert done.returncode == 0, done.stderr
        return done

    def marks(self) -> dict[str, dict[str, float | None]]:
        """Return the marks in the gradebook by learner and exercise."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.directory.root / 'gradebook.db'}") as gradebook:
            return {
                submission.student.id: {
                    grade.name: grade.auto_score
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                }
                for submission in gradebook.assignment_submissions(self.assignment)
            }

    def feedback(self, name: str) -> str:
        path = self.directory.root / "feedback" / name / self.assignment
        return (path / f"{self.assignment}.html").read_text()


def make_cohort(course: Course, assignment: str, folder: Path) -> Cohort:
    """Lay out a course directory and release one notebook with nbgrader."""
    directory = CourseDirectory(folder / "cohort")
    directory.release(course)
    cohort = Cohort(directory, assignment, folder)
    cohort.run("generate_assignment", assignment)
    return cohort
