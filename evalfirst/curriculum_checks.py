"""What must hold across the fields of a curriculum: references, ranges, a routing without holes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from evalfirst.curriculum import Curriculum
    from evalfirst.located_yaml import Path

    Found = tuple[Path, str]


def explain(kind: str, message: str) -> str:
    """Return a validator's complaint as a person would say it."""
    return {
        "missing": "this field is missing",
        "unexpected_keyword_argument": "there is no such field; check its spelling",
    }.get(kind, message[:1].lower() + message[1:])


def empty_texts(data: Any, path: Path = ()) -> Iterator[Found]:
    """Yield every text that is empty or blank."""
    if isinstance(data, str) and not data.strip():
        yield path, "the text is empty; write it, or leave an optional field out"
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from empty_texts(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from empty_texts(value, (*path, index))


def contradictions(curriculum: Curriculum) -> Iterator[Found]:
    """Yield what is well-formed and still cannot be right."""
    from evalfirst.curriculum import Answer, LevelKey

    c = curriculum
    levels, phases = [level.key for level in c.levels], [phase.number for phase in c.phases]
    questions = [question.number for question in c.questions]
    roadblocks = [roadblock.number for roadblock in c.roadblocks]
    criteria = [criterion.id for phase in c.phases for criterion in phase.criteria]

    yield from _exactly(("levels",), levels, get_args(LevelKey))
    yield from _exactly(("answers",), [answer.value for answer in c.answers], get_args(Answer))
    yield from _exactly(("questions",), questions, range(1, len(questions) + 1))
    yield from _exactly(("roadblocks",), roadblocks, range(1, len(roadblocks) + 1))
    yield from _exactly(("phases",), phases, range(1, len(phases) + 1))

    for i, level in enumerate(c.levels):
        start, end = level.months
        if end is not None and end <= start:
            yield ("levels", i, "months"), f"ends at {end}, which is not after its start {start}"
    yield from _each_level_once("pay", "bands", [band.levels for band in c.pay.bands], levels)
    for i, band in enumerate(c.pay.bands):
        if band.low >= band.high:
            yield ("pay", "bands", i, "low"), f"{band.low} is not below the high end {band.high}"
    for i, step in enumerate(c.timelines.steps):
        if step.low >= step.high:
            yield ("timelines", "steps", i, "low"), f"{step.low} is not below {step.high}"

    for i, question in enumerate(c.questions):
        if question.closes not in criteria:
            yield ("questions", i, "closes"), f"there is no criterion {question.closes!r}"
    yield from _routing(c, phases)

    seen: set[str] = set()
    for i, phase in enumerate(c.phases):
        if phase.roadblock not in roadblocks:
            yield ("phases", i, "roadblock"), f"there is no roadblock {phase.roadblock}"
        for j, criterion in enumerate(phase.criteria):
            place: Path = ("phases", i, "criteria", j, "id")
            if not criterion.id.startswith(f"{phase.number}."):
                yield place, f"{criterion.id!r} must start with the phase's number, {phase.number}"
            if criterion.id in seen:
                yield place, f"{criterion.id!r} stands twice"
            seen.add(criterion.id)
    for i, roadblock in enumerate(c.roadblocks):
        if roadblock.phase not in phases:
            yield ("roadblocks", i, "phase"), f"there is no phase {roadblock.phase}"


def _routing(c: Curriculum, phases: Sequence[int]) -> Iterator[Found]:
    highest = len(c.questions)
    ordinary = [n for route in c.routing if not route.all_standard for n in route.yes]
    if sorted(ordinary) != list(range(highest + 1)):
        yield ("routing",), f"every number of yes answers from 0 to {highest} must stand once"
    special = [i for i, route in enumerate(c.routing) if route.all_standard]
    if len(special) != 1 or c.routing[special[0]].yes != (highest,):
        yield ("routing",), f"one row with yes: [{highest}] must have all_standard: true"
    for i, route in enumerate(c.routing):
        if route.phase not in phases:
            yield ("routing", i, "phase"), f"there is no phase {route.phase}"
    ranked = sorted(c.routing, key=lambda route: (max(route.yes, default=0), route.all_standard))
    for lower, higher in pairwise(ranked):
        if higher.phase < lower.phase:
            place = ("routing", c.routing.index(higher), "phase")
            yield place, "a better answer would lower the phase"


def _exactly(path: Path, found: Sequence[Any], wanted: Iterable[Any]) -> Iterator[Found]:
    wanted = list(wanted)
    if list(found) != wanted:
        yield path, f"must be, in this order, {wanted}; found {list(found)}"


def _each_level_once(
    group: str, name: str, found: Sequence[Sequence[str]], levels: Sequence[str]
) -> Iterator[Found]:
    flat = [level for part in found for level in part]
    for level in levels:
        if flat.count(level) != 1:
            yield (group, name), f"{level!r} must stand in exactly one row"
