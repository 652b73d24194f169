"""The `evalfirst` command. Other packages add commands through the entry point group."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path  # noqa: TC003  (typer reads the annotation at run time)
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from evalfirst.commands.new_project import new_project
from evalfirst.commands.run_eval import run_eval
from evalfirst.commands.run_gate import run_gate
from evalfirst.commands.run_serve import run_serve

GROUP = "evalfirst.commands"


class WithPlugins(TyperGroup):
    """The command's own subcommands, and those of plug-ins, which load when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all subcommands, our own first."""
        own = super().list_commands(ctx)
        return [*own, *sorted(_plugins().keys() - set(own))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one subcommand; that of a plug-in which cannot be loaded says why when it runs."""
        own = super().get_command(ctx, cmd_name)
        if own is not None or (entry := _plugins().get(cmd_name)) is None:
            return own
        try:
            plugin = entry.load()
        except ImportError as error:
            plugin = _unavailable(cmd_name, error)
        command = get_command(plugin)
        command.name = cmd_name
        return command


def _plugins() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _unavailable(name: str, error: ImportError) -> typer.Typer:
    plugin = typer.Typer(add_completion=False)

    @plugin.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        help="Not available in this installation; run it to see why.",
    )
    def why() -> None:
        typer.echo(
            f"`evalfirst {name}` is not available: {error}. What evals need is installed without "
            "the course's packages; add them with the extra `evalfirst[course]`.",
            err=True,
        )
        raise typer.Exit(2)

    return plugin


app = typer.Typer(
    cls=WithPlugins,
    help="Eval First: evals for LLM features, and the course that teaches them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("eval")(run_eval)
app.command("gate")(run_gate)
app.command("new")(new_project)
app.command("serve")(run_serve)


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
    from evalfirst import lab as course

    root = workspace.expanduser().resolve() if workspace else course.default_root()
    try:
        copied = course.prepare(root)
    except course.CannotOpen as problem:
        typer.echo(f"Cannot open the course: {problem}", err=True)
        raise typer.Exit(1) from None
    if copied:
        typer.echo(f"Your copies of {len(copied)} notebooks are in {root}.")
    typer.echo("JupyterLab opens in your browser. To stop it, press Ctrl+C here twice.")
    server = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        course.command(root, context.args), env=course.environment(root)
    )
    while True:
        try:
            raise typer.Exit(server.wait())
        except KeyboardInterrupt:
            # the same Ctrl+C reached the server, which asks whether to stop
            continue


if __name__ == "__main__":
    sys.exit(app())
