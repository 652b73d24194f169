"""One run of a project's feature over its eval set, as the settings say."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from evalfirst.commands.loading import load_feature, load_scorers
from evalfirst.commands.refusal import Refused
from evalfirst.llm.variables import RECORD

if TYPE_CHECKING:
    from pathlib import Path

    from evalfirst.commands.settings import Settings
    from evalfirst.evals import EvalRun


class CannotRun(Refused):
    """The run says nothing about the feature; the message says why and what to do."""


def run_project(settings: Settings) -> EvalRun:
    """Run the feature and keep the run in the file that the settings name.

    Raises:
        BadSettings: the settings name what does not exist.
        BadEvalSet: the eval set cannot be read.
        FileNotFoundError: there is no eval set.
        CannotRun: no answer could be had from the model as things are set up.
        OSError: the run cannot be written.
    """
    from evalfirst.evals import EvalSet, run

    eval_set = EvalSet.load(settings.at(settings.eval.set))
    if settings.eval.recording is not None:
        # a recording that somebody chose for this one command goes before the project's
        os.environ.setdefault(RECORD, str(settings.at(settings.eval.recording)))
    done = run(
        load_feature(settings),
        eval_set,
        load_scorers(settings),
        concurrency=settings.eval.concurrency,
        timeout=settings.eval.timeout,
    )
    _refuse_what_was_not_asked(done)
    done.save(settings.at(settings.eval.run))
    return done


def load_run(path: Path, mend: str) -> EvalRun:
    """Read a run that was kept.

    Raises:
        CannotRun: there is none, or it is damaged; `mend` says what to do.
    """
    from evalfirst.evals import EvalRun

    try:
        return EvalRun.load(path)
    except FileNotFoundError:
        raise CannotRun(f"there is no run at {path}. {mend}") from None
    except (ValueError, OSError) as error:
        raise CannotRun(f"the run at {path} cannot be read: {error} {mend}") from error


def report(run: EvalRun) -> str:
    """Return a run as a few lines for the terminal; what is not known has no line."""
    from evalfirst.evals.run_view import dollars

    s, waited, totals = run.summary(), run.latency(), run.totals()
    kinds = ", ".join(f"{kind}: {count}" for kind, count in s["failures"].items())
    spread = f"likely {s['low']:.0%} to {s['high']:.0%}"
    lines = [
        ("right", f"{s['passes']} of {s['n']} ({s['accuracy']:.0%}), {spread}"),
        ("failed calls", f"{len(run.failures)} ({kinds})" if kinds else "none"),
    ]
    if waited["n"]:
        recorded = f", {waited['recorded']} of {waited['n']} recorded"
        lines.append(
            ("95% within", f"{waited['p95']:.2g} s{recorded if waited['recorded'] else ''}")
        )
    sides = ((totals["prompt_tokens"], "in"), (totals["completion_tokens"], "out"))
    if known := [f"{tokens:,} {side}" for tokens, side in sides if tokens is not None]:
        lines.append(("tokens", ", ".join(known)))
    if totals["dollars"] is not None:
        lines.append(("money", dollars(totals["dollars"])))
    width = max(len(name) for name, _ in lines)
    told = f"{run.feature} on {run.eval_set}"
    return "\n".join([told, *(f"  {name:<{width}}  {value}" for name, value in lines)])


def _refuse_what_was_not_asked(run: EvalRun) -> None:
    """Refuse a run whose failures speak of the set-up, and not of the feature."""
    kinds = Counter(r.failure.kind for r in run.failures if r.failure)
    if not kinds:
        return
    set_up = _set_up_faults()
    # a server that is away now and then is what users meet; one that is away all the time is not
    away = {"Unreachable"} if kinds.total() < len(run) else set()
    found = [r for r in run.failures if r.failure and r.failure.kind in set_up - away]
    if found:
        first = found[0].failure
        said = first.message if first else ""
        count = "1 sample" if len(found) == 1 else f"{len(found)} samples"
        raise CannotRun(
            f"{count} of {len(run)} got no answer, and the feature is not to blame: {said}"
        )


def _set_up_faults() -> set[str]:
    from evalfirst.llm.errors import LLMError

    names, waiting = set(), [LLMError]
    while waiting:
        kind = waiting.pop()
        names.add(kind.__name__)
        waiting += kind.__subclasses__()
    return names
