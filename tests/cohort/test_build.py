from __future__ import annotations

import json
import re

import nbformat
import pytest
from typer.testing import CliRunner

import evalfirst.cli
from graders import versions
from graders.cohort.build import Course
from graders.cohort.notebook import course_edition, learner_edition
from graders.exercise import Exercise
from graders.judging import held_out_cases
from graders.registry import exercises
from graders.seed import Seed


def built(course: Course) -> dict[str, str]:
    course.build()
    return {path.name: path.read_text() for path in course.generated()}


def learner(course: Course) -> dict:
    return json.loads(built(course)["phase_9_try.ipynb"])


def test_building_again_changes_no_byte(checkout):
    first = built(checkout)
    assert checkout.build() == []
    for path in checkout.generated():
        path.unlink()
    assert built(checkout) == first


def test_the_learner_edition_is_valid_and_has_no_outputs(checkout):
    notebook = nbformat.reads(built(checkout)["phase_9_try.ipynb"], as_version=4)
    nbformat.validate(notebook)
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells)
    assert all(cell.get("execution_count") is None for cell in notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata[versions.KEY] == {"checker": versions.CHECKER}
    assert set(notebook.metadata) == {versions.KEY, "kernelspec", "language_info"}


def test_no_solution_hidden_word_or_held_out_value_leaks(checkout):
    text = built(checkout)["phase_9_try.ipynb"]
    for word in ("SOLUTION", "HIDDEN", "n + n", "row {n}", "grade(", "import grade"):
        assert word not in text
    held_out = held_out_cases(exercises()["p9-double"], Seed("any", practice=False))
    assert held_out
    for case in held_out:
        assert str(case.given) not in text
        assert str(case.expected) not in text


def test_a_one_word_edit_changes_one_cell(checkout):
    before = learner(checkout)
    (source,) = checkout.sources
    source.write_text(source.read_text().replace("Write the function.", "Write a function."))
    after = learner(checkout)
    changed = [a for a, b in zip(after["cells"], before["cells"], strict=True) if a != b]
    assert ["".join(cell["source"]) for cell in changed] == [
        "## Double a number\n\nWrite a function."
    ]
    assert {k: v for k, v in after.items() if k != "cells"} == {
        k: v for k, v in before.items() if k != "cells"
    }


def test_cell_ids_are_unique_and_come_from_the_exercise_or_the_content(checkout):
    (source,) = checkout.sources
    source.write_text(source.read_text() + "\n# %%\nsame = 1\n\n# %%\nsame = 1\n")
    ids = [cell["id"] for cell in learner(checkout)["cells"]]
    assert len(ids) == len(set(ids))
    assert "p9-double" in ids
    assert "p9-double-answer" in ids
    assert ids[-1] == f"{ids[-2]}-2"
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in ids)


def test_points_come_from_the_exercise(checkout):
    cells = {cell["id"]: cell for cell in learner(checkout)["cells"]}
    assert cells["p9-double"]["metadata"]["nbgrader"]["points"] == 4
    assert cells["p9-rows"]["metadata"]["nbgrader"]["points"] == 2


def test_a_widgets_cell_keeps_its_hidden_source(checkout):
    (cell,) = [c for c in learner(checkout)["cells"] if "tags" in c["metadata"]]
    assert cell["metadata"]["jupyter"] == {"source_hidden": True}


def test_facts_for_the_widgets_are_written(checkout):
    rows = json.loads(built(checkout)["exercises.json"])
    assert [row["id"] for row in rows] == ["p9-double", "p9-rows"]
    assert rows[0] == {
        "id": "p9-double",
        "title": "Double a number",
        "phase": 9,
        "notebook": "phase_9_try.ipynb",
        "points": 4,
        "minutes": 5,
        "difficulty": 1,
        "importance": 2,
        "closes": "1.2",
        "core": True,
        "why": "A team that cannot double cannot scale.",
        "anchor": "Double-a-number",
    }


def test_solutions_are_taken_from_the_source(checkout):
    solutions = json.loads(built(checkout)["solutions.json"])
    scope: dict = {}
    exec(solutions["p9-double"], scope)
    assert scope["double"](21) == 42
    assert solutions["p9-rows"].startswith("rows = [")


def test_a_fault_in_one_source_writes_nothing(checkout):
    (checkout.root / "notebooks" / "source" / "zz.py").write_text('# %% grade="p9-nothing"\n')
    with pytest.raises(ValueError, match=r"zz.py:1: unknown exercise"):
        checkout.build()
    assert not list((checkout.root / "notebooks").glob("*.ipynb"))


def test_a_notebook_without_a_source_is_named_and_kept(checkout):
    own = checkout.root / "notebooks" / "mine.ipynb"
    own.write_text("{}")
    checkout.build()
    assert checkout.orphans() == [own]
    assert own.read_text() == "{}"


def test_the_command_builds_and_its_check_fails_until_it_has(checkout, monkeypatch):
    monkeypatch.setattr(Course, "here", classmethod(lambda _: checkout))
    run = CliRunner().invoke
    before = run(evalfirst.cli.app, ["course", "build", "--check"])
    assert before.exit_code == 1
    assert "notebooks/phase_9_try.ipynb" in before.output
    assert not (checkout.root / "notebooks" / "phase_9_try.ipynb").exists()
    assert run(evalfirst.cli.app, ["course", "build"]).exit_code == 0
    after = run(evalfirst.cli.app, ["course", "build", "--check"])
    assert (after.exit_code, after.output) == (0, "1 notebook up to date.\n")


def test_the_command_names_file_and_line_of_a_fault(checkout, monkeypatch):
    monkeypatch.setattr(Course, "here", classmethod(lambda _: checkout))
    (source,) = checkout.sources
    source.write_text(source.read_text().replace('grade="p9-rows"', 'grade="p9-row"'))
    result = CliRunner().invoke(evalfirst.cli.app, ["course", "build"])
    assert result.exit_code == 1
    assert re.search(r"phase_9_try.py:\d+: unknown exercise 'p9-row'", result.output)


def test_editions_differ_only_in_what_nbgrader_takes_out(checkout):
    (source,) = checkout.read()
    course = json.loads(course_edition(source, exercises()))
    released = json.loads(learner_edition(course_edition(source, exercises())))
    assert [c["id"] for c in course["cells"]] == [c["id"] for c in released["cells"]]
    for cell, read in zip(released["cells"], source.cells, strict=True):
        assert "".join(cell["source"]) == read.stubbed


def test_every_exercise_of_the_course_is_complete():
    for exercise in exercises().values():
        assert isinstance(exercise, Exercise)
        assert exercise.cases
        assert exercise.points > 0
        assert exercise._probe is not None
        assert exercise._judge is not None
        assert exercise.why
        assert exercise.checked


def test_a_brief_holds_the_exercises_facts_and_is_where_the_start_page_leads(checkout):
    path = checkout.root / "notebooks" / "source" / "phase_9_try.py"
    text = path.read_text()
    path.write_text(
        text.replace(
            "# %% [markdown]\n# ## Double",
            '# %% [markdown] brief="p9-double"\n\n# %% [markdown]\n# ## Double',
        )
    )
    files = built(checkout)
    double = exercises()["p9-double"]
    (cell,) = (
        cell
        for cell in json.loads(files["phase_9_try.ipynb"])["cells"]
        if cell["id"] == "p9-double-brief"
    )
    shown = "".join(cell["source"])
    assert shown.startswith(f"### Exercise: {double.title}\n")
    for fact in (
        f"{double.minutes} minutes",
        f"criterion {double.closes}",
        double.why,
        double.checked,
    ):
        assert fact in shown
    (row,) = (row for row in json.loads(files["exercises.json"]) if row["id"] == "p9-double")
    assert row["anchor"] == f"Exercise:-{double.title.replace(' ', '-')}"
