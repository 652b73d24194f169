"""The seed of held-out cases: secret where marks are given, public for practice."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

VALUE_VARIABLE = "EVALFIRST_SEED"
FILE_VARIABLE = "EVALFIRST_SEED_FILE"

# Anybody can read it, so whoever wants to can practise on these cases, and they earn no grade.
_PUBLIC = "practice"


class NoSeed(RuntimeError):
    """The seed file that was named cannot be used; the message says how to mend it."""


@dataclass(frozen=True)
class Seed:
    """A seed and whether everybody knows it."""

    value: str
    practice: bool


def current_seed() -> Seed:
    """Return the instructor's seed from the environment, else the public one.

    Raises:
        NoSeed: `EVALFIRST_SEED_FILE` names a file that is missing or empty. Falling back to the
            public seed here would hand out marks that anybody can look up.
    """
    if value := os.environ.get(VALUE_VARIABLE, "").strip():
        return Seed(value, practice=False)
    if not (named := os.environ.get(FILE_VARIABLE)):
        return Seed(_PUBLIC, practice=True)
    try:
        value = Path(named).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NoSeed(
            f"{FILE_VARIABLE} names {named}, which cannot be read ({error.strerror}). "
            "Put the course's seed there, or unset the variable to practise."
        ) from error
    if not value:
        raise NoSeed(f"{named} is empty. Write any long random text into it and keep it secret.")
    return Seed(value, practice=False)
