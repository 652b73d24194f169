"""`evalfirst course`: build the notebooks and release them to a cohort."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (typer reads the annotations at run time)
from typing import Annotated

import typer

app = typer.Typer(
    help="For authors and instructors: build the notebooks, release them, collect submissions.",
    no_args_is_help=True,
)


@app.command()
def build(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a file is out of date.")
    ] = False,
) -> None:
    """Build notebooks/*.ipynb from notebooks/source/*.py."""
    from graders.cohort.build import Course, NoCheckout
    from graders.cohort.source import BadSource

    try:
        course = Course.here()
        changed = sorted(course.stale()) if check else course.build()
    except (BadSource, NoCheckout) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    names = ", ".join(path.relative_to(course.root).as_posix() for path in changed)
    for path in course.orphans():
        typer.echo(f"{path.relative_to(course.root).as_posix()} has no source beside it.", err=True)
    if not names:
        count = len(course.sources)
        typer.echo(f"{count} notebook{'' if count == 1 else 's'} up to date.")
    elif check:
        typer.echo(f"Out of date: {names}. Run `make notebooks`.", err=True)
        raise typer.Exit(1)
    else:
        typer.echo(f"Built: {names}")


@app.command()
def release(
    directory: Annotated[Path, typer.Argument(help="The course directory; made if missing.")],
) -> None:
    """Lay out a course directory for nbgrader, or bring its source/ up to date."""
    from graders.cohort.build import Course, NoCheckout
    from graders.cohort.directory import CourseDirectory
    from graders.cohort.source import BadSource

    cohort = CourseDirectory(directory.expanduser().resolve())
    try:
        written = cohort.release(Course.here())
    except (BadSource, NoCheckout, OSError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    for path in written:
        typer.echo(f"wrote {path.relative_to(cohort.root).as_posix()}")
    names = ", ".join(cohort.assignments()) or "no notebook with exercises yet"
    typer.echo(f"{cohort.root} is ready: {names}. Its README.md says what comes next.")


@app.command()
def pack(
    notebook: Annotated[str, typer.Argument(help="Its name, such as phase_1_ship.")],
    workspace: Annotated[
        Path | None,
        typer.Option(help="Your folder; by default where you are, or the checkout's workspace/."),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The archive to write.")] = None,
) -> None:
    """Pack your notebook and your feature/ folder into one archive to hand in."""
    from evalfirst import lab
    from evalfirst.workspace import Workspace
    from graders.cohort.submission import CannotPack
    from graders.cohort.submission import pack as pack_up

    notebook = notebook.removesuffix(".ipynb")
    here = Workspace(workspace.expanduser().resolve()) if workspace else Workspace.here()
    if workspace is None and not (here.root / f"{notebook}.ipynb").is_file():
        here = Workspace(lab.default_root())
    try:
        packed = pack_up(here, notebook, to)
    except (CannotPack, OSError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    count = f"{packed.files} file{'' if packed.files == 1 else 's'}"
    typer.echo(f"Packed {count}: {packed.path}")
    if not packed.feature:
        typer.echo("There is no feature/ folder yet, so only the notebook is in it.", err=True)


@app.command()
def collect(
    directory: Annotated[Path, typer.Argument(help="The course directory.")],
    notebook: Annotated[str, typer.Argument(help="Its name, such as phase_1_ship.")],
    archives: Annotated[list[Path], typer.Argument(help="One archive per learner.")],
    student: Annotated[
        str,
        typer.Option(help="Pattern that finds the learner's name in an archive's name."),
    ] = r"(?P<student>.+)\.zip",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of submissions that are there.")
    ] = False,
) -> None:
    """Unpack learners' archives to where nbgrader looks for submissions."""
    import re

    from graders.cohort.directory import CourseDirectory
    from graders.cohort.submission import BadArchive
    from graders.cohort.submission import collect as take

    cohort = CourseDirectory(directory.expanduser().resolve())
    if notebook not in cohort.assignments():
        known = ", ".join(cohort.assignments()) or "none; run `evalfirst course release` first"
        typer.echo(f"{cohort.root} has no notebook {notebook!r}. There are: {known}.", err=True)
        raise typer.Exit(1)
    try:
        pattern = re.compile(student)
    except re.error as problem:
        typer.echo(f"--student {student!r} is no regular expression: {problem}.", err=True)
        raise typer.Exit(1) from None
    if "student" not in pattern.groupindex:
        typer.echo(
            f"--student {student!r} has no part (?P<student>...) that holds the learner's name.",
            err=True,
        )
        raise typer.Exit(1)
    failed = 0
    for archive in archives:
        try:
            found = pattern.fullmatch(archive.name)
            if found is None:
                raise BadArchive(f"{archive}: its name does not fit the pattern {student!r}.")
            take(cohort, notebook, archive, found["student"] or "", replace=replace)
        except (BadArchive, OSError) as problem:
            failed += 1
            typer.echo(str(problem), err=True)
    typer.echo(f"Collected {len(archives) - failed} of {len(archives)} archives.")
    if failed:
        raise typer.Exit(1)


@app.command()
def record() -> None:
    """Record what the embedded model has not yet answered over the ticket pool."""
    from evalfirst.llm import LLMError
    from graders.mutants.recording import record as record_versions
    from graders.support_desk.recording import record as record_all

    try:
        recorded = record_all()
        versions = record_versions()
    except LLMError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    for arm, count in recorded.items():
        typer.echo(f"{arm}: {count} answers recorded anew")
    typer.echo(f"versions of triage: {len(versions)} recorded anew")
