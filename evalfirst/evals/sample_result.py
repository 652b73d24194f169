"""What became of one sample in a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from evalfirst.evals.scorers import Score
from evalfirst.llm.tally import Usage

# what is counted and compared in a result's JSON form must be of these types
_KINDS: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "slices": (list,),
    "scores": (dict,),
    "seconds": (float, int),
    "attempt": (int,),
}


@dataclass(frozen=True)
class Failure:
    """Why a sample has no output: the exception's class, its message, and the attempt.

    `attempt` counts how often the feature was called for this sample, over all runs that share
    a cache; what the SDK retried inside one call is `usage.retries`.
    """

    kind: str
    message: str
    attempt: int = 1


@dataclass(frozen=True)
class SampleResult:
    """One sample after the run.

    Attributes:
        id, input, target, slices: as in the eval set.
        output: what the feature returned; `None` if it failed.
        scores: scorer name to score; empty if it failed.
        failure: why there is no output, or `None`.
        seconds: wall time of the feature's call.
        attempt: 1 for the first call of the feature for this sample; more if earlier ones failed.
        usage: what the call asked of models; `None` if it used no client of `evalfirst.llm`.
    """

    id: str
    input: Any
    target: Any
    slices: tuple[str, ...] = ()
    output: Any = None
    scores: dict[str, Score] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float = 0.0
    attempt: int = 1
    usage: Usage | None = None

    @property
    def latency(self) -> float | None:
        """Seconds that a user would have waited.

        Wall time, and what recorded answers took when they were made: they return at once. Calls
        that a feature makes side by side count one after the other. `None` if a recorded
        answer's seconds are not known.
        """
        if self.usage is None:
            return self.seconds
        recorded = self.usage.recorded_seconds
        return None if recorded is None else self.seconds + recorded

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        # by hand, because dataclasses.asdict copies outputs, which costs more than a whole sample
        return {
            "id": self.id,
            "input": self.input,
            "target": self.target,
            "slices": list(self.slices),
            "output": self.output,
            "scores": {
                name: {"value": s.value, "answer": s.answer, "explanation": s.explanation}
                for name, s in self.scores.items()
            },
            "failure": None if self.failure is None else asdict(self.failure),
            "seconds": self.seconds,
            "attempt": self.attempt,
            "usage": None if self.usage is None else self.usage.as_dict(),
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> SampleResult:
        """Rebuild a result from its JSON form.

        Raises:
            KeyError, TypeError, AttributeError: it is not the JSON form of a result.
        """
        for place, kinds in _KINDS.items():
            value = row.get(place, kinds[0]())
            if not isinstance(value, kinds):
                raise TypeError(f"{place} is {value!r:.40}")
        usage = row.get("usage")
        return cls(
            **{
                **row,
                "slices": tuple(row["slices"]),
                "scores": {name: Score(**score) for name, score in row["scores"].items()},
                "failure": Failure(**row["failure"]) if row["failure"] else None,
                "usage": Usage.from_dict(usage) if usage else None,
            }
        )
