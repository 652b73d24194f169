"""A few human labels and many verdicts of a judge, put together into one honest estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalfirst.stats.checks import check_confidence, finite_scores
from evalfirst.stats.log_odds import log_odds_interval
from evalfirst.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

#: with fewer labels no interval was measured
FEWEST_LABELS = 30
#: below this many labels scores on a scale are flagged: over normal and lopsided scores and three
#: judges, 8,000 sets each, 95% intervals held the truth in 91% to 95% of cases at 30 labels, 92%
#: to 95% at 50, 93% to 95% at 100
FEW_SCORES = 100


@dataclass(frozen=True)
class PredictionPowered:
    """A mean that rests on labels, sharpened by a judge.

    Attributes:
        mean, low, high: the estimate and its interval.
        labels_only: the mean of the labels alone.
        weight: how much the judge counts, 0 (not at all) to 1; chosen from the data.
        saved: how many further labels would have given the same precision without the judge.
        confidence: of the interval.
        kind: "share" if all values are 0 or 1, else "score".
        caution: why to be careful; empty otherwise.
    """

    mean: float
    low: float
    high: float
    labels_only: float
    weight: float
    saved: int
    confidence: float
    kind: str
    caution: str = ""

    @property
    def sentence(self) -> str:
        """The result in words."""
        labels = f"{self.saved} further label" + ("s" if self.saved != 1 else "")
        gain = (
            f"The judge is worth {labels}."
            if self.saved > 0
            else "The judge adds nothing to the labels."
        )
        caution = f" Caution: {self.caution}." if self.caution else ""
        mean, low, high, alone = (
            f"{value:.1%}" if self.kind == "share" else f"{value:.3g}"
            for value in (self.mean, self.low, self.high, self.labels_only)
        )
        interval = (
            "without an interval"
            if math.isnan(self.low)
            else f"{self.confidence:.0%} interval {low} to {high}"
        )
        return f"{mean}, {interval} (labels alone: {alone}). {gain}{caution}"


def prediction_powered_mean(
    labels: Sequence[float],
    judged: Sequence[float],
    judged_only: Sequence[float],
    *,
    confidence: float = 0.95,
) -> PredictionPowered:
    """Return the mean of what people would say, from few labels and many verdicts of a judge.

    The labels correct the judge, whatever its errors: a useless judge gets the weight 0 and does
    no harm. Where all values are 0 or 1, the interval is built on the log-odds scale with
    Student's t: simulated with 100 labels, share .80, TPR .92 and TNR .88, 95% intervals
    contained the truth in 95.6% (50 further items) and 95.2% (1,000); the plain normal interval
    of the source in 94.2% and 93.7%, and at a share of .95 in 89.3%. Over 17 kinds of data
    (shares .2 to .98, 30 to 100 labels, five judges) coverage ran from 94% to 96%. Under 100
    labels, scores on a scale are flagged.

    Assumes that the labelled items were drawn at random from the same items as the others. Labels
    of "interesting" items break that, and nothing in the numbers shows it.

    Args:
        labels: what people say of the labelled items, as numbers (1 for a pass).
        judged: what the judge says of the same items, in the same order.
        judged_only: what the judge says of the items without a label.
        confidence: between 0 and 1.

    Returns:
        Where every label says the same, a share keeps the interval of the labels alone, and a
        score has none (NaN).

    Raises:
        ValueError: different lengths, fewer than 30 labels, no item without a label, a value that
            is no number, or `confidence` is not between 0 and 1.

    Source: A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan and T. Zrnic, Science 382
    (2023), 669-674; the weight: A. N. Angelopoulos, J. C. Duchi and T. Zrnic, arXiv:2311.01453
    (PPI++), section 6.

    >>> labels = [1] * 40 + [0] * 10
    >>> judged = [1] * 38 + [0] * 12
    >>> result = prediction_powered_mean(labels, judged, [1] * 380 + [0] * 120)
    >>> round(result.mean, 3), round(result.weight, 2), result.saved
    (0.8, 0.77, 129)
    """
    import numpy as np

    y, f = finite_scores("labels", labels), finite_scores("judged", judged)
    g = finite_scores("judged_only", judged_only)
    check_confidence(confidence)
    _check_sizes(len(y), len(f), len(g))
    n, others = len(y), len(g)
    weight = _weight(y, f, g)
    mean = float(weight * g.mean() + (y - weight * f).mean())
    spread = weight**2 * float(g.var(ddof=1)) / others if others > 1 else 0.0
    spread += float((y - weight * f).var(ddof=1)) / n
    share = bool(np.isin(np.concatenate([y, f, g]), (0.0, 1.0)).all())
    caution = ""
    if y.min() == y.max():
        caution = "all labels are alike, so the judge cannot be compared with people"
    elif not share and n < FEW_SCORES:
        caution = (
            f"with fewer than {FEW_SCORES} labels and scores that lean to one side, intervals that "
            "promise 95% held the truth in 91% to 95% of cases"
        )
    low, high = _interval(mean, spread, y, confidence, share=share)
    if share:
        # few labels and a bold judge may leave the scale; the nearest share is the best guess
        mean = min(1.0, max(0.0, mean))
        low, high = min(low, mean), max(high, mean)
    saved = round(float(y.var(ddof=1)) / spread) - n if spread else 0
    return PredictionPowered(
        mean,
        low,
        high,
        float(y.mean()),
        weight,
        max(0, saved),
        confidence,
        "share" if share else "score",
        caution,
    )


def _weight(y: NDArray[np.float64], f: NDArray[np.float64], g: NDArray[np.float64]) -> float:
    """Return the weight of the judge with the smallest variance, 0 to 1."""
    import numpy as np

    verdicts = np.concatenate([f, g])
    if verdicts.min() == verdicts.max():
        return 0.0
    best = float(np.cov(y, f)[0, 1]) / ((1 + len(y) / len(g)) * float(verdicts.var(ddof=1)))
    return min(1.0, max(0.0, best))


def _interval(
    mean: float, spread: float, labels: NDArray[np.float64], confidence: float, *, share: bool
) -> tuple[float, float]:
    from scipy.stats import t

    n = len(labels)
    alike = labels.min() == labels.max()
    if share and (alike or not spread or not 0 < mean < 1):
        # the log-odds scale has no place for 0 and 1: what the labels alone can say
        return wilson(round(float(labels.sum())), n, confidence)
    if alike:
        return math.nan, math.nan
    reach = float(t.ppf((1 + confidence) / 2, n - 1)) * math.sqrt(spread)
    return log_odds_interval(mean, reach) if share else (mean - reach, mean + reach)


def _check_sizes(labels: int, judged: int, judged_only: int) -> None:
    if labels != judged:
        raise ValueError(f"{labels} labels but {judged} verdicts on the labelled items")
    if labels < FEWEST_LABELS:
        raise ValueError(
            f"{labels} labels are too few for an interval that keeps its promise: label at least "
            f"{FEWEST_LABELS} items"
        )
    if not judged_only:
        raise ValueError("no item is without a label: the mean of the labels is all there is")
