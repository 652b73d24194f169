"""The result of running a feature over an eval set."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from evalfirst.evals.scorers import Score
from evalfirst.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

ErrorsCount = Literal["wrong", "excluded"]


@dataclass(frozen=True)
class Failure:
    """Why a sample has no output: the exception's class, its message, and the attempt."""

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
    """

    id: str
    input: Any
    target: Any
    slices: tuple[str, ...] = ()
    output: Any = None
    scores: dict[str, Score] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> SampleResult:
        """Rebuild a result from its JSON form."""
        return cls(
            **{
                **row,
                "slices": tuple(row["slices"]),
                "scores": {name: Score(**score) for name, score in row["scores"].items()},
                "failure": Failure(**row["failure"]) if row["failure"] else None,
            }
        )


@dataclass(frozen=True, repr=False)
class EvalRun:
    """All samples of one run, in the eval set's order, failed ones included.

    Attributes:
        results: one entry a sample.
        feature: name and version of the feature.
        eval_set: name and version of the eval set.
        scorers: names of the scorers; the first is the one that summaries use.
    """

    results: tuple[SampleResult, ...]
    feature: str
    eval_set: str
    scorers: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of samples, failed ones included."""
        return len(self.results)

    @property
    def failures(self) -> tuple[SampleResult, ...]:
        """The samples without an output."""
        return tuple(result for result in self.results if result.failure)

    def passes(self, scorer: str | None = None) -> int:
        """Return how many samples scored 1.0; a failed sample never passes."""
        name = scorer or self.scorers[0]
        return sum(r.scores[name].value >= 1.0 for r in self.results if name in r.scores)

    def accuracy(self, *, errors: ErrorsCount = "wrong", scorer: str | None = None) -> float:
        """Return the share of passes, between 0 and 1; NaN if nothing is left to count.

        Args:
            errors: `wrong` keeps failed samples in the denominator, because users met them;
                `excluded` leaves them out, and is only for asking about the answers alone.
            scorer: name of a scorer; the first by default.
        """
        n = self.counted(errors=errors)
        return self.passes(scorer) / n if n else float("nan")

    def counted(self, *, errors: ErrorsCount = "wrong") -> int:
        """Return the denominator that `accuracy` uses.

        Raises:
            ValueError: `errors` is neither `wrong` nor `excluded`.
        """
        if errors not in ("wrong", "excluded"):
            raise ValueError(f"errors must be 'wrong' or 'excluded', got {errors!r}")
        return len(self.results) - (len(self.failures) if errors == "excluded" else 0)

    def summary(self) -> dict[str, Any]:
        """Return counts, accuracy with its 95% Wilson interval, and failures by kind."""
        n = len(self.results)
        low, high = wilson(self.passes(), n) if n else (float("nan"), float("nan"))
        return {
            "feature": self.feature,
            "eval_set": self.eval_set,
            "n": n,
            "passes": self.passes(),
            "accuracy": self.accuracy(),
            "low": low,
            "high": high,
            "failures": dict(Counter(r.failure.kind for r in self.failures if r.failure)),
        }

    def frame(self) -> pd.DataFrame:
        """Return one row a sample: id, text, target, output, seconds, error, and each score.

        `correct` is the first scorer's verdict; it is False for a failed sample.
        """
        import pandas as pd

        first = self.scorers[0]
        rows = []
        for r in self.results:
            row = {
                "id": r.id,
                "input": r.input,
                "target": r.target,
                "output": r.output,
                "correct": first in r.scores and r.scores[first].value >= 1.0,
                "error": f"{r.failure.kind}: {r.failure.message}" if r.failure else None,
                "seconds": r.seconds,
                "slices": list(r.slices),
            }
            row.update({f"score_{name}": score.value for name, score in r.scores.items()})
            rows.append(row)
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """Say what was run and how it went, where no table can be shown."""
        return (
            f"EvalRun({self.feature} on {self.eval_set}: {self.passes()} of {len(self)} right, "
            f"{len(self.failures)} failed)"
        )

    def _repr_html_(self) -> str:
        s = self.summary()
        failures = ", ".join(f"{kind}: {count}" for kind, count in s["failures"].items()) or "none"
        rows = [
            ("feature", s["feature"]),
            ("eval set", s["eval_set"]),
            ("right", f"{s['passes']} of {s['n']} ({s['accuracy']:.0%})"),
            ("95% interval", f"{s['low']:.0%} to {s['high']:.0%}"),
            ("failed calls (counted as wrong)", failures),
        ]
        body = "".join(
            f"<tr><th scope='row' style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:left'>{escape(str(value))}</td></tr>"
            for name, value in rows
        )
        return f"<table><caption>Eval run</caption><tbody>{body}</tbody></table>"


def summary_table(runs: Mapping[str, EvalRun]) -> pd.DataFrame:
    """Return one row a run, best first: name, right, accuracy with its 95% interval, failures.

    Args:
        runs: name to run. Comparing them this way ignores that they may share samples.
    """
    import pandas as pd

    ranked = sorted(runs.items(), key=lambda item: -item[1].accuracy())
    rows = []
    for name, run in ranked:
        s = run.summary()
        rows.append(
            {
                "feature": name,
                "right": f"{s['passes']} of {s['n']}",
                "accuracy": f"{s['accuracy']:.0%}",
                "95% interval": f"{s['low']:.0%} to {s['high']:.0%}",
                "failed calls": len(run.failures),
            }
        )
    return pd.DataFrame(rows).set_index("feature")
