"""`evalfirst eval`: run the project's feature over its eval set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalfirst.commands.refusal import Refused, refusing

if TYPE_CHECKING:
    from evalfirst.evals import EvalRun

Config = Annotated[
    Path | None,
    typer.Option(help="The settings file; by default evalfirst.toml here or above."),
]


@refusing
def run_eval(
    config: Config = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Accept this run as what the gate compares with.")
    ] = False,
    feature: Annotated[
        str | None, typer.Option(help="Another feature than the settings', as module:callable.")
    ] = None,
    eval_set: Annotated[
        str | None, typer.Option("--set", help="Another eval set than the settings'.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Calls under way at once.")] = None,
    store: Annotated[
        str | None, typer.Option(help="Database URL of the quality history; empty for none.")
    ] = None,
) -> None:
    """Run the feature over the eval set, print how it went, and keep the run."""
    from evalfirst.commands.project_run import report, run_project
    from evalfirst.commands.settings import Settings

    settings = Settings.load(
        config,
        feature=feature,
        set=None if eval_set is None else str(Path(eval_set).resolve()),
        concurrency=concurrency,
        store=store,
    )
    done = run_project(settings)
    typer.echo(report(done))
    typer.echo(f"The run is kept in {settings.at(settings.eval.run)}.")
    if settings.eval.store:
        _record(settings.eval.store, settings.folder, done)
        typer.echo("It is added to the quality history.")
    if baseline:
        _accept(settings.baseline, done)


def _accept(path: Path, run: EvalRun) -> None:
    from evalfirst.evals import CannotCompare, EvalRun, compare

    if path.exists():
        try:
            typer.echo(f"Against the baseline so far: {compare(EvalRun.load(path), run)!r}")
        except (CannotCompare, ValueError) as problem:
            typer.echo(f"The baseline so far says nothing about this run: {problem}")
    run.save(path)
    typer.echo(f"Accepted as the baseline: {path}. Commit it, and say why in a decision record.")


def _record(url: str, folder: Path, run: EvalRun) -> None:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from evalfirst.trend import BadStore, TrendStore

    try:
        place = make_url(url)
        if place.get_backend_name() == "sqlite" and place.database:
            # a file is meant to lie in the project, wherever the command is given
            place = place.set(database=str(folder / place.database))
        TrendStore(place.render_as_string(hide_password=False)).record(run)
    except ArgumentError:
        raise Refused(
            f"the quality history {url!r} is no database URL. Write one such as "
            "sqlite:///quality.sqlite."
        ) from None
    except BadStore as problem:
        raise Refused(f"The run is kept, but is not in the quality history: {problem}") from problem
