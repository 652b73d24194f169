"""From a source to notebooks: the course edition with solutions, and the learner edition."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from graders import versions
from graders.cohort.source import graded_answer
from graders.nbgrader_config import configure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graders.cohort.source import Source, SourceCell
    from graders.exercise import Exercise

# The minor version that knows cell ids; a newer nbformat must not change the files by itself.
_MINOR = 5


def course_edition(source: Source, exercises: Mapping[str, Exercise]) -> str:
    """Return the notebook with solutions and nbgrader's metadata, as its `source/` needs it."""
    ids: Counter[str] = Counter()
    cells = [_cell(cell, exercises, ids) for cell in source.cells]
    notebook = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            versions.KEY: {"checker": versions.CHECKER},
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
    )
    notebook.nbformat_minor = _MINOR
    return _write(notebook)


def learner_edition(course: str) -> str:
    """Return what `nbgrader generate_assignment` makes of a course edition, byte for byte.

    nbgrader's own preprocessors do it; only the one that writes to a gradebook is left out.
    """
    config = Config()
    configure(config)
    config.Exporter.default_preprocessors = []
    exporter = NotebookExporter(config=config)
    quiet = logging.getLogger("graders.cohort.build")
    quiet.setLevel(logging.ERROR)
    for kind in GenerateAssignment(config=config).preprocessors:
        if kind is not SaveCells:
            exporter.register_preprocessor(kind(config=config, log=quiet), enabled=True)
    text, _ = exporter.from_notebook_node(nbformat.reads(course, as_version=4), resources={})
    return _ending(str(text))


def _cell(cell: SourceCell, exercises: Mapping[str, Exercise], ids: Counter[str]) -> Any:
    metadata: dict[str, Any] = dict(cell.metadata)
    text = cell.text
    if cell.role == "answer":
        name = f"{cell.exercise}-answer"
        metadata["nbgrader"] = _nbgrader(_once(name, ids), solution=True)
    elif cell.role == "grade":
        name = cell.exercise
        metadata["nbgrader"] = _nbgrader(_once(name, ids), points=exercises[name].points)
        text = _with_hidden_call(cell)
    elif cell.role == "brief":
        name = _once(f"{cell.exercise}-brief", ids)
        text = brief(exercises[cell.exercise])
    else:
        # made of the content, so that an edit changes the cell that was edited and no other
        digest = hashlib.sha256(f"{cell.kind}\n{cell.text}".encode()).hexdigest()[:12]
        name = _once(digest, ids)
    make: Any = (
        nbformat.v4.new_markdown_cell if cell.kind == "markdown" else nbformat.v4.new_code_cell
    )
    made = make(source=text, metadata=metadata)
    made["id"] = metadata["nbgrader"]["grade_id"] if "nbgrader" in metadata else name
    return made


def brief(exercise: Exercise) -> str:
    """Return what a learner should know before starting, as Markdown."""
    kind = "core" if exercise.core else "stretch"
    return "\n".join(
        [
            f"### Exercise: {exercise.title}",
            "",
            f"**{exercise.minutes} minutes, {exercise.points:g} points, {kind}.** "
            f"Difficulty {exercise.difficulty} of 5, importance {exercise.importance} of 5. "
            f"Practises exit criterion {exercise.closes}.",
            "",
            f"*Why a team pays for it.* {exercise.why}",
            "",
            f"*How it is checked.* {exercise.checked}",
            "",
            f'*Stuck?* Run `hint("{exercise.id}")` in a new cell, as often as you like; after an '
            f'attempt, `solution("{exercise.id}")`.',
        ]
    )


def _with_hidden_call(cell: SourceCell) -> str:
    """Return the grade cell's text with the one call that learners do not get.

    nbgrader's feedback shows hidden regions: the call has no data in it. It imports for itself,
    because the notebook's own imports are the learner's to change.
    """
    return "\n".join(
        [
            cell.text,
            "### BEGIN HIDDEN TESTS",
            "from graders.feedback import grade",
            "",
            f'grade("{cell.exercise}", {graded_answer(cell)})',
            "### END HIDDEN TESTS",
        ]
    )


def _once(name: str, ids: Counter[str]) -> str:
    ids[name] += 1
    return name if ids[name] == 1 else f"{name}-{ids[name]}"


def _nbgrader(
    grade_id: str, *, solution: bool = False, points: float | None = None
) -> dict[str, Any]:
    """Return all the keys that nbgrader looks for; with fewer it asks for an update."""
    graded = points is not None
    metadata: dict[str, Any] = {
        "grade": graded,
        "grade_id": grade_id,
        "locked": graded,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return metadata | ({"points": points} if graded else {})


def _write(notebook: Any) -> str:
    return _ending(str(nbformat.writes(notebook)))


def _ending(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
