"""Whether a notebook and the checks that judge it belong together."""

from __future__ import annotations

import json
import os
from pathlib import Path

# Raise it when notebooks built before no longer work with the checks of today.
CHECKER = 1

# The notebook's metadata: {"evalfirst": {"checker": CHECKER}}
KEY = "evalfirst"


def mismatch(notebook: Path | None) -> str:
    """Return a sentence if `notebook` was built for other checks, else an empty text.

    A notebook that cannot be read, or that carries no version, is let through: it may be the
    learner's own.
    """
    if notebook is None:
        return ""
    try:
        metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
        built_for = int(metadata[KEY]["checker"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return ""
    if built_for == CHECKER:
        return ""
    older = "notebook" if built_for < CHECKER else "installed course"
    # a notebook in the workspace is never replaced, so that updating alone would change nothing
    mend = (
        "Rename your copy and run `make lab`: a new copy is put beside it, into which you can "
        "take your answers over."
        if built_for < CHECKER
        else "Run `git pull` and `make lab` in the course's folder."
    )
    return (
        f"This notebook was made for version {built_for} of the checks and version {CHECKER} is "
        f"installed: the {older} is older. {mend} "
        "Your own cells and your feature/ folder are kept."
    )


def open_notebook() -> Path | None:
    """Return the notebook that this kernel belongs to, if Jupyter says which one it is."""
    named = os.environ.get("JPY_SESSION_NAME")
    if not named:
        return None
    # Jupyter gives the path from its own root, and starts the kernel in the notebook's folder
    for path in (Path(named), Path.cwd() / Path(named).name):
        if path.is_file():
            return path
    return None
