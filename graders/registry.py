"""Every exercise, found by looking into the phases' packages: no list to keep in step."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import graders
from graders.exercise import Exercise


class UnknownExercise(LookupError):  # noqa: N818  (reads as a sentence in a traceback)
    """No exercise has this id; the message lists those that exist."""


@cache
def exercises() -> dict[str, Exercise]:
    """Return all exercises by id, in the order of their phases and modules.

    Raises:
        ValueError: two modules define the same id.
    """
    found: dict[str, Exercise] = {}
    for package in sorted(
        m.name for m in pkgutil.iter_modules(graders.__path__) if m.name.startswith("phase_")
    ):
        path = importlib.import_module(f"graders.{package}").__path__
        for module in sorted(m.name for m in pkgutil.iter_modules(path)):
            content = vars(importlib.import_module(f"graders.{package}.{module}"))
            # a module may import another one's exercise, which is then the same object
            for exercise in (v for v in content.values() if isinstance(v, Exercise)):
                if found.setdefault(exercise.id, exercise) is not exercise:
                    raise ValueError(f"two exercises have the id {exercise.id!r}")
    return found


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
