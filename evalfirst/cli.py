"""The `evalfirst` command. Other packages add commands through the entry point group."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path  # noqa: TC003  (typer reads the annotation at run time)
from typing import Annotated

import typer

from evalfirst import lab as _lab

GROUP = "evalfirst.commands"

app = typer.Typer(
    help="Eval First: evals for LLM features, and the course that teaches them.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def main() -> None:
    """Eval First: evals for LLM features, and the course that teaches them."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    workspace: Annotated[
        Path | None, typer.Option(help="Your folder; by default `workspace/` of the checkout.")
    ] = None,
) -> None:
    """Open the course in JupyterLab. Further options go to JupyterLab, such as --no-browser."""
    root = workspace.expanduser().resolve() if workspace else _lab.default_root()
    try:
        copied = _lab.prepare(root)
    except _lab.CannotOpen as problem:
        typer.echo(f"Cannot open the course: {problem}", err=True)
        raise typer.Exit(1) from None
    if copied:
        typer.echo(f"Your copies of {len(copied)} notebooks are in {root}.")
    typer.echo("JupyterLab opens in your browser. To stop it, press Ctrl+C here twice.")
    server = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        _lab.command(root, context.args), env=_lab.environment(root)
    )
    while True:
        try:
            raise typer.Exit(server.wait())
        except KeyboardInterrupt:
            # the same Ctrl+C reached the server, which asks whether to stop
            continue


def _add_commands() -> None:
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        try:
            app.add_typer(entry.load(), name=entry.name)
        except ImportError as error:
            # one broken plug-in must not take `evalfirst lab` away from a learner
            typer.echo(f"The command `evalfirst {entry.name}` is not available: {error}", err=True)


_add_commands()

if __name__ == "__main__":
    sys.exit(app())
