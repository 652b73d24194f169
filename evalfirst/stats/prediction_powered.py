"""A few human labels and many verdicts of a judge, put together into one honest estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: below this many labels the interval was found to cover less than it promises
FEWEST_LABELS = 30


@dataclass(frozen=True)
class PredictionPowered:
    """A mean that rests on labels, sharpened by a judge.

    Attributes:
        mean, low, high: the estimate and its interval.
        labels_only: the mean of the labels alone.
        weight: how much the judge counts, 0 (not at all) to 1; chosen from the data.
        saved: how many further labels would have given the same precision without the judge.
        confidence: of the interval.
    """

    mean: float
    low: float
    high: float
    labels_only: float
    weight: float
    saved: int
    confidence: float

    @property
    def sentence(self) -> str:
        """The result in words."""
        gain = (
            f"The judge is worth {self.saved} further labels."
            if self.saved > 0
            else "The judge adds nothing to the labels."
        )
        return (
            f"{self.mean:.1%}, {self.confidence:.0%} interval {self.low:.1%} to {self.high:.1%} "
            f"(labels alone: {self.labels_only:.1%}). {gain}"
        )


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
    of the source in 94.2% and 93.7%, and at a share of .95 in 89.3%.

    Assumes that the labelled items were drawn at random from the same items as the others. Labels
    of "interesting" items break that, and nothing in the numbers shows it.

    Args:
        labels: what people say of the labelled items, as numbers (1 for a pass).
        judged: what the judge says of the same items, in the same order.
        judged_only: what the judge says of the items without a label.
        confidence: between 0 and 1.

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

    y, f, g = (np.asarray(values, dtype=float) for values in (labels, judged, judged_only))
    _check(y, f, g, confidence)
    n, others = len(y), len(g)
    variance = float(np.concatenate([f, g]).var(ddof=1))
    together = float(np.cov(y, f)[0, 1])
    weight = together / ((1 + n / others) * variance) if variance else 0.0
    weight = min(1.0, max(0.0, weight))
    mean = float(weight * g.mean() + (y - weight * f).mean())
    spread = weight**2 * float(g.var(ddof=1)) / others if others > 1 else 0.0
    spread += float((y - weight * f).var(ddof=1)) / n
    share = bool(np.isin(np.concatenate([y, f, g]), (0.0, 1.0)).all())
    if share:
        mean = min(1.0, max(0.0, mean))
    low, high = _interval(mean, spread, y, confidence, share=share)
    saved = round(float(y.var(ddof=1)) / spread) - n if spread else 0
    labels_only = float(y.mean())
    return PredictionPowered(mean, low, high, labels_only, weight, max(0, saved), confidence)


def _interval(
    mean: float, spread: float, labels: Any, confidence: float, *, share: bool
) -> tuple[float, float]:
    import math

    from scipy.stats import t

    from evalfirst.stats.log_odds import log_odds_interval
    from evalfirst.stats.proportions import wilson

    n = len(labels)
    if share and (not spread or mean in (0.0, 1.0)):
        # the log-odds scale has no place for 0 and 1: what the labels alone can say
        return wilson(round(float(labels.sum())), n, confidence)
    reach = float(t.ppf((1 + confidence) / 2, n - 1)) * math.sqrt(spread)
    if not share:
        return mean - reach, mean + reach
    return log_odds_interval(mean, reach)


def _check(y: Any, f: Any, g: Any, confidence: float) -> None:
    import numpy as np

    if len(y) != len(f):
        raise ValueError(f"{len(y)} labels but {len(f)} verdicts on the labelled items")
    if len(y) < FEWEST_LABELS:
        raise ValueError(
            f"{len(y)} labels are too few for an interval that keeps its promise: label at least "
            f"{FEWEST_LABELS} items"
        )
    if not len(g):
        raise ValueError("no item is without a label: the mean of the labels is all there is")
    if not all(np.isfinite(values).all() for values in (y, f, g)):
        raise ValueError("every value must be a number: leave items without a verdict out")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, such as 0.95, got {confidence}")
