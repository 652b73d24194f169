"""Whatever keeps a command from its work ends it with exit code 2, and never looks like a fail."""

from __future__ import annotations

import functools
import traceback
from typing import TYPE_CHECKING, ParamSpec

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")

# what the gate's exit code says when it could not decide; 1 is a decision
CANNOT_TELL = 2


class Refused(RuntimeError):
    """A command cannot do its work; the message says why and what to do."""


def refusing(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with exit code 2 and a message when something is in its way.

    Settings, eval sets, runs and comparisons are refused with kinds of `ValueError`. Anything
    unforeseen keeps its traceback.
    """

    @functools.wraps(command)
    def careful(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except (ValueError, OSError, Refused) as problem:
            typer.echo(_in_words(problem), err=True)
            raise typer.Exit(CANNOT_TELL) from None
        except Exception:
            typer.echo(traceback.format_exc(), err=True)
            typer.echo(
                "Stopped by an error that nobody foresaw (above). It says nothing about the "
                "feature's quality.",
                err=True,
            )
            raise typer.Exit(CANNOT_TELL) from None

    return careful


def _in_words(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.filename and problem.strerror:
        return f"{problem.filename}: {problem.strerror}."
    return str(problem)
