"""A judge against people: how often it agrees, and what its share of passes is really worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.judge.asking import all_of, refuse_silence, verdict_on, without_verdict
from evalfirst.judge.finding import Finding
from evalfirst.stats.agreement import cohen_kappa
from evalfirst.stats.calibration import FEWEST_LABELS, corrected_share, judge_rates

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from evalfirst.evals.eval_run import EvalRun, Failure
    from evalfirst.judge.answers import Labelled
    from evalfirst.judge.asking import Judge
    from evalfirst.judge.verdict import Verdict
    from evalfirst.stats.agreement import Agreement
    from evalfirst.stats.calibration import CorrectedShare, JudgeRates


@dataclass(frozen=True)
class Calibration(Finding):
    """A judge measured against human labels.

    Attributes:
        rates: its TPR and TNR, with intervals.
        kappa: agreement beyond chance; `None` where the labels give no interval.
        wrongly_passed: answers that it passes and people fail, each with its verdict. Read them
            first: their critiques say what the rubric leaves open.
        wrongly_failed: answers that it fails and people pass.
        judge: its version; a changed judge must be measured anew.
        failures: why verdicts are missing.
    """

    rates: JudgeRates
    kappa: Agreement | None
    wrongly_passed: tuple[tuple[Labelled, Verdict], ...]
    wrongly_failed: tuple[tuple[Labelled, Verdict], ...]
    judge: str = ""
    failures: tuple[Failure, ...] = ()

    @property
    def n(self) -> int:
        """Labelled answers with a verdict."""
        return self.rates.human_passes + self.rates.human_fails

    def correct(self, passes: int, n: int, **settings: Any) -> CorrectedShare:
        """Return the share of passes that people would have found; see `stats.corrected_share`.

        Raises:
            ValueError: fewer than `FEWEST_LABELS` verdicts, senseless counts, or a judge that the
                labels do not show to be better than chance.
        """
        return corrected_share(self.rates, passes, n, **settings)

    def corrected(self, run: EvalRun, scorer: str | None = None, **settings: Any) -> CorrectedShare:
        """Return the share of a run's answers that people would pass.

        Samples without a verdict (the feature or the judge failed) are left out: the share is one
        of answers, and not of users.

        Args:
            run: a run that this judge has scored.
            scorer: the judge's scorer in it; the first by default.
            settings: for `stats.corrected_share`, such as `confidence`.

        Raises:
            ValueError: the run has no such scorer, and as for `correct`.
        """
        name = scorer or run.scorers[0]
        if name not in run.scorers:
            raise ValueError(f"the run has no scorer {name!r}; it has {', '.join(run.scorers)}")
        n = sum(name in result.scores for result in run.results)
        return self.correct(run.passes(name), n, **settings)

    def corrected_trend(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a trend with what people would have found beside what the judge found.

        Assumes that the same judge scored all runs, and errs as it did on the labels.

        Args:
            frame: one row a run, with columns `n` and `passes`, as
                `TrendStore.trend(errors="excluded")` returns: of a failed sample the judge
                has said nothing.

        Returns:
            A copy with `corrected_share`, `corrected_low` and `corrected_high`; NaN where a run
            has fewer than `FEWEST_LABELS` samples.

        Raises:
            ValueError: a column is missing, or as for `correct`.
        """
        if missing := [name for name in ("n", "passes") if name not in frame.columns]:
            raise ValueError(f"the trend has no column {' and no column '.join(missing)}")
        nothing = (float("nan"),) * 3
        rows = []
        for passes, n in zip(frame["passes"], frame["n"], strict=True):
            if n < FEWEST_LABELS:
                rows.append(nothing)
                continue
            c = self.correct(int(passes), int(n))
            rows.append((c.share, c.low, c.high))
        names = ("corrected_share", "corrected_low", "corrected_high")
        columns = zip(names, zip(*rows, strict=True), strict=True) if rows else ()
        return frame.assign(**{name: list(values) for name, values in columns})

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        r = self.rates
        said = [
            f"Of {r.human_passes} answers that people pass the judge passes {r.true_passes} "
            f"(TPR {r.tpr:.0%}, likely {_span(r.tpr_interval)}); of {r.human_fails} that people "
            f"fail it fails {r.true_fails} (TNR {r.tnr:.0%}, likely {_span(r.tnr_interval)})."
        ]
        if self.kappa is not None:
            k = self.kappa
            said.append(f"Kappa is {k.value:.2f}, likely {k.low:.2f} to {k.high:.2f}.")
        if r.tpr + r.tnr <= 1:
            said.append("It is no better than chance: mend the rubric before you use it.")
        said.append(without_verdict(self.failures))
        return " ".join(filter(None, said))


def calibrate(judge: Judge, labelled: Iterable[Labelled], *, threads: int = 4) -> Calibration:
    """Measure a judge against people's labels.

    Assumes independent answers and takes the labels as the truth. Answers that the judge was
    given as examples must not be among them.

    Args:
        judge: a `RubricJudge`, or `f(input, output)` -> bool or `Verdict`.
        labelled: answers with people's verdicts, at least `FEWEST_LABELS` passes and as many fails.
        threads: questions under way at once.

    Raises:
        ValueError: too few labels with a verdict, no verdict at all, or labels that are among
            the judge's own examples.
        TypeError: the judge returns something else.
        LLMError: the model cannot be asked as things are set up.
    """
    items = list(labelled)
    shots = {_key(shot) for shot in getattr(judge, "examples", ())}
    if leaked := sum(_key(item) in shots for item in items):
        raise ValueError(
            f"{leaked} of the labelled answers are examples in the judge's own prompt: it knows "
            "their verdicts. Measure it on others."
        )
    verdicts = all_of(lambda item: verdict_on(judge, item), items, threads)
    missing = tuple(v.failure for v in verdicts if v.passes is None and v.failure)
    judged = [(i, v) for i, v in zip(items, verdicts, strict=True) if v.passes is not None]
    if items:
        refuse_silence(missing, len(judged))
    human = [item.passes for item, _ in judged]
    said = [bool(verdict.passes) for _, verdict in judged]
    return Calibration(
        rates=judge_rates(human, said),
        kappa=_kappa(human, said),
        wrongly_passed=tuple((i, v) for i, v in judged if v.passes and not i.passes),
        wrongly_failed=tuple((i, v) for i, v in judged if i.passes and not v.passes),
        judge=str(getattr(judge, "version", "")),
        failures=missing,
    )


def _kappa(human: list[bool], judge: list[bool]) -> Agreement | None:
    try:
        return cohen_kappa(human, judge)
    except ValueError:
        return None  # one label is too rare for an interval, which the rates' intervals show


def _key(answer: Labelled) -> str:
    return repr((answer.input, answer.output))


def _span(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.0%} to {interval[1]:.0%}"
