"""`evalfirst new DIR`: a project of one's own, which passes its own gate from the start."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from evalfirst.commands.refusal import Refused, refusing
from evalfirst.commands.wheel import make_wheel

SKELETON = Path(__file__).resolve().parent.parent / "skeleton"
# names that begin with a dot would be overlooked in the package, or taken for its own
_DOTTED = {"gitignore": ".gitignore", "github": ".github"}
_PYTEST = "pytest>=9,<10"
# files in which the project's own facts are filled in
_FILLED = ("README.md", ".github/workflows/evals.yml", "decisions/0001-stop-regressions-in-ci.md")


class CannotCreate(Refused):
    """The project cannot be made there; the message says why and what to do."""


@refusing
def new_project(
    directory: Annotated[Path, typer.Argument(help="The new project's folder.")],
) -> None:
    """Begin a project: feature, prompt, eval set, gate in CI. It passes its own gate at once."""
    target = directory.expanduser().resolve()
    create(target)
    typer.echo(f"Your project is in {target}. Go there, and look around:")
    typer.echo(
        "  evalfirst gate        decides whether the present version may replace the baseline"
    )
    typer.echo("  README.md             says what is where, and how to change the prompt")
    typer.echo("Then commit all of it: `git init && git add . && git commit -m 'Begin'`.")


def create(target: Path) -> None:
    """Make the project in `target`, which must be new, empty, or hold no more than a `.git`.

    It is made elsewhere, measured once, and only then put into its place: there is never half
    of it.

    Raises:
        CannotCreate: something is there already, or the project does not pass its own eval.
        NoWheel: no wheel of this library can be made.
        OSError: the folder cannot be written.
    """
    if target.is_file():
        raise CannotCreate(f"{target} is a file. Name a new folder.")
    held = sorted(p.name for p in target.iterdir()) if target.is_dir() else []
    if set(held) - {".git"}:
        raise CannotCreate(
            f"{target} is not empty (it holds {', '.join(held[:3])}"
            f"{', ...' if len(held) > 3 else ''}). Name a new folder: nothing is overwritten."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    # beside the target, because a move across file systems is a copy
    workshop = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        made = workshop / "project"
        _write(made)
        _measure(made)
        _fill(made, target.name)
        _put(made, target)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _write(made: Path) -> None:
    for source in sorted(SKELETON.rglob("*")):
        if source.is_dir() or "__pycache__" in source.parts:
            continue
        first, *rest = source.relative_to(SKELETON).parts
        copy = made.joinpath(_DOTTED.get(first, first), *rest)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    wheel = make_wheel(made / "vendor")
    (made / "requirements.txt").write_text(_requirements(wheel), encoding="utf-8", newline="\n")


def _fill(made: Path, name: str) -> None:
    """Fill in what is the project's own, and what it measured."""
    from evalfirst.evals import EvalRun

    s = EvalRun.load(made / "evals" / "baseline.jsonl").summary()
    facts = {
        "@PROJECT@": name,
        "@DATE@": datetime.now(UTC).date().isoformat(),
        "@PYTHON@": f"{sys.version_info.major}.{sys.version_info.minor}",
        "@WHEEL@": next((made / "vendor").glob("*.whl")).name,
        "@RESULT@": f"{s['passes']} of {s['n']} ({s['accuracy']:.0%}; "
        f"95% interval {s['low']:.0%} to {s['high']:.0%})",
    }
    for file in _FILLED:
        text = (made / file).read_text(encoding="utf-8")
        for mark, fact in facts.items():
            text = text.replace(mark, fact)
        (made / file).write_text(text, encoding="utf-8", newline="\n")


def _requirements(wheel: Path) -> str:
    from evalfirst.commands.pins import pins_of
    from evalfirst.commands.wheel import requirements_of

    lines = [
        "# The library travels with the project: put a newer wheel into vendor/, and name it here.",
        f"./vendor/{wheel.name}",
        "",
        "# What it needs, and pytest, at the versions with which the project was made.",
        *pins_of([*requirements_of(wheel), _PYTEST]),
    ]
    return "\n".join(lines) + "\n"


def _measure(made: Path) -> None:
    """Run the project's own eval on its recorded answers, and accept it as the baseline."""
    # what somebody has set for a session of their own, such as faults, is no part of the project
    plain = {k: v for k, v in os.environ.items() if not k.startswith("EVALFIRST_")}
    done = subprocess.run(
        # the quality history begins with the learner's own first eval
        [sys.executable, "-m", "evalfirst.cli", "eval", "--baseline", "--store="],
        cwd=made,
        env={**plain, "EVALFIRST_LLM": "replay", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotCreate(
            f"the new project does not pass its own eval, so it was not kept:\n{done.stderr}"
        )
    # what an eval leaves behind is not a file of the project
    shutil.rmtree(made / "runs")


def _put(made: Path, target: Path) -> None:
    if not target.exists():
        made.rename(target)
        return
    # the folder itself stays: it may be where the person stands, and it holds their .git
    moved: list[Path] = []
    try:
        for entry in sorted(made.iterdir()):
            entry.rename(target / entry.name)
            moved.append(target / entry.name)
    except OSError:
        for entry in moved:
            entry.rename(made / entry.name)
        raise
