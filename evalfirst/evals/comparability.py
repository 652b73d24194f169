"""What makes a comparison of two runs weaker than it looks, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalfirst.evals.eval_run import EvalRun


def nothing_shared(
    before: EvalRun, after: EvalRun, changed: Sequence[str], excluded: Sequence[str]
) -> str:
    """Say why no sample of two runs can be counted, and what to do."""
    told = [f"{before.feature} on {before.eval_set} and {after.feature} on {after.eval_set}"]
    if changed:
        told.append(
            f"share {len(changed)} ids, but behind each of them the input or the target differs"
        )
    elif excluded:
        told.append(f"share {len(excluded)} samples, and a call failed on each of them")
    else:
        told.append("share no sample id")
    told.append("Run both versions on the same eval set.")
    return f"{told[0]} {told[1]}. {told[2]}"


def warnings(
    before: EvalRun,
    after: EvalRun,
    only_before: Sequence[str],
    only_after: Sequence[str],
    changed: Sequence[str],
    excluded: Sequence[str],
) -> list[str]:
    """Return one warning for each thing that the reader must know."""
    found = []
    if changed:
        found.append(
            f"{_samples(changed)} asked something else before: the input or the target behind the "
            "id differs. Not counted. Run the old version on the new eval set to count "
            f"{_them(changed)}."
        )
    if only_before:
        found.append(
            f"{_samples(only_before)} of the old run {_are(only_before)} missing in the new one. "
            "Not counted. A set that loses hard samples looks better than it is."
        )
    if only_after:
        found.append(
            f"{_samples(only_after)} {_are(only_after)} new, so there is nothing to compare "
            f"{_them(only_after)} with. Not counted."
        )
    if excluded:
        found.append(
            f"{_samples(excluded)} left out because a call failed. Users meet such failures: look "
            'at errors="wrong", too.'
        )
    origins = [_origins(run) for run in (before, after)]
    if origins in ([{"recorded"}, {"live"}], [{"live"}, {"recorded"}]):
        one, other = (next(iter(origin)) for origin in origins)
        found.append(
            f"the old run's answers are {one}, the new one's {other}. A difference may come from "
            "the model or its server, and not from your change."
        )
    return found


def _origins(run: EvalRun) -> set[str]:
    """Return whether a run's model calls were `recorded`, `live`, or both; empty if unknown."""
    found = set()
    for result in run.results:
        usage = result.usage
        if usage is not None and usage.calls:
            if usage.recorded:
                found.add("recorded")
            if usage.recorded < usage.calls:
                found.add("live")
    return found


def _samples(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")
    return f"{len(ids)} sample{'' if len(ids) == 1 else 's'} ({shown})"


def _are(ids: Sequence[str]) -> str:
    return "is" if len(ids) == 1 else "are"


def _them(ids: Sequence[str]) -> str:
    return "it" if len(ids) == 1 else "them"
