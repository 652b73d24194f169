"""`evalfirst gate`: may the new version replace the baseline?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalfirst.commands.refusal import refusing
from evalfirst.commands.run_eval import Config  # noqa: TC001  (typer reads it at run time)

if TYPE_CHECKING:
    from evalfirst.evals import Decision

# where GitHub Actions shows what a step has to say
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


@refusing
def run_gate(
    config: Config = None,
    run: Annotated[
        Path | None, typer.Option(help="Decide on this run, instead of running the feature.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Compare with this run; else the settings' baseline.")
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(help="Write the summary for a pull request there (Markdown).")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML there.")] = None,
) -> None:
    """Run the feature and compare it with the baseline: exit code 0 pass, 1 fail, 2 cannot tell."""
    from evalfirst.commands.project_run import load_run, report, run_project
    from evalfirst.commands.settings import Settings

    settings = Settings.load(config)
    before = load_run(
        baseline or settings.baseline,
        "Accept one with `evalfirst eval --baseline`, and commit it.",
    )
    if run is None:
        after = run_project(settings)
    else:
        after = load_run(run, "Name a run that `evalfirst eval` kept.")
    decision = settings.gate.decide(before, after)
    typer.echo(report(after))
    typer.echo(decision.sentence)
    for warning in decision.comparison.warnings:
        typer.echo(f"Warning: {warning}")
    for path in _written(decision, summary or settings.summary, junit or settings.junit):
        typer.echo(f"Written: {path}")
    raise typer.Exit(decision.exit_code)


def _written(decision: Decision, summary: Path | None, junit: Path | None) -> list[Path]:
    from evalfirst.atomic import write_text

    texts = [(path, text) for path, text in ((summary, decision.markdown), (junit, decision.junit))]
    written = []
    for path, text in texts:
        if path is not None:
            write_text(path, text())
            written.append(path)
    if step := os.environ.get(STEP_SUMMARY):
        # other steps have their say in the same file
        with Path(step).open("a", encoding="utf-8") as file:
            file.write(decision.markdown())
    return written
