"""Does a judge say the same when it is asked again?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.judge.asking import all_of, answers_in, refuse_silence, verdict_on, without_verdict
from evalfirst.judge.finding import Finding
from evalfirst.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalfirst.evals.eval_run import Failure
    from evalfirst.judge.answers import Answer
    from evalfirst.judge.asking import Judge


@dataclass(frozen=True)
class Consistency(Finding):
    """How often a judge says the same each time.

    Attributes:
        n: answers with all their verdicts.
        repeats: how often each was asked.
        wavering: the answers on which the verdicts differ.
        low, high: Wilson interval of `share`, 95%.
        failures: why verdicts are missing.
    """

    n: int
    repeats: int
    wavering: tuple[Answer, ...]
    low: float
    high: float
    failures: tuple[Failure, ...] = ()

    @property
    def share(self) -> float:
        """Share of answers on which all verdicts agree, 0 to 1."""
        return 1 - len(self.wavering) / self.n

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        said = (
            f"Asked {self.repeats} times, the judge said the same each time on "
            f"{self.n - len(self.wavering)} of {self.n} answers ({self.share:.0%}, likely "
            f"{self.low:.0%} to {self.high:.0%})."
        )
        return " ".join(filter(None, [said, without_verdict(self.failures)]))


def self_consistency(
    judge: Judge, answers: Iterable[Any], *, repeats: int = 3, threads: int = 4
) -> Consistency:
    """Measure how often a judge gives the same verdict each time it is asked.

    At temperature 0 many servers still answer differently now and then. Recorded answers are
    always the same: ask a model, and not a recording. A judge may be consistent and wrong.

    Args:
        judge: a `RubricJudge`, or `f(input, output)` -> bool or `Verdict`.
        answers: `Answer`s, or `(input, output)` tuples; assumed independent.
        repeats: how often to ask about each, at least 2.
        threads: questions under way at once.

    Raises:
        ValueError: no answer, fewer than two repeats, or no answer with all its verdicts.
        TypeError: the judge returns something else.
        LLMError: the model cannot be asked as things are set up.
    """
    if repeats < 2:
        raise ValueError(f"to see a change, ask at least twice; got repeats = {repeats}")
    every = answers_in(answers)
    asked = [answer for answer in every for _ in range(repeats)]
    verdicts = all_of(lambda answer: verdict_on(judge, answer), asked, threads)
    missing = tuple(v.failure for v in verdicts if v.passes is None and v.failure)
    said = [
        (answer, {v.passes for v in verdicts[n * repeats : (n + 1) * repeats]})
        for n, answer in enumerate(every)
    ]
    judged = [(answer, verdict) for answer, verdict in said if None not in verdict]
    refuse_silence(missing, len(judged))
    wavering = tuple(answer for answer, verdict in judged if len(verdict) > 1)
    low, high = wilson(len(judged) - len(wavering), len(judged))
    return Consistency(len(judged), repeats, wavering, low, high, missing)
