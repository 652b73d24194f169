"""nbgrader's settings for this course: one file for the build, the release and grading.

It is itself a configuration file of nbgrader; a course directory's own file loads it, so that the
settings are updated with the course.
"""

from __future__ import annotations

from typing import Any

# A notebook that imports matplotlib and asks a model needs longer than nbgrader's 30 seconds.
SECONDS_PER_CELL = 300


def configure(c: Any) -> None:
    """Set the course's choices on nbgrader's configuration object."""
    # a stub that raises would stop a learner's Run All at the first blank
    c.ClearSolutions.code_stub = {"python": "..."}
    c.ExecutePreprocessor.timeout = SECONDS_PER_CELL
    # a grade cell that a learner deleted would leave a score of None for ever
    c.OverwriteCells.add_missing_cells = True


# traitlets runs a configuration file with this name defined
if "get_config" in globals():
    configure(globals()["get_config"]())
