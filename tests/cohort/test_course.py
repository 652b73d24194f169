"""The course that is committed here: what the build gives, and nothing that it must not give."""

from __future__ import annotations

import json

import nbformat
import pytest

from graders.cohort.build import Course
from graders.cohort.source import BEGIN, END
from graders.registry import exercises

COURSE = Course.here()
NAMES = [path.stem for path in COURSE.sources]
FORBIDDEN = (
    "SOLUTION",
    "HIDDEN TESTS",
    "graders.feedback import grade",
    "ticket_gold",
    "held_out",
    "EVALFIRST_SEED",
)


def notebook(name):
    return nbformat.read(COURSE.root / "notebooks" / f"{name}.ipynb", as_version=4)


def test_committed_files_are_what_the_sources_give():
    assert COURSE.sources
    assert list(COURSE.stale()) == []
    assert COURSE.orphans() == []


def test_every_exercise_of_the_course_stands_in_one_notebook():
    placed = [name for source in COURSE.read() for name in source.exercises()]
    of_the_course = [name for name in exercises() if not name.startswith("p9-")]
    assert sorted(placed) == sorted(of_the_course)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_valid_and_has_no_outputs(name):
    nbformat.validate(notebook(name))
    for cell in notebook(name).cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_or_hidden_word_leaks(name):
    text = (COURSE.root / "notebooks" / f"{name}.ipynb").read_text()
    for word in FORBIDDEN:
        assert word not in text
    (source,) = (s for s in COURSE.read() if s.name == name)
    shown = "\n".join("".join(cell["source"]) for cell in notebook(name).cells)
    given = "\n".join(cell.stubbed for cell in source.cells)
    for line in solution_lines(source):
        # a line that also stands outside of a solution gives nothing away
        assert line not in shown or line in given


def solution_lines(source):
    lines = []
    for cell in source.cells:
        inside = False
        for line in cell.text.split("\n"):
            if END in line:
                inside = False
            if inside and line.strip():
                lines.append(line.strip())
            if BEGIN in line:
                inside = True
    return lines


def test_the_leak_test_sees_the_solutions():
    """A guard for the test above: there are lines that it can find."""
    assert all(solution_lines(source) for source in COURSE.read() if source.exercises())


def test_solutions_are_valid_python_and_published_for_every_exercise():
    solutions = json.loads((COURSE.root / "graders" / "solutions.json").read_text())
    placed = {name for source in COURSE.read() for name in source.exercises()}
    assert solutions.keys() == placed
    for code in solutions.values():
        compile(code, "solution", "exec")
        assert "SOLUTION" not in code
