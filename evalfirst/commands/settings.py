"""The settings of a project: `evalfirst.toml`, read with errors that say what to write instead."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from evalfirst.evals.gate import Gate

FILE = "evalfirst.toml"

# what to write, for the keys that people get wrong
_EXAMPLES = {
    "feature": 'feature = "feature:triage"',
    "set": 'set = "evals/tickets.jsonl"',
    "scorers": 'scorers = ["exact"]',
    "concurrency": "concurrency = 4",
    "baseline": 'baseline = "evals/baseline.jsonl"',
    "slices": 'slices = ["typos"]',
    "eval": "a section [eval] with feature, set and scorers",
}


class BadSettings(ValueError):
    """The settings cannot be used; the message names file, key and mend."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamedScorer(_Table):
    """A scorer with options: those of the function in `evalfirst.evals.scorers`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str


class EvalTable(_Table):
    """Section `[eval]`: what is run. Paths are relative to the file.

    Attributes:
        feature: `module:callable` beside the file.
        set: the eval set, JSON Lines.
        scorers: names of `evalfirst.evals.scorers`, tables with a name and options, or
            `module:scorer`; the first one decides.
        concurrency: calls under way at once.
        timeout: seconds for one sample, for an async feature.
        run: where the run is kept.
        recording: model answers that travel with the project; new ones are added to it.
        store: database URL of the quality history.
    """

    feature: str = Field(pattern=r"^[\w.]+:[\w.]+$")
    set: Path
    scorers: tuple[str | NamedScorer, ...] = Field(min_length=1)
    concurrency: int = Field(4, ge=1)
    timeout: float | None = Field(None, gt=0)
    run: Path = Path("runs/latest.jsonl")
    recording: Path | None = None
    store: str | None = None


def _gate_table() -> type[_Table]:
    # the gate's own settings, names, types and defaults: stated once, there
    hints = get_type_hints(Gate)
    own: dict[str, Any] = {f.name: (hints[f.name], f.default) for f in fields(Gate)}
    return create_model(
        "GateTable",
        __base__=_Table,
        baseline=(Path, Path("evals/baseline.jsonl")),
        summary=(Path | None, None),
        junit=(Path | None, None),
        **own,
    )


_GateTable = _gate_table()


class _File(_Table):
    eval: EvalTable
    gate: _GateTable = Field(default_factory=_GateTable)  # type: ignore[valid-type]  # made above


class Settings:
    """The settings of one project.

    Attributes:
        path: the file.
        folder: the project's folder; all paths start here.
        eval: section `[eval]`.
        gate: the gate of section `[gate]`.
        baseline, summary, junit: its paths; summary and junit may be `None`.
    """

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        """Check `data`, the content of `path`.

        Raises:
            BadSettings: naming every problem.
        """
        self.path, self.folder = path, path.parent
        try:
            found = _File.model_validate(data)
        except ValidationError as error:
            raise BadSettings(_problems(path, error)) from None
        self.eval = found.eval
        table: dict[str, Any] = dict(found.gate)
        self.baseline = self.at(table.pop("baseline"))
        self.summary, self.junit = (
            None if (given := table.pop(name)) is None else self.at(given)
            for name in ("summary", "junit")
        )
        try:
            self.gate = Gate(**table)
        except ValueError as error:
            raise BadSettings(f"{path}: [gate] {error}") from None

    def at(self, path: Path) -> Path:
        """Return a path of the project."""
        return self.folder / path

    @classmethod
    def load(cls, given: Path | None = None, **changes: Any) -> Settings:
        """Read the settings file; without `given`, the one of this folder or the next above.

        Args:
            given: the file, or the folder that it is in.
            changes: keys of `[eval]` that the command line sets instead; `None` changes nothing.

        Raises:
            BadSettings: there is none, or it cannot be used.
        """
        path = _found(given)
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadSettings(f"{path}: not TOML: {error}. Texts stand in quotes.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(f"{path} cannot be read: {error}.") from None
        except (RecursionError, ValueError):
            raise BadSettings(
                f"{path} cannot be read: nested too deeply, or a number too long."
            ) from None
        changed = {name: value for name, value in changes.items() if value is not None}
        if changed and isinstance(data.get("eval", {}), dict):
            data["eval"] = {**data.get("eval", {}), **changed}
        return cls(path, data)


def _found(given: Path | None) -> Path:
    if given is not None:
        path = (given / FILE if given.is_dir() else given).resolve()
        if path.is_file():
            return path
        raise BadSettings(f"there is no settings file at {path}.")
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    raise BadSettings(
        f"no {FILE} in {here} or above it. Go to your project, name the file with --config, or "
        "begin a project with `evalfirst new DIR`."
    )


def _problems(path: Path, error: ValidationError) -> str:
    found: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        where, said = _said(problem)
        # each alternative of a union reports on its own: the first is enough
        found.setdefault(where, said)
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    return "\n".join([f"{path}: {count}", *(f"  {where}: {said}" for where, said in found.items())])


def _said(problem: Any) -> tuple[str, str]:
    section, *rest = [str(part) for part in problem["loc"]]
    key = rest[0] if rest else ""
    where = f"[{section}] {key}".rstrip()
    if problem["type"] == "string_pattern_mismatch":
        return where, f"{problem['input']!r} names no callable. Write {_EXAMPLES['feature']}."
    if problem["type"] == "too_short":
        return where, f"empty. Write {_EXAMPLES[key]}."
    example = _EXAMPLES.get(key or section)
    mend = f" Write {example}." if example else ""
    if problem["type"] == "missing":
        return where, f"missing.{mend}"
    if problem["type"] == "extra_forbidden":
        known = _known(section if key else "")
        close = difflib.get_close_matches(key or section, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
        return where, f"unknown. {hint}"
    said = problem["msg"][:1].lower() + problem["msg"][1:]
    return where, f"{said}, got {problem['input']!r}.{mend}"


def _known(section: str) -> list[str]:
    tables: dict[str, type[BaseModel]] = {"eval": EvalTable, "gate": _GateTable}
    table = tables.get(section, _File)
    return sorted(table.model_fields)
