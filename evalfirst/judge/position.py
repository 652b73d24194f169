"""Does the place of an answer decide? Each pair is judged in both orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.judge.asking import all_of, both_orders, pairs_in, refuse_silence, without_verdict
from evalfirst.judge.finding import Finding
from evalfirst.stats.paired import paired_scores, paired_shares
from evalfirst.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalfirst.evals.eval_run import Failure
    from evalfirst.judge.answers import Pair
    from evalfirst.stats.paired import PairedDifference

_WINS = {"first": 1.0, "tie": 0.5, "second": 0.0}


@dataclass(frozen=True)
class PositionSwap(Finding):
    """How a judge's verdicts change when two answers swap places.

    Attributes:
        n: pairs with a verdict in both orders.
        flipped: the pairs whose verdict changed with the order.
        low, high: Wilson interval of `flip_share`, 95%.
        preference: how much more often the same answer wins in first place than in second; below
            0 the judge prefers the second place. A tie is half a win.
        failures: why verdicts are missing.
    """

    n: int
    flipped: tuple[Pair, ...]
    low: float
    high: float
    preference: PairedDifference
    failures: tuple[Failure, ...] = ()

    @property
    def flip_share(self) -> float:
        """Share of pairs whose verdict changed with the order, 0 to 1."""
        return len(self.flipped) / self.n

    @property
    def biased(self) -> bool:
        """Whether the interval of the preference leaves out none, and enough changed for that."""
        return self.preference.clear and not self.preference.caution

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        d = self.preference
        said = [
            f"Of {self.n} pairs the verdict changed with the order on {len(self.flipped)} "
            f"({self.flip_share:.0%}, likely {self.low:.0%} to {self.high:.0%})."
        ]
        if self.biased:
            place, near, far = ("first", d.low, d.high)
            if d.effect < 0:
                place, near, far = ("second", -d.high, -d.low)
            said.append(
                f"The judge prefers what stands {place}: there the same answer wins "
                f"{abs(d.effect) * 100:.0f} points more often, likely {near * 100:.0f} to "
                f"{far * 100:.0f}. Ask in both orders."
            )
        elif d.low <= 0 <= d.high:
            said.append(
                f"That shows no preference for a place: anything from {-d.low * 100:.0f} points "
                f"for the second to {d.high * 100:.0f} for the first fits."
            )
        if d.caution:
            said.append(f"Caution: {d.caution}.")
        said.append(without_verdict(self.failures))
        return " ".join(filter(None, said))


def position_swap(judge: Any, pairs: Iterable[Any], *, threads: int = 4) -> PositionSwap:
    """Measure how far a judge of two answers goes by their places.

    Each pair is judged as `(one, other)` and as `(other, one)`. A judge that goes by content
    gives the same answer the win both times. A judge that errs at random flips too, but as
    often to the one place as to the other: `flip_share` shows both, `preference` only the bias.
    Assumes independent pairs.

    Args:
        judge: a `RubricJudge`, or `f(input, first, second)` -> "first", "second", "tie" or
            `Choice`.
        pairs: `Pair`s, or `(input, one, other)` tuples; some 100 show a bias of 20 points.
        threads: questions under way at once.

    Raises:
        ValueError: no pair, or none with a verdict in both orders.
        TypeError: the judge returns something else.
        LLMError: the model cannot be asked as things are set up.

    Source: L. Zheng and others, Judging LLM-as-a-Judge, NeurIPS 2023, section 3.3; the interval of
    the preference is Newcombe's for paired shares.
    """
    every = pairs_in(pairs)
    choices = all_of(lambda pair: both_orders(judge, pair), every, threads)
    missing = tuple(c.failure for two in choices for c in two if c.pick is None and c.failure)
    judged = [
        (pair, _WINS[ahead.pick], 1 - _WINS[behind.pick])
        for pair, (ahead, behind) in zip(every, choices, strict=True)
        if ahead.pick is not None and behind.pick is not None
    ]
    refuse_silence(missing, len(judged))
    in_first, in_second = [ahead for _, ahead, _ in judged], [behind for _, _, behind in judged]
    if 0.5 in (*in_first, *in_second):
        preference = paired_scores(in_second, in_first)
    else:
        preference = paired_shares([w == 1 for w in in_second], [w == 1 for w in in_first])
    flipped = tuple(pair for pair, ahead, behind in judged if ahead != behind)
    low, high = wilson(len(flipped), len(judged))
    return PositionSwap(
        n=len(judged),
        flipped=flipped,
        low=low,
        high=high,
        preference=preference,
        failures=missing,
    )
