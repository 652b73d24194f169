"""Whether somebody is there to watch a progress bar."""

from __future__ import annotations

import os
import sys


def a_person_watches() -> bool:
    """Return True in a terminal and in a notebook that a person runs.

    `EVALFIRST_PROGRESS=0` says no, for example where a notebook is executed by a program: a
    bar writes to stderr, which nbgrader takes for an error.
    """
    if os.environ.get("EVALFIRST_PROGRESS") == "0":
        return False
    shell = sys.modules.get("IPython")
    if shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell":
        return True
    return sys.stderr is not None and sys.stderr.isatty()
