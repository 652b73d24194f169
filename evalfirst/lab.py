"""Open the course in JupyterLab: a workspace of the learner's own, and a quiet interface."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from evalfirst import workspace
from evalfirst.atomic import write_bytes
from evalfirst.llm.variables import CHOICE, LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

START = "start_here.ipynb"
CONFIG = Path(__file__).resolve().parent / "jupyter_config"
_COURSE = Path(__file__).resolve().parent.parent / "notebooks"


class CannotOpen(RuntimeError):
    """The course cannot be opened; the message says why and how to mend it."""


def published_notebooks(folder: Path = _COURSE) -> list[Path]:
    """Return the course's notebooks.

    Raises:
        CannotOpen: there are none, because this is no checkout of the course.
    """
    found = sorted(folder.glob("*.ipynb"))
    if not found:
        raise CannotOpen(
            f"no notebooks in {folder}. `evalfirst lab` opens the course from a checkout of it: "
            "clone the repository and run `make lab` there."
        )
    return found


def prepare(root: Path, notebooks: Sequence[Path] | None = None) -> list[Path]:
    """Put each notebook that is missing into the workspace, and touch nothing that is there.

    Returns:
        The notebooks that were copied.

    Raises:
        CannotOpen: the workspace cannot be written.
    """
    copied = []
    try:
        root.mkdir(parents=True, exist_ok=True)
        for source in published_notebooks() if notebooks is None else notebooks:
            target = root / source.name
            if not target.exists():
                write_bytes(target, source.read_bytes())
                copied.append(target)
    except OSError as error:
        raise CannotOpen(
            f"cannot write to the workspace {root}: {error.strerror or error}. Choose another "
            f"folder with `evalfirst lab --workspace FOLDER` or {workspace.VARIABLE}."
        ) from error
    return copied


def environment(root: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment in which the server and its kernels run."""
    variables = dict(os.environ if base is None else base)
    inherited = variables.get("JUPYTER_CONFIG_PATH")
    variables["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(CONFIG), inherited]))
    variables[workspace.VARIABLE] = str(root)
    # a key that lies in somebody's environment must not be charged by a lesson
    variables.setdefault(CHOICE, LOCAL)
    # a layout of its own, so that tabs of another project do not open here
    variables["JUPYTERLAB_WORKSPACES_DIR"] = str(root / ".jupyter" / "workspaces")
    # programs of this environment (nbgrader looks for alembic) come before any other
    variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]])
    return variables


def command(root: Path, extra: Sequence[str] = ()) -> list[str]:
    """Return the command that serves the workspace and opens *Start here*."""
    arguments = [
        *(sys.executable, "-m", "jupyter", "lab"),
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{START}",
        # the address is still printed; the hundred lines around it are not
        "--ServerApp.log_level=WARN",
    ]
    # in containers and on Binder-like hosts everything runs as root
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    return [*arguments, *extra]


def default_root() -> Path:
    """Return the workspace that `EVALFIRST_WORKSPACE` names, else `workspace/` of the checkout."""
    named = os.environ.get(workspace.VARIABLE)
    return Path(named).expanduser().resolve() if named else _COURSE.parent / "workspace"


def main() -> None:
    """Prepare the workspace; print the environment as shell exports.

    For hosts that start Jupyter themselves, such as Binder.
    """
    root = default_root()
    prepare(root)
    ours = environment(root, {"PATH": os.environ["PATH"]})
    sys.stdout.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in ours.items())


if __name__ == "__main__":
    main()
