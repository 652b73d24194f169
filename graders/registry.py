"""Every exercise, found by looking into the phases' packages: no list to keep in step."""

from __future__ import annotations

import importlib
import os
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

import graders
from graders.exercise import Exercise

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "EVALFIRST_EXERCISES"


class UnknownExercise(LookupError):
    """No exercise has this id; the message lists those that exist."""


@cache
def exercises() -> dict[str, Exercise]:
    """Return all exercises by id, in the order of their phases and modules.

    `EVALFIRST_EXERCISES` names further modules, separated by commas: an instructor's own
    exercises, for notebooks of their own.

    Raises:
        ValueError: two modules define the same id.
        ImportError: a module does not load.
    """
    found: dict[str, Exercise] = {}
    for module in (*_course_modules(), *_own_modules()):
        for exercise in vars(importlib.import_module(module)).values():
            # a module may import another one's exercise, which is then the same object
            if (
                isinstance(exercise, Exercise)
                and found.setdefault(exercise.id, exercise) is not exercise
            ):
                raise ValueError(f"two exercises have the id {exercise.id!r}, one in {module}")
    return found


def _course_modules() -> Iterator[str]:
    for phase in sorted(m.name for m in pkgutil.iter_modules(graders.__path__, "graders.")):
        if phase.startswith("graders.phase_"):
            path = importlib.import_module(phase).__path__
            yield from sorted(m.name for m in pkgutil.iter_modules(path, f"{phase}."))


def _own_modules() -> list[str]:
    return [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]


def find(exercise_id: str) -> Exercise:
    """Return one exercise.

    Raises:
        UnknownExercise: there is none with this id.
    """
    known = exercises()
    if exercise_id in known:
        return known[exercise_id]
    raise UnknownExercise(
        f"no exercise is called {exercise_id!r}. There are: {', '.join(known) or 'none yet'}. "
        "If you did not change the check cell, the notebook and the course are of different "
        "versions: update the course with `git pull` and `make lab`."
    )
