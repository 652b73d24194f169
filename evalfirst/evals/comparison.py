"""Two runs of the same samples, side by side: what got better, what got worse, and how sure."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from evalfirst.evals.comparability import nothing_shared, warnings
from evalfirst.evals.eval_run import EvalRun
from evalfirst.stats.multiplicity import benjamini_hochberg, holm
from evalfirst.stats.noninferiority import drop_power
from evalfirst.stats.paired import paired_scores, paired_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from evalfirst.evals.eval_run import ErrorsCount, SampleResult
    from evalfirst.stats.paired import PairedDifference

Measure = Literal["passes", "score"]
Correction = Literal["holm", "benjamini-hochberg"]

SLICE_DROP = 0.20
"""The drop that a slice should be able to show; a slice that cannot is flagged as too small."""
SLICE_POWER = 0.80
_ADJUST = {"holm": holm, "benjamini-hochberg": benjamini_hochberg}


class CannotCompare(ValueError):
    """The two runs say nothing about each other; the message says why and what to do."""


@dataclass(frozen=True)
class Outcome:
    """What one shared sample scored before and after.

    Attributes:
        id: the sample's id.
        was, now: 1.0 or 0.0 for right or wrong, or the scores themselves.
        slices: the named groups it belongs to.
    """

    id: str
    was: float
    now: float
    slices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """One sample whose verdict changed, with everything that both versions made of it."""

    before: SampleResult
    after: SampleResult

    @property
    def id(self) -> str:
        """The sample's id."""
        return self.after.id


@dataclass(frozen=True, repr=False)
class Comparison:
    """What `compare` found.

    Attributes:
        before, after: the two runs.
        outcomes: the shared samples that were counted, in the new run's order.
        scorer: whose verdicts count.
        measure: `passes` for right or wrong, `score` for the mean score.
        errors: whether failed calls count as wrong or their samples are left out.
        confidence: of every interval.
        correction: how the slices' p-values allow for their number.
        only_before, only_after: ids that one run alone holds.
        changed_samples: ids whose input or target differs; they are not counted.
        excluded: ids left out because a call failed, with `errors="excluded"`.
        warnings: what makes the comparison weaker than it looks, in words.
    """

    before: EvalRun
    after: EvalRun
    outcomes: tuple[Outcome, ...]
    scorer: str
    measure: Measure
    errors: ErrorsCount
    confidence: float
    correction: Correction
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    changed_samples: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @cached_property
    def difference(self) -> PairedDifference:
        """The change over all shared samples, with its interval and p-value."""
        return self.difference_of(self.outcomes)

    def difference_of(self, outcomes: Sequence[Outcome]) -> PairedDifference:
        """Return the change over some of the outcomes, measured in the same way."""
        was, now = [o.was for o in outcomes], [o.now for o in outcomes]
        if self.measure == "score":
            return paired_scores(was, now, self.confidence)
        return paired_shares([bool(w) for w in was], [bool(n) for n in now], self.confidence)

    @cached_property
    def better(self) -> tuple[Pair, ...]:
        """The samples that scored higher after than before, side by side."""
        return self._pairs(o.id for o in self.outcomes if o.now > o.was)

    @cached_property
    def worse(self) -> tuple[Pair, ...]:
        """The samples that scored lower after than before, side by side. Read these first."""
        return self._pairs(o.id for o in self.outcomes if o.now < o.was)

    def in_slice(self, name: str) -> tuple[Outcome, ...]:
        """Return the outcomes of one slice; none if no shared sample belongs to it."""
        return tuple(o for o in self.outcomes if name in o.slices)

    @cached_property
    def slices(self) -> pd.DataFrame:
        """One row a slice, by name: the change with its interval, and its adjusted p-value.

        Columns: `n`, `better`, `worse`, `effect`, `low`, `high`, `p`, `adjusted_p` (over all
        slices, by `correction`; NaN where there is no p), `too_small` (a drop of `SLICE_DROP`
        would be noticed with less than `SLICE_POWER`: read such a row as a question).
        """
        import pandas as pd

        names = sorted({name for o in self.outcomes for name in o.slices})
        rows = {}
        for name in names:
            inside = self.in_slice(name)
            d = self.difference_of(inside)
            changed = max(SLICE_DROP, (d.better + d.worse) / d.n)
            rows[name] = {
                "n": d.n,
                "better": d.better,
                "worse": d.worse,
                "effect": d.effect,
                "low": d.low,
                "high": d.high,
                "p": d.p_value,
                "adjusted_p": float("nan"),
                "too_small": drop_power(d.n, SLICE_DROP, changed) < SLICE_POWER,
            }
        known = {name: row["p"] for name, row in rows.items() if row["p"] == row["p"]}
        for name, p in (_ADJUST[self.correction](known) if known else {}).items():
            rows[name]["adjusted_p"] = p
        columns = ["n", "better", "worse", "effect", "low", "high", "p", "adjusted_p", "too_small"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("slice")

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Failed calls by kind, in each run: columns `before` and `after`, most frequent first."""
        import pandas as pd

        kinds = [
            Counter(r.failure.kind for r in run.failures if r.failure)
            for run in (self.before, self.after)
        ]
        order = [kind for kind, _ in (kinds[0] + kinds[1]).most_common()]
        rows = [(kinds[0][kind], kinds[1][kind]) for kind in order]
        index = pd.Index(order, name="failure")
        return pd.DataFrame(rows, index=index, columns=["before", "after"])

    @property
    def level_before(self) -> float:
        """The mean over the counted samples before; for passes, the share of right answers."""
        return sum(o.was for o in self.outcomes) / len(self.outcomes)

    @property
    def level_after(self) -> float:
        """The mean over the counted samples after; for passes, the share of right answers."""
        return sum(o.now for o in self.outcomes) / len(self.outcomes)

    @property
    def sentence(self) -> str:
        """The result for somebody who decides, and knows no statistics."""
        n = len(self.outcomes)
        on = "on the one shared example" if n == 1 else f"on the same {n} examples"
        if self.measure == "passes":
            told = (
                f"The old version answers {self.level_before:.0%} right, "
                f"the new one {self.level_after:.0%}, {on}."
            )
        else:
            told = (
                f"The old version scores {self.level_before:.3g} on average, "
                f"the new one {self.level_after:.3g}, {on}."
            )
        return " ".join([told, self.difference.sentence(), *self._slices_in_words()])

    def _slices_in_words(self) -> list[str]:
        if not len(self.slices):
            return []
        clear = self.slices[self.slices.adjusted_p <= 1 - self.confidence]
        words = []
        for direction, rows in (
            ("worse", clear[clear.effect < 0]),
            ("better", clear[clear.effect > 0]),
        ):
            if len(rows):
                words.append(f"Clearly {direction} in: {', '.join(map(str, rows.index))}.")
        return words

    def _pairs(self, ids: Iterable[str]) -> tuple[Pair, ...]:
        before, after = (_positions(run) for run in (self.before, self.after))
        return tuple(
            Pair(self.before.results[before[i]], self.after.results[after[i]]) for i in ids
        )

    def __repr__(self) -> str:
        """Say the result where no table can be shown."""
        return " ".join([self.sentence, *(f"Warning: {w}" for w in self.warnings)])

    def _repr_html_(self) -> str:
        from evalfirst.evals.comparison_view import html

        return html(self)


def compare(
    before: EvalRun,
    after: EvalRun,
    *,
    scorer: str | None = None,
    measure: Measure = "passes",
    errors: ErrorsCount = "wrong",
    confidence: float = 0.95,
    correction: Correction = "holm",
) -> Comparison:
    """Compare two runs sample by sample.

    Samples are paired by id, so the runs may hold them in any order. A sample whose input or
    target differs between the runs is another question: it is not counted, and a warning says
    so. Assumes that samples are independent of one another.

    Args:
        before: the old version, the baseline.
        after: the new version.
        scorer: name of a scorer that both runs used; the first of `after` by default.
        measure: `passes` compares shares of right answers (a score of 1.0), `score` the mean
            scores of a scorer that gives part marks.
        errors: `wrong` counts a failed call as a wrong answer, because users met it; `excluded`
            leaves out a sample that failed in either run, to ask about the answers alone.
        confidence: of the intervals, between 0 and 1.
        correction: `holm` for claims, `benjamini-hochberg` to choose where to look next.

    Raises:
        CannotCompare: the runs share no sample that can be counted, or not that scorer.
        ValueError: an argument has another value than those named here.
        TypeError: `before` or `after` is no run.

    Source: see `evalfirst.stats.paired_shares`, `paired_scores`, `holm` and
        `benjamini_hochberg`.
    """
    for which, given in (("before", before), ("after", after)):
        if not isinstance(given, EvalRun):
            raise TypeError(
                f"`{which}` must be an EvalRun, as from run(...) or EvalRun.load(path), got "
                f"{type(given).__name__}"
            )
    name = scorer or after.scorers[0]
    _check(before, after, name, measure, errors, correction)
    at = _positions(before)
    outcomes, changed, excluded, only_after = [], [], [], []
    for new in after.results:
        if new.id not in at:
            only_after.append(new.id)
            continue
        old = before.results[at.pop(new.id)]
        if not _same_question(old, new):
            changed.append(new.id)
        elif errors == "excluded" and (old.failure or new.failure):
            excluded.append(new.id)
        else:
            was, now = (_value(r, name, measure) for r in (old, new))
            outcomes.append(Outcome(new.id, was, now, new.slices))
    only_before = tuple(at)
    if not outcomes:
        raise CannotCompare(nothing_shared(before, after, changed, excluded))
    return Comparison(
        before,
        after,
        tuple(outcomes),
        scorer=name,
        measure=measure,
        errors=errors,
        confidence=confidence,
        correction=correction,
        only_before=only_before,
        only_after=tuple(only_after),
        changed_samples=tuple(changed),
        excluded=tuple(excluded),
        warnings=tuple(warnings(before, after, only_before, only_after, changed, excluded)),
    )


def _check(
    before: EvalRun, after: EvalRun, scorer: str, measure: str, errors: str, correction: str
) -> None:
    for argument, value, allowed in (
        ("measure", measure, ("passes", "score")),
        ("errors", errors, ("wrong", "excluded")),
        ("correction", correction, tuple(_ADJUST)),
    ):
        if value not in allowed:
            raise ValueError(f"{argument} must be {' or '.join(map(repr, allowed))}, got {value!r}")
    for which, run in (("before", before), ("after", after)):
        if scorer not in run.scorers:
            raise CannotCompare(
                f"the run `{which}` ({run.feature}) has no scorer {scorer!r}; it has "
                f"{', '.join(map(repr, run.scorers))}. Run both versions with the same scorers, "
                "or name one that both have."
            )


def _same_question(old: SampleResult, new: SampleResult) -> bool:
    """Whether input and target agree; a tuple is a list once it was on disk."""
    asked, asks = (old.input, old.target), (new.input, new.target)
    if asked == asks:
        return True
    return json.dumps(asked, default=repr) == json.dumps(asks, default=repr)


def _value(result: SampleResult, scorer: str, measure: Measure) -> float:
    score = result.scores.get(scorer)
    if score is None:
        return 0.0
    return score.value if measure == "score" else float(score.value >= 1.0)


def _positions(run: EvalRun) -> dict[str, int]:
    return {result.id: position for position, result in enumerate(run.results)}
