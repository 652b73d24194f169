"""Evidence for the exit criteria: what was practised here, and what was done at work.

One JSON file per criterion in `feature/evidence/`, so that it is versioned with the feature and
can be shown to somebody. The two states never stand in for one another: finishing an exercise
fills `practised`; only the learner fills `done_at_work`, with something that others can look up.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from evalfirst import atomic, strict_json

if TYPE_CHECKING:
    from pathlib import Path

    from evalfirst.workspace import Workspace


class BadEvidence(ValueError):
    """An evidence file cannot be read; the message names file, place and mend."""


@dataclass(frozen=True)
class Practice:
    """One exercise that was solved here.

    Attributes:
        exercise, title: which one.
        marks, points: what it earned on the visible cases.
        at: when, ISO 8601 in UTC.
        attempts: how many attempts it took.
        hints: how many hints were read before.
        solution_seen: whether the worked solution was opened before.
    """

    exercise: str
    title: str
    marks: float
    points: float
    at: str
    attempts: int = 1
    hints: int = 0
    solution_seen: bool = False


@dataclass(frozen=True)
class WorkDone:
    """The same thing, done in a real job.

    Attributes:
        link: where it can be looked up.
        on: the day, ISO 8601.
        confirmed_by: who confirms it.
        note: one line on what was done.
    """

    link: str
    on: str
    confirmed_by: str
    note: str = ""


@dataclass(frozen=True)
class Evidence:
    """What there is for one criterion."""

    criterion: str
    practised: dict[str, Practice] = field(default_factory=dict)
    done_at_work: WorkDone | None = None

    @property
    def state(self) -> str:
        """`done at work`, `practised`, or `open`; the stronger one where there are both."""
        if self.done_at_work:
            return "done at work"
        return "practised" if self.practised else "open"


def read(workspace: Workspace, criterion: str) -> Evidence:
    """Return the evidence for a criterion such as `1.2`; empty if there is no file.

    Raises:
        BadEvidence: the file is damaged. It is left as it is.
    """
    path = workspace.evidence(criterion)
    return _parse(path, criterion)[0] if path.exists() else Evidence(criterion)


def practised(workspace: Workspace, criterion: str, practice: Practice) -> Path:
    """Add a solved exercise and return the file. A first success is kept, never made worse.

    Raises:
        BadEvidence: the file is damaged. It is left as it is.
        OSError: the folder is read-only or the disk is full.
    """
    known = read(workspace, criterion)
    before = known.practised.get(practice.exercise)
    if before and before.marks >= practice.marks:
        return workspace.evidence(criterion)
    return _write(workspace, criterion, {"practised": {practice.exercise: asdict(practice)}})


def done_at_work(
    workspace: Workspace,
    criterion: str,
    *,
    link: str,
    confirmed_by: str,
    on: date | None = None,
    note: str = "",
) -> Path:
    """Say that a criterion was met in a real job, and return the file.

    Args:
        workspace: whose evidence it is.
        criterion: such as `1.2`.
        link: where it can be looked up: a pull request, a dashboard, a document.
        confirmed_by: who confirms it: a name that the reader can ask.
        on: the day; by default today.
        note: one line on what was done.

    Raises:
        ValueError: link or confirmed_by is empty; without both it is a claim, not evidence.
        BadEvidence: the file is damaged. It is left as it is.
    """
    for name, value in (("link", link), ("confirmed_by", confirmed_by)):
        if not value.strip():
            raise ValueError(
                f"{name} is empty. Evidence from work needs a link that others can open and the "
                "name of somebody who confirms it."
            )
    work = WorkDone(link.strip(), (on or date.today()).isoformat(), confirmed_by.strip(), note)
    return _write(workspace, criterion, {"done_at_work": asdict(work)})


def now() -> str:
    """Return the time as evidence files write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(workspace: Workspace, criterion: str, change: dict[str, Any]) -> Path:
    path = workspace.evidence(criterion)
    content: dict[str, Any] = {"criterion": criterion, "practised": {}, "done_at_work": None}
    if path.exists():
        # what a person or a newer version added to the file stays in it
        content |= _parse(path, criterion)[1]
    if "practised" in change:
        content["practised"] = {**content["practised"], **change["practised"]}
    if "done_at_work" in change:
        content["done_at_work"] = change["done_at_work"]
    atomic.write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path


def _parse(path: Path, criterion: str) -> tuple[Evidence, dict[str, Any]]:
    try:
        content = strict_json.parse(path.read_text(encoding="utf-8"))
    except (strict_json.NotJson, UnicodeDecodeError) as error:
        what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise BadEvidence(f"{path}: {what}. Mend it, or rename it to start a new one.") from error
    if not isinstance(content, dict):
        raise BadEvidence(f"{path}: not an object. Rename it to start a new one.")
    content.setdefault("practised", {})
    if not isinstance(content["practised"], dict):
        raise BadEvidence(f"{path}: field 'practised': not an object with an entry per exercise.")
    solved = {
        name: _build(Practice, entry, path, f"practised.{name}")
        for name, entry in content["practised"].items()
    }
    work = content.get("done_at_work")
    done = None if work is None else _build(WorkDone, work, path, "done_at_work")
    return Evidence(criterion, solved, done), content


# what a field of a type may be in JSON
_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "float": (float, int),
    "int": (int,),
    "bool": (bool,),
}


def _build(kind: Any, entry: Any, path: Path, where: str) -> Any:
    kinds = {f.name: _KINDS[str(f.type)] for f in fields(kind)}
    names = kinds.keys()
    try:
        known = {name: value for name, value in entry.items() if name in names}
        for name, value in known.items():
            # a bool is an int to Python, and no number of marks to a person
            if type(value) not in kinds[name]:
                raise TypeError(f"{name} is {value!r:.40}")
        return kind(**known)
    except (AttributeError, TypeError) as error:
        raise BadEvidence(
            f"{path}: field '{where}': needs {', '.join(sorted(names))} ({error})."
        ) from error
