"""How well a judge agrees with human labels, and the share of passes it reports, corrected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.stats.checks import check_confidence, check_resamples, whole
from evalfirst.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

#: below this many labels of one kind, one label moves TPR or TNR by more than ten points
FEWEST_LABELS = 10
#: where a larger part of the draws has a judge no better than chance, no correction is possible
MOST_CHANCE_DRAWS = 0.01
#: the fewest draws that can show the ends of an interval
FEWEST_DRAWS = 1000


@dataclass(frozen=True)
class JudgeRates:
    """Counts of a judge against human labels, and its rates with 95% Wilson intervals.

    `tpr` is the share of human passes that the judge passes, `tnr` the share of human fails that
    it fails; both are between 0 and 1.
    """

    true_passes: int
    human_passes: int
    true_fails: int
    human_fails: int

    def __post_init__(self) -> None:
        """Refuse counts that cannot be, or that are too few to say anything."""
        for right, n, kind in (
            (self.true_passes, self.human_passes, "passes"),
            (self.true_fails, self.human_fails, "fails"),
        ):
            if n < FEWEST_LABELS:
                raise ValueError(
                    f"the labels hold {n} human {kind}; label until there are {FEWEST_LABELS}, "
                    "because with fewer, one label moves the judge's rate too far"
                )
            if not 0 <= whole(f"the judge's {kind}", right) <= whole(f"human {kind}", n):
                raise ValueError(f"the judge agrees on {right} of {n} human {kind}")

    @property
    def tpr(self) -> float:
        """Share of human passes that the judge passes."""
        return self.true_passes / self.human_passes

    @property
    def tnr(self) -> float:
        """Share of human fails that the judge fails."""
        return self.true_fails / self.human_fails

    @property
    def tpr_interval(self) -> tuple[float, float]:
        """Wilson interval of `tpr`, 95%."""
        return wilson(self.true_passes, self.human_passes)

    @property
    def tnr_interval(self) -> tuple[float, float]:
        """Wilson interval of `tnr`, 95%."""
        return wilson(self.true_fails, self.human_fails)


def judge_rates(human: Sequence[bool], judge: Sequence[bool]) -> JudgeRates:
    """Return the judge's TPR and TNR against human verdicts of the same items, in the same order.

    Assumes independent items and takes the human labels as the truth.

    Args:
        human: one verdict an item, true (pass) or false.
        judge: likewise, of the same items in the same order.

    Raises:
        ValueError: the lengths differ, a verdict is not true or false, or there are fewer than
            `FEWEST_LABELS` human passes or fails.

    Source: J. Yerushalmy, Public Health Reports 62 (1947), 1432-1449 (sensitivity, specificity).

    >>> rates = judge_rates([True] * 25 + [False] * 25, [True] * 23 + [False] * 27)
    >>> rates.tpr, rates.tnr
    (0.92, 1.0)
    """
    if len(human) != len(judge):
        raise ValueError(f"{len(human)} human verdicts but {len(judge)} of the judge")
    for verdict in (*human, *judge):
        if verdict not in (0, 1):
            raise ValueError(f"a verdict is true or false, got {verdict!r}")
    pairs = list(zip(human, judge, strict=True))
    return JudgeRates(
        true_passes=sum(bool(h and j) for h, j in pairs),
        human_passes=sum(bool(h) for h, _ in pairs),
        true_fails=sum(not h and not j for h, j in pairs),
        human_fails=sum(not h for h, _ in pairs),
    )


@dataclass(frozen=True)
class CorrectedShare:
    """Share of passes, corrected for the judge's errors, with its interval; 0 to 1.

    `observed` is the share that the judge itself reports; `caution` says why to be careful, and
    is empty otherwise.
    """

    share: float
    low: float
    high: float
    observed: float
    confidence: float = 0.95
    caution: str = ""

    @property
    def sentence(self) -> str:
        """The result in words."""
        caution = f" Caution: {self.caution}." if self.caution else ""
        return (
            f"The judge passes {self.observed:.1%}. Allowing for its errors, {self.share:.1%} "
            f"pass, {self.confidence:.0%} interval {self.low:.1%} to {self.high:.1%}.{caution}"
        )


def rogan_gladen(observed: float, tpr: float, tnr: float) -> float:
    """Return the share of passes behind an observed share, clipped to 0 to 1.

    Assumes a judge that errs as often on these items as on those its rates come from.

    Args:
        observed: share of items that the judge passes, 0 to 1.
        tpr: share of true passes that it passes, 0 to 1.
        tnr: share of true fails that it fails, 0 to 1.

    Raises:
        ValueError: a rate is outside 0 to 1, or the judge is no better than chance
            (`tpr + tnr <= 1`).

    Source: W. J. Rogan and B. Gladen, American Journal of Epidemiology 107 (1978), 71-76.

    >>> round(rogan_gladen(0.80, 0.92, 0.88), 4)
    0.85
    """
    for name, rate in (("observed", observed), ("tpr", tpr), ("tnr", tnr)):
        if not 0 <= rate <= 1:
            raise ValueError(f"{name} must be between 0 and 1, got {rate}")
    if tpr + tnr <= 1:
        raise ValueError(
            f"the judge is no better than chance (TPR {tpr:.2f} + TNR {tnr:.2f} is at most 1): "
            "its verdicts cannot be corrected; mend the judge first"
        )
    return min(1.0, max(0.0, (observed + tnr - 1) / (tpr + tnr - 1)))


def corrected_share(
    rates: JudgeRates,
    passes: int,
    n: int,
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> CorrectedShare:
    """Return the true share of passes among items that only the judge has seen.

    The interval draws TPR, TNR *and* the observed share anew, each from its Jeffreys posterior.
    Resampling only the calibration set treats the observed share as exact, although it rests on
    `n` items: with 100 labels and 50 unlabelled items (share .80, TPR .92, TNR .88) such a 95%
    interval covers about 58%, this one about 95%. Over 50 to 200 labels, 50 to 1,000 unlabelled
    items, shares of .5 to .95 and TPR and TNR of .7 to .98 it covered 94% to 98%.

    Where the judge passes (or fails) fewer items than its errors alone would make it, the share
    is 0 (or 1). Cutting off the draws there as well may leave an interval without any width, as
    if the share were certain. So where draws are cut off, the far end is at least that of draws
    that know that a share is 0 to 1.

    Assumes independent items, and a judge that errs on the unlabelled items as often as on the
    labelled ones.

    Args:
        rates: the judge against human labels.
        passes: unlabelled items that the judge passes.
        n: unlabelled items, at least `FEWEST_LABELS`.
        confidence: between 0 and 1.
        resamples: number of draws, at least 1,000.
        seed: the same seed gives the same interval.

    Raises:
        ValueError: senseless counts, too few items or draws, or a judge that the labels do not
            show to be better than chance.

    Source: Rogan and Gladen (1978); Jeffreys draws as in L. D. Brown, T. T. Cai and A. DasGupta,
    Statistical Science 16 (2001), 101-133.

    >>> share = corrected_share(JudgeRates(74, 80, 18, 20), 40, 50)
    >>> round(share.share, 3), share.low < share.share < share.high
    (0.848, True)
    """
    import numpy as np

    passes, n = whole("passes", passes), whole("n", n)
    if n < FEWEST_LABELS:
        raise ValueError(f"{n} judged items are too few, take at least {FEWEST_LABELS}")
    if not 0 <= passes <= n:
        raise ValueError(f"passes must be within 0 to n = {n}, got {passes}")
    check_confidence(confidence)
    check_resamples(resamples, FEWEST_DRAWS)
    share = rogan_gladen(passes / n, rates.tpr, rates.tnr)
    counts = (rates.true_passes, rates.human_passes, rates.true_fails, rates.human_fails)
    draws = _draws(*counts, passes, n, resamples, np.random.default_rng(seed))
    if np.isnan(draws).mean() > MOST_CHANCE_DRAWS:
        raise ValueError(
            "the labels do not show that the judge is better than chance: label more items, "
            "or mend the judge first"
        )
    tail = (1 - confidence) / 2
    low, high = (float(end) for end in np.nanquantile(np.clip(draws, 0, 1), [tail, 1 - tail]))
    # also where only some draws are cut off: an end that jumps from one count to the next would
    # say more of the method than of the judge
    if (draws < 0).any():
        rng = np.random.default_rng(seed)
        high = max(high, _largest_share(*counts, passes, n, 1 - tail, resamples, rng))
    if (draws > 1).any():
        # the share of fails, which a judge finds who calls a pass what is a fail
        mirrored, rng = (*counts[2:], *counts[:2]), np.random.default_rng(seed)
        low = min(low, 1 - _largest_share(*mirrored, n - passes, n, 1 - tail, resamples, rng))
    caution = ""
    if not 1 - rates.tnr <= passes / n <= rates.tpr:
        kind = "fails" if passes / n > rates.tpr else "passes"
        caution = (
            f"the judge {kind} fewer items than its errors alone would make it: make sure "
            "that the labelled items are like these"
        )
    # where the share is clipped to 0 or 1 it lies at the end of the draws
    low, high = min(share, low), max(share, high)
    return CorrectedShare(share, low, high, passes / n, confidence, caution)


def _largest_share(
    true_passes: int,
    human_passes: int,
    true_fails: int,
    human_fails: int,
    passes: int,
    n: int,
    chance: float,
    resamples: int,
    rng: np.random.Generator,
) -> float:
    """Return the share that is not exceeded with this chance, knowing that it is 0 to 1.

    The draws are those of `_draws`, given that the observed share lies between what a judge
    makes of fails alone and of passes alone: drawn in between, and weighed by how likely that is.
    """
    import numpy as np
    from scipy.stats import beta

    tpr = rng.beta(true_passes + 0.5, human_passes - true_passes + 0.5, resamples)
    false_passes = rng.beta(human_fails - true_fails + 0.5, true_fails + 0.5, resamples)
    tpr, false_passes = tpr[tpr > false_passes], false_passes[tpr > false_passes]
    observed = beta(passes + 0.5, n - passes + 0.5)
    above, beyond = observed.sf(false_passes), observed.sf(tpr)
    weights = above - beyond
    if not weights.sum() > 0:
        # so unlikely that the computer's numbers end: as if the judge never passed a fail
        return float(min(1.0, wilson(passes, n)[1] * human_passes / true_passes))
    drawn = observed.isf(beyond + rng.random(len(tpr)) * weights)
    shares = np.clip((drawn - false_passes) / (tpr - false_passes), 0, 1)
    order = np.argsort(shares)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(shares[order][np.searchsorted(reached, chance).clip(max=len(order) - 1)])


def _draws(
    true_passes: Any,
    human_passes: Any,
    true_fails: Any,
    human_fails: Any,
    passes: Any,
    n: int,
    resamples: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw corrected shares, `(resamples,)` or `(resamples, sets)` where the counts are arrays.

    A draw whose judge is no better than chance is NaN; others may lie outside 0 to 1.
    """
    import numpy as np

    size = (resamples, *np.shape(passes))
    tpr = rng.beta(true_passes + 0.5, human_passes - true_passes + 0.5, size)
    tnr = rng.beta(true_fails + 0.5, human_fails - true_fails + 0.5, size)
    observed = rng.beta(passes + 0.5, n - passes + 0.5, size)
    gain = np.where(tpr + tnr > 1, tpr + tnr - 1, np.nan)
    corrected: NDArray[np.float64] = (observed + tnr - 1) / gain
    return corrected
