"""nbgrader's settings for this course: one file for the build, the release and grading.

It is itself a configuration file of nbgrader; a course directory's own file loads it, so that the
settings are updated with the course.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from evalfirst import workspace
from evalfirst.llm.variables import CHOICE, FAULTS, LOCAL
from graders import seed

# A notebook that imports matplotlib and asks a model needs longer than nbgrader's 30 seconds.
SECONDS_PER_CELL = 300


def configure(c: Any) -> None:
    """Set the course's choices on nbgrader's configuration object."""
    # a stub that raises would stop a learner's Run All at the first blank
    c.ClearSolutions.code_stub = {"python": "..."}
    c.ExecutePreprocessor.timeout = SECONDS_PER_CELL
    # a grade cell that a learner deleted would leave a score of None for ever
    c.OverwriteCells.add_missing_cells = True


def configure_grading(c: Any, folder: Path) -> None:
    """Make a course directory ready to grade: its seed, and nothing of the instructor's own work.

    Args:
        c: nbgrader's configuration object.
        folder: the course directory, which holds `seed.txt`.
    """
    configure(c)
    c.Autograde.pre_convert_hook = "graders.nbgrader_config.require_seed"
    os.environ.setdefault(seed.FILE_VARIABLE, str(folder / "seed.txt"))
    # a submission brings its own feature/ folder; the instructor's must not stand in for it
    os.environ.pop(workspace.VARIABLE, None)
    # no grade may hang on a live service, or be charged to the instructor's key
    os.environ[CHOICE] = LOCAL
    # faults that somebody tried out in this shell must not cost a learner marks
    os.environ.pop(FAULTS, None)
    # a bar writes to stderr, which nbgrader shows in every submission's feedback
    os.environ["EVALFIRST_PROGRESS"] = "0"
    # a new gradebook starts `alembic`, which stands beside this Python
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])


def require_seed(**_: Any) -> None:
    """Stop before a submission is graded on cases that everybody can look up.

    Raises:
        SystemExit: there is no usable seed. nbgrader catches every other exception of a hook.
    """
    try:
        current = seed.current_seed()
    except seed.NoSeed as problem:
        raise SystemExit(f"Nothing was graded: {problem}") from None
    if current.practice:
        raise SystemExit(
            f"Nothing was graded: there is no seed. Set {seed.FILE_VARIABLE} to a file that holds "
            "a secret text of your own."
        )


# traitlets runs a configuration file with this name defined
if "get_config" in globals():
    configure(globals()["get_config"]())
