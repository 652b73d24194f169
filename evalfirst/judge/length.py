"""Which of two answers that say the same does a judge prefer: the short one or the padded one?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.judge.answers import Pair
from evalfirst.judge.asking import all_of, answers_in, both_orders, refuse_silence, without_verdict
from evalfirst.judge.finding import Finding
from evalfirst.judge.verbosity import lengthened, padded
from evalfirst.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from evalfirst.evals.eval_run import Failure


@dataclass(frozen=True)
class LengthPreference(Finding):
    """How often a judge prefers the padded one of two answers that say the same.

    Attributes:
        padded_wins: answers whose padded form wins in both orders.
        plain_wins: answers whose plain form wins in both orders.
        undecided: ties, and verdicts that changed with the order.
        low, high: Wilson interval of `share`, 95%; NaN if no answer was decided.
        failures: why verdicts are missing.
    """

    padded_wins: int
    plain_wins: int
    undecided: int
    low: float
    high: float
    failures: tuple[Failure, ...] = ()

    @property
    def decided(self) -> int:
        """Answers of which one form wins in both orders."""
        return self.padded_wins + self.plain_wins

    @property
    def share(self) -> float:
        """Share of decided answers whose padded form wins; .5 without a taste, NaN if none."""
        return self.padded_wins / self.decided if self.decided else float("nan")

    @property
    def biased(self) -> bool:
        """Whether the interval of the share leaves out one half."""
        return self.low > 0.5 or self.high < 0.5

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        judged = self.decided + self.undecided
        said = [f"Of {judged} answers against their padded forms {self.undecided} were undecided."]
        if self.decided:
            said.append(
                f"Of the other {self.decided} the padded form won {self.padded_wins} times "
                f"({self.share:.0%}, likely {self.low:.0%} to {self.high:.0%})."
            )
            likes = "padding" if self.share > 0.5 else "short answers"
            said.append(
                f"The judge prefers {likes}." if self.biased else "That shows no taste for length."
            )
        else:
            said.append("The judge sees no difference, as it should.")
        said.append(without_verdict(self.failures))
        return " ".join(filter(None, said))


def length_preference(
    judge: Any,
    answers: Iterable[Any],
    *,
    lengthen: Callable[[str], str] = padded,
    threads: int = 4,
) -> LengthPreference:
    """Measure whether a judge of two answers prefers the longer one that says no more.

    Each answer is put beside its padded form, in both orders, so that a preference for a place
    cancels out. Right is a tie each time. Assumes independent answers, and that `lengthen` adds
    nothing that the rubric asks for.

    Args:
        judge: a `RubricJudge`, or `f(input, first, second)` -> "first", "second", "tie" or
            `Choice`.
        answers: `Answer`s with texts as outputs, or `(input, output)` tuples.
        lengthen: what makes a text longer.
        threads: questions under way at once.

    Raises:
        ValueError: no answer, an output that is no text, a `lengthen` that does not lengthen, or
            no answer with a verdict in both orders.
        TypeError: the judge returns something else.
        LLMError: the model cannot be asked as things are set up.

    Source: as for `verbosity_bias`; L. Zheng and others, NeurIPS 2023, section 3.3, whose attack
    repeats an answer's list.
    """
    pairs = [Pair(a.input, lengthened(a.output, lengthen), a.output) for a in answers_in(answers)]
    choices = all_of(lambda pair: both_orders(judge, pair), pairs, threads)
    missing = tuple(c.failure for two in choices for c in two if c.pick is None and c.failure)
    judged = [(one.pick, other.pick) for one, other in choices if one.pick and other.pick]
    refuse_silence(missing, len(judged))
    wins = judged.count(("first", "second"))
    losses = judged.count(("second", "first"))
    decided = wins + losses
    low, high = wilson(wins, decided) if decided else (float("nan"),) * 2
    return LengthPreference(wins, losses, len(judged) - decided, low, high, missing)
