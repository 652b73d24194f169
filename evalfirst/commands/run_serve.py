"""`evalfirst serve`: answer a project's feature over HTTP."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalfirst.commands.refusal import Refused, refusing

if TYPE_CHECKING:
    from evalfirst.service import Budget

_TARGET = re.compile(r"(?:(?P<name>[A-Za-z0-9_-]+)=)?(?P<where>[\w.]+:(?:\w+\.)*(?P<last>\w+))")


@refusing
def run_serve(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=]MODULE:CALLABLE...",
            help="What is served at /v1/NAME; by default the feature of evalfirst.toml.",
        ),
    ] = None,
    folder: Annotated[Path, typer.Option(help="The project that the modules are in.")] = Path(),
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8000,
    log: Annotated[
        Path | None, typer.Option(help="File of the request log; by default standard output.")
    ] = None,
    log_inputs: Annotated[
        bool, typer.Option("--log-inputs", help="Log inputs too. They may hold personal data.")
    ] = False,
    budget_requests: Annotated[int | None, typer.Option(help="Requests in a period.")] = None,
    budget_tokens: Annotated[int | None, typer.Option(help="Tokens in a period.")] = None,
    budget_dollars: Annotated[float | None, typer.Option(help="US dollars in a period.")] = None,
    per: Annotated[str, typer.Option(help="The period: day, hour or minute.")] = "day",
    timeout: Annotated[float, typer.Option(help="Seconds for one request.")] = 30.0,
    concurrency: Annotated[int, typer.Option(help="Calls of features at once.")] = 8,
    queue: Annotated[int, typer.Option(help="Requests that may wait for a place.")] = 32,
    grace: Annotated[
        float, typer.Option(help="Seconds that requests under way get after SIGTERM.")
    ] = 30.0,
) -> None:
    """Serve features over HTTP until SIGTERM or Ctrl+C."""
    try:
        from evalfirst.service import CannotServe, create_app, serve
    except ImportError as missing:
        raise Refused(str(missing)) from missing
    features = _features(targets or [], folder.resolve())
    app = create_app(
        features,
        budget=_budget(budget_requests, budget_dollars, budget_tokens, per),
        timeout=timeout,
        concurrency=concurrency,
        queue=queue,
        log=log,
        log_inputs=log_inputs,
    )

    def ready(url: str) -> None:
        asked = ", ".join(f"{url}/v1/{name}" for name in features)
        # standard output is the request log's
        typer.echo(f"Serving {asked}. Stop with Ctrl+C.", err=True)

    try:
        serve(app, host, port, grace, ready=ready)
    except CannotServe as problem:
        raise Refused(str(problem)) from problem


def _features(targets: list[str], folder: Path) -> dict[str, Any]:
    from evalfirst.commands.loading import load_callable, load_feature
    from evalfirst.commands.settings import Settings

    if not targets:
        settings = Settings.load(folder)
        name = settings.eval.feature.rpartition(":")[2].rpartition(".")[2].lower()
        return {name: load_feature(settings)}
    features: dict[str, Any] = {}
    for target in targets:
        parts = _TARGET.fullmatch(target)
        if parts is None:
            raise Refused(
                f"{target!r} names no callable. Write feature:triage, or answers=feature:triage "
                "to serve it at /v1/answers."
            )
        name = parts["name"] or parts["last"].lower()
        if name in features:
            raise Refused(
                f"two features are called {name}. Name one, as in other={parts['where']}."
            )
        features[name] = load_callable(folder, parts["where"], "evalfirst serve")
    return features


def _budget(
    requests: int | None, dollars: float | None, tokens: int | None, per: str
) -> Budget | None:
    from evalfirst.service import Budget

    if requests is None and dollars is None and tokens is None:
        return None
    # it refuses any other period
    period: Any = per
    return Budget(requests, dollars, tokens, period)
