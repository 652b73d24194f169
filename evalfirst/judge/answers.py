"""What a judge is asked about: an answer, one that people have labelled, and two to choose from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evalfirst.evals.eval_run import EvalRun


@dataclass(frozen=True)
class Answer:
    """One answer of a feature.

    Attributes:
        input: the question: a text, chat messages, or any JSON value.
        output: what the feature answered.
        target: the right answer, if the judge shall see one.
    """

    input: Any
    output: Any
    target: Any = None

    @staticmethod
    def of(run: EvalRun) -> list[Answer]:
        """Return the answers of a run, without the samples that failed."""
        return [Answer(r.input, r.output, r.target) for r in run.results if r.failure is None]


@dataclass(frozen=True)
class Labelled(Answer):
    """One answer with a person's verdict, and why.

    Attributes:
        passes: whether the person passes it.
        critique: the person's reason; a judge that gets it as an example learns the standard.
    """

    passes: bool = field(kw_only=True)
    critique: str = field(default="", kw_only=True)

    @staticmethod
    def of_run(run: EvalRun, human: Mapping[str, bool]) -> list[Labelled]:
        """Return the answers of a run that people have labelled.

        Args:
            run: the run.
            human: sample id to whether the person passes the answer.

        Raises:
            ValueError: a label stands on a sample that is not in the run, or that failed.
        """
        by_id = {r.id: r for r in run.results if r.failure is None}
        if strange := [name for name in human if name not in by_id]:
            raise ValueError(f"labels without an answer in the run: {', '.join(strange)}")
        return [
            Labelled(r.input, r.output, r.target, passes=bool(human[r.id]))
            for r in by_id.values()
            if r.id in human
        ]


@dataclass(frozen=True)
class Pair:
    """Two answers to the same input, to choose from."""

    input: Any
    one: Any
    other: Any
