"""The versions with their recorded answers: reading them costs milliseconds and no model."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import yaml

from evalfirst.datasets import dataset

if TYPE_CHECKING:
    from collections.abc import Mapping

Family = Literal["practice", "grading"]

BASE = "base"


class BadMutants(ValueError):
    """A data file of the versions is damaged; the message names file and field."""


@dataclass(frozen=True)
class Mutant:
    """One version of the desk's triage.

    Attributes:
        name: short and unique.
        family: `practice` versions are shown to learners, `grading` ones decide on marks.
        harmless: whether it is an equivalent version.
        change: what a colleague changed, one sentence.
        seen_by: which kind of example shows it; empty for a harmless one.
        answers: ticket id to category, for every ticket of the pool.
    """

    name: str
    family: Family
    harmless: bool
    change: str
    seen_by: str
    answers: Mapping[str, str]


def mutants(family: Family | None = None, *, harmless: bool | None = None) -> tuple[Mutant, ...]:
    """Return the versions in the order of the catalogue, of one family or kind if you say so.

    Raises:
        BadMutants: a data file is damaged.
    """
    return tuple(
        mutant
        for mutant in _all()
        if family in (None, mutant.family) and harmless in (None, mutant.harmless)
    )


def base_answers() -> Mapping[str, str]:
    """Return the answers of the desk as it runs today: ticket id to category.

    Raises:
        BadMutants: the data file is damaged.
    """
    return _answers()[BASE]


@cache
def _all() -> tuple[Mutant, ...]:
    path = dataset("mutants") / "catalogue.yaml"
    recorded = _answers()
    found = []
    for name, facts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        if name not in recorded:
            raise BadMutants(f"{path}: {name} has no column in answers.csv; run `make recordings`")
        try:
            found.append(Mutant(name=name, answers=recorded[name], **facts))
        except TypeError as error:
            raise BadMutants(f"{path}: {name}: {error}") from error
    return tuple(found)


@cache
def _answers() -> dict[str, Mapping[str, str]]:
    path = dataset("mutants") / "answers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or BASE not in rows[0]:
        raise BadMutants(f"{path}: no rows, or no column {BASE!r}; run `make recordings`")
    names = [name for name in rows[0] if name != "id"]
    return {name: MappingProxyType({row["id"]: row[name] for row in rows}) for name in names}
