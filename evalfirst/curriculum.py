"""The facts that the course teaches by, from `datasets/curriculum/curriculum.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from evalfirst import located_yaml
from evalfirst.datasets import dataset

if TYPE_CHECKING:
    from collections.abc import Iterable

_T = TypeVar("_T")

Answer = Literal["no", "not sure", "yes", "standard"]
LevelKey = Literal["junior", "mid", "senior", "staff", "principal"]
Standing = Literal["before", "on", "nearing"]


class _Fact:
    # pydantic, which checks the file, reads this: a misspelt field is an error, not ignored
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True)
class Thesis(_Fact):
    """What the course holds to be true; each field is one or two sentences."""

    claim: str
    explanation: str
    plateau: str
    habit: str
    tools: str
    market: str
    principle: str


@dataclass(frozen=True)
class PayBand(_Fact):
    """Pay at some levels, in US dollars a year; `or_more` leaves the top open."""

    levels: tuple[LevelKey, ...]
    low: int
    high: int
    or_more: bool

    @property
    def text(self) -> str:
        """For example `$120,000-160,000`."""
        return f"${self.low:,}-{self.high:,}" + (" or more" if self.or_more else "")


@dataclass(frozen=True)
class Pay(_Fact):
    """Pay bands of one country."""

    where: str
    currency: str
    per: str
    bands: tuple[PayBand, ...]


@dataclass(frozen=True)
class TimelineStep(_Fact):
    """Realistic years to reach some levels."""

    name: str
    reach: tuple[LevelKey, ...]
    low: int
    high: int
    or_more: bool

    @property
    def text(self) -> str:
        """For example `5-8+ years`."""
        return f"{self.low}-{self.high}{'+' if self.or_more else ''} years"


@dataclass(frozen=True)
class Timelines(_Fact):
    """Realistic times, what they assume, and how they differ from the tenures of the ladder."""

    assumes: str
    caveat: str
    steps: tuple[TimelineStep, ...]


@dataclass(frozen=True)
class Level(_Fact):
    """One rung: usual months since entry level (`None`: open end), and what moves people on."""

    key: LevelKey
    name: str
    months: tuple[int, int | None]
    unlock: str
    plateau: str

    @property
    def tenure(self) -> str:
        """For example `0-18 months`, `18 months-3 years`, `9+ years`."""
        start, end = self.months
        if end is None:
            return f"{_time(start)[0]}+ years"
        (low, low_unit), (high, high_unit) = _time(start), _time(end)
        same = low_unit == high_unit or start == 0
        return f"{low}-{high} {high_unit}" if same else f"{low} {low_unit}-{high} {high_unit}"


@dataclass(frozen=True)
class AnswerChoice(_Fact):
    """One of the four answers; `counts` says whether it is a yes."""

    value: Answer
    label: str
    counts: bool


@dataclass(frozen=True)
class Question(_Fact):
    """One question of the self-assessment.

    Attributes:
        number: 1 to 6.
        text, note: the question, and how to understand it.
        topic: three or four words for it.
        find_out: how to turn a "not sure" into a yes or a no.
        closes: the exit criterion that closes the gap.
    """

    number: int
    text: str
    topic: str
    find_out: str
    closes: str
    note: str = ""


@dataclass(frozen=True)
class Route(_Fact):
    """Where a number of yes answers leads; `all_standard` marks the row for six 'standard'."""

    yes: tuple[int, ...]
    all_standard: bool
    label: str
    level: LevelKey
    standing: Standing
    phase: int


@dataclass(frozen=True)
class Dimension(_Fact):
    """What changes in a phase."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Criterion(_Fact):
    """An exit criterion: one evidence item of the portfolio."""

    id: str
    text: str


@dataclass(frozen=True)
class Resource(_Fact):
    """Something to read or to turn to, and for what."""

    name: str
    url: str
    use: str


@dataclass(frozen=True)
class Phase(_Fact):
    """One phase of the course and the notebook that teaches it."""

    number: int
    key: str
    level: LevelKey
    title: str
    notebook: str
    roadblock: int
    story: str
    gate: str
    dimensions: tuple[Dimension, ...]
    criteria_are: Literal["exit criteria", "signs"]
    criteria: tuple[Criterion, ...]
    failure_mode: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Roadblock(_Fact):
    """What stops people: how it shows, why it happens, what unlocks it, which phase helps."""

    number: int
    symptom: str
    mechanism: str
    unlock: str
    phase: int


@dataclass(frozen=True)
class FaqEntry(_Fact):
    """A frequent question."""

    question: str
    answer: str


@dataclass(frozen=True)
class Curriculum(_Fact):
    """Everything in the file. Lists are in the file's order, which is the course's order."""

    thesis: Thesis
    pay: Pay
    timelines: Timelines
    levels: tuple[Level, ...]
    answers: tuple[AnswerChoice, ...]
    not_sure: str
    questions: tuple[Question, ...]
    routing: tuple[Route, ...]
    phases: tuple[Phase, ...]
    roadblocks: tuple[Roadblock, ...]
    resource_advice: str
    any_phase: Resource
    faq: tuple[FaqEntry, ...]

    def level(self, key: str) -> Level:
        """Return a level by its key.

        Raises:
            KeyError: there is no such level.
        """
        return _only((level for level in self.levels if level.key == key), f"level {key!r}")

    def phase(self, number: int) -> Phase:
        """Return a phase by its number.

        Raises:
            KeyError: there is no such phase.
        """
        return _only((p for p in self.phases if p.number == number), f"phase {number}")

    def question(self, number: int) -> Question:
        """Return a question by its number.

        Raises:
            KeyError: there is no such question.
        """
        return _only((q for q in self.questions if q.number == number), f"question {number}")

    def roadblock(self, number: int) -> Roadblock:
        """Return a roadblock by its number.

        Raises:
            KeyError: there is no such roadblock.
        """
        return _only((r for r in self.roadblocks if r.number == number), f"roadblock {number}")

    def criterion(self, criterion_id: str) -> Criterion:
        """Return an exit criterion by its id, such as `1.2`.

        Raises:
            KeyError: there is no such criterion.
        """
        every = (c for phase in self.phases for c in phase.criteria)
        return _only((c for c in every if c.id == criterion_id), f"criterion {criterion_id!r}")

    def pay_at(self, level: str) -> PayBand:
        """Return the pay band of a level.

        Raises:
            KeyError: there is no such level.
        """
        return _only((b for b in self.pay.bands if level in b.levels), f"pay band for {level!r}")


class BadCurriculum(ValueError):
    """The file cannot be used; `problems` says for each mistake: line, field, what is wrong."""

    def __init__(self, where: str, problems: Iterable[tuple[int, str, str]]) -> None:
        """Keep the problems in the order of the file and show them all."""
        self.problems = tuple(sorted(problems))
        count = f"{len(self.problems)} problem" + ("s" if len(self.problems) > 1 else "")
        shown = (f"  line {line}, {name}: {what}" for line, name, what in self.problems)
        super().__init__(f"{where}: {count}\n" + "\n".join(shown))


def load(path: str | Path | None = None) -> Curriculum:
    """Read and check a curriculum file, by default the course's own.

    Raises:
        FileNotFoundError: there is no such file.
        BadCurriculum: fields are missing, unknown, of a wrong type, or point at nothing.
    """
    return _read(Path(path)) if path else _published(dataset("curriculum") / "curriculum.yaml")


@cache
def _published(path: Path) -> Curriculum:
    return _read(path)


def _read(path: Path) -> Curriculum:
    # pydantic costs a tenth of a second, so it waits until somebody needs the facts
    from pydantic import TypeAdapter, ValidationError

    from evalfirst.curriculum_checks import contradictions, empty_texts, explain

    try:
        located = located_yaml.read(path.read_text(encoding="utf-8"))
    except located_yaml.BadYaml as error:
        raise BadCurriculum(str(path), [(error.line, "the file", error.what)]) from error
    except UnicodeDecodeError as error:
        raise BadCurriculum(str(path), [(1, "the file", "not UTF-8: save it again so")]) from error

    def problem(place: located_yaml.Path, what: str) -> tuple[int, str, str]:
        return located.line(place), _field(place), what

    try:
        curriculum = TypeAdapter(Curriculum).validate_python(located.data)
    except ValidationError as error:
        wrong = [problem(e["loc"], explain(e["type"], e["msg"])) for e in error.errors()]
        raise BadCurriculum(str(path), wrong) from None
    found = [*empty_texts(located.data), *contradictions(curriculum)]
    if found:
        raise BadCurriculum(str(path), [problem(place, what) for place, what in found])
    return curriculum


def _field(path: located_yaml.Path) -> str:
    return (
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        or "the file"
    )


def _time(months: int) -> tuple[int, str]:
    return (months // 12, "years") if months >= 24 else (months, "months")


def _only(found: Iterable[_T], what: str) -> _T:
    for item in found:
        return item
    raise KeyError(f"the curriculum has no {what}")
