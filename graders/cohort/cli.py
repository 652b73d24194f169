"""`evalfirst course`: build the notebooks and release them to a cohort."""

from __future__ import annotations

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
        typer.echo(f"{len(course.sources)} notebooks are up to date.")
    elif check:
        typer.echo(f"Out of date: {names}. Run `make notebooks`.", err=True)
        raise typer.Exit(1)
    else:
        typer.echo(f"Built: {names}")


@app.command()
def record() -> None:
    """Record what the embedded model has not yet answered over the ticket pool."""
    from graders.support_desk.recording import record as record_all

    record_all()
