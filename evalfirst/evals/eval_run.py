"""The result of running a feature over an eval set."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from evalfirst.evals.sample_result import Failure, SampleResult
from evalfirst.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from evalfirst.llm.tally import Usage

__all__ = ["ErrorsCount", "EvalRun", "Failure", "SampleResult", "summary_table"]

ErrorsCount = Literal["wrong", "excluded"]


@dataclass(frozen=True, repr=False)
class EvalRun:
    """All samples of one run, in the eval set's order, failed ones included.

    Attributes:
        results: one entry a sample; read from disk one by one where the samples were streamed.
        feature: name and version of the feature.
        eval_set: name and version of the eval set.
        scorers: names of the scorers; the first is the one that summaries use.
        started: ISO 8601 time in UTC; empty if unknown.
        versions: `evalfirst`, `python`, `feature`, and where known `git_commit`, `git_dirty`
            (`yes` or `no`), `model` and `prompt`.
    """

    results: Sequence[SampleResult]
    feature: str
    eval_set: str
    scorers: tuple[str, ...]
    started: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of samples, failed ones included."""
        return len(self.results)

    @cached_property
    def failures(self) -> tuple[SampleResult, ...]:
        """The samples without an output."""
        return tuple(result for result in self.results if result.failure)

    @cached_property
    def _passes(self) -> Counter[str]:
        """Samples that scored 1.0, by scorer; counted once, for results may be on disk."""
        return Counter(
            name
            for result in self.results
            for name, score in result.scores.items()
            if score.value >= 1.0
        )

    def passes(self, scorer: str | None = None) -> int:
        """Return how many samples scored 1.0; a failed sample never passes.

        Raises:
            ValueError: the run has no scorer of this name.
        """
        if scorer is not None and scorer not in self.scorers:
            known = ", ".join(map(repr, self.scorers))
            raise ValueError(f"the run has no scorer {scorer!r}; it has {known}")
        return self._passes[scorer or self.scorers[0]]

    def accuracy(self, *, errors: ErrorsCount = "wrong", scorer: str | None = None) -> float:
        """Return the share of passes, between 0 and 1; NaN if nothing is left to count.

        Args:
            errors: `wrong` keeps failed samples in the denominator, because users met them;
                `excluded` leaves them out, and is only for asking about the answers alone.
            scorer: name of a scorer; the first by default.

        Raises:
            ValueError: the run has no scorer of this name, or `errors` is another word.
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

    def latency(self) -> dict[str, Any]:
        """Return how long users would have waited for one answer, failed samples included.

        Returns:
            `p50`, `p95`, `p99` in seconds (NaN if nothing is known), `n`, the samples that they
            are of, and `recorded`, how many of these hold seconds from a recording instead of
            measured ones. A sample whose seconds are not known is left out.
        """
        import numpy as np

        known = [seconds for r in self.results if (seconds := r.latency) is not None]
        percentiles = np.percentile(known, (50, 95, 99)) if known else (float("nan"),) * 3
        p50, p95, p99 = map(float, percentiles)
        recorded = sum(
            r.usage is not None and r.usage.recorded > 0 and r.latency is not None
            for r in self.results
        )
        return {"p50": p50, "p95": p95, "p99": p99, "n": len(known), "recorded": recorded}

    @cached_property
    def usage(self) -> Usage | None:
        """What all samples together asked of models; `None` if no client reported a call."""
        spent: Usage | None = None
        for result in self.results:
            if result.usage is not None:
                spent = result.usage if spent is None else spent + result.usage
        return spent

    def totals(self) -> dict[str, Any]:
        """Return what the run came to: tokens, the models' seconds, and money.

        Calls are seen if the feature uses a client of `evalfirst.llm`, in the thread or task that
        it was called in. Tokens of a call that failed are not known and do not count.

        Returns:
            `calls`, `recorded`, `retries`, `prompt_tokens`, `completion_tokens`,
            `model_seconds`, `dollars`; a sum is `None` if it is unknown for any call, and all
            are if no call was seen.
        """
        names = (
            "calls",
            "recorded",
            "retries",
            "prompt_tokens",
            "completion_tokens",
            "model_seconds",
            "dollars",
        )
        return {name: getattr(self.usage, name, None) for name in names}

    def frame(self) -> pd.DataFrame:
        """Return one row a sample: id, text, target, output, seconds, error, and each score.

        `correct` is the first scorer's verdict; it is False for a failed sample. `latency` is
        what a user would have waited, `attempt` counts calls of the feature, and `recorded`,
        tokens, and `dollars` come from the calls that were seen.
        """
        from evalfirst.evals.run_view import frame

        return frame(self)

    def save(self, path: str | Path) -> Path:
        """Write the run as JSON Lines in one step: a header, then one line a sample.

        Raises:
            OSError: the folder is read-only or the disk is full; the old file is then untouched.
            TypeError: a feature's output is no JSON value; the message names the sample.
        """
        from evalfirst.evals.run_file import save

        return save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> EvalRun:
        """Read a run that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            BadEvalRun: the file is no run, or damaged; the message names the line and the mend.
        """
        from evalfirst.evals.run_file import load

        return load(path)

    def __repr__(self) -> str:
        """Say what was run and how it went, where no table can be shown."""
        return (
            f"EvalRun({self.feature} on {self.eval_set}: {self.passes()} of {len(self)} right, "
            f"{len(self.failures)} failed)"
        )

    def _repr_html_(self) -> str:
        from evalfirst.evals.run_view import table

        return table(self)


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
