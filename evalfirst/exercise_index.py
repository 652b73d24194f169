"""Which exercise closes which exit criterion, as the build wrote it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst import strict_json
from evalfirst.datasets import dataset

if TYPE_CHECKING:
    from pathlib import Path


class BadExerciseIndex(ValueError):
    """The generated file cannot be read; the message says how to make it anew."""


@dataclass(frozen=True)
class ListedExercise:
    """What a start page shows of an exercise; `minutes` 0 and `points` 0 mean unknown."""

    id: str
    title: str
    closes: str
    phase: int
    notebook: str = ""
    anchor: str = ""
    minutes: int = 0
    points: float = 0
    core: bool = True
    why: str = ""


def listed_exercises(path: Path | None = None) -> tuple[ListedExercise, ...]:
    """Return the exercises of this edition, in the course's order; none if no file was built.

    Raises:
        BadExerciseIndex: the file is damaged, or an entry has no id, title or criterion.
    """
    path = path or dataset("curriculum") / "exercises.json"
    if not path.exists():
        return ()
    try:
        rows = strict_json.parse(path.read_text(encoding="utf-8"))
        return tuple(_listed(row) for row in rows)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadExerciseIndex(
            f"{path} is damaged ({type(error).__name__}: {error}). It is generated: "
            "run `make notebooks`, or `git checkout` the file."
        ) from error


def closing(criterion: str, exercises: tuple[ListedExercise, ...]) -> list[ListedExercise]:
    """Return the exercises that give evidence for a criterion."""
    return [exercise for exercise in exercises if exercise.closes == criterion]


def _listed(row: dict[str, Any]) -> ListedExercise:
    known = {name: row[name] for name in ListedExercise.__dataclass_fields__ if name in row}
    listed = ListedExercise(
        **known | {"phase": int(row.get("phase") or row["closes"].split(".")[0])}
    )
    if not (listed.id and listed.title and listed.closes):
        raise KeyError("id, title and closes must not be empty")
    return listed
