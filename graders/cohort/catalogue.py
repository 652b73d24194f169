"""What other parts must know of exercises: facts for the widgets, solutions for `solution(id)`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graders.cohort.source import Source
    from graders.exercise import Exercise


def facts(sources: Sequence[Source], exercises: Mapping[str, Exercise]) -> str:
    """Return `exercises.json`: one object per exercise that stands in a notebook."""
    rows = [
        _row(exercises[name], source, _anchor(source, name, exercises[name].title))
        for source in sources
        for name in source.exercises()
    ]
    return _json(rows)


def solutions(sources: Sequence[Source]) -> str:
    """Return the answer cells as `solution(id)` shows them, by exercise id."""
    found: dict[str, str] = {}
    for source in sources:
        for cell in source.cells:
            if cell.role == "answer":
                before = found.get(cell.exercise)
                found[cell.exercise] = f"{before}\n\n{cell.solved}" if before else cell.solved
    return _json(found)


def _row(exercise: Exercise, source: Source, anchor: str) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "title": exercise.title,
        "phase": exercise.phase,
        "notebook": f"{source.name}.ipynb",
        "points": exercise.points,
        "minutes": exercise.minutes,
        "difficulty": exercise.difficulty,
        "importance": exercise.importance,
        "closes": exercise.closes,
        "core": exercise.core,
        "why": exercise.why,
        "anchor": anchor,
    }


def _anchor(source: Source, exercise: str, title: str) -> str:
    """Return JupyterLab's anchor of the heading above an exercise's answer; empty if none."""
    anchor = ""
    for cell in source.cells:
        if cell.role == "brief" and cell.exercise == exercise:
            return _as_anchor(f"Exercise: {title}")
        if cell.kind == "markdown":
            fenced = False
            for line in cell.text.split("\n"):
                fenced ^= line.lstrip().startswith("```")
                if line.startswith("#") and not fenced:
                    anchor = _as_anchor(line.lstrip("#").strip())
        if cell.role == "answer" and cell.exercise == exercise:
            break
    return anchor


def _as_anchor(heading: str) -> str:
    return heading.replace("`", "").replace(" ", "-")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
