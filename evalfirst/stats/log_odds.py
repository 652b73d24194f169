"""An interval for a share that is built where shares have no ends: on the log-odds scale."""

from __future__ import annotations


def log_odds_interval(share: float, reach: float) -> tuple[float, float]:
    """Return the interval of a share, given how far a symmetric one would reach.

    Unlike `share +- reach` it stays within 0 and 1 and leans towards the middle, as the
    distribution of a share near the ends does. To first order both have the same width.

    Args:
        share: between 0 and 1, neither of them.
        reach: half width on the scale of shares (quantile times standard error).

    Raises:
        ValueError: `share` is not between 0 and 1.

    Source: the delta method, A. Agresti, Categorical Data Analysis, section 3.1.

    >>> tuple(round(end, 3) for end in log_odds_interval(0.9, 0.06))
    (0.822, 0.946)
    """
    from scipy.special import expit, logit

    if not 0 < share < 1:
        raise ValueError(f"a share of {share} has no log-odds")
    middle, half = float(logit(share)), reach / (share * (1 - share))
    return float(expit(middle - half)), float(expit(middle + half))
