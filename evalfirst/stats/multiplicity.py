"""Several comparisons at once: p-values that allow for how many were looked at.

Twenty slices of an eval set without any real change give one "significant" slice on average.
Both corrections take the p-values of all comparisons that you made, also of those that you will
not report: leaving some out undoes the correction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return Holm's adjusted p-values, under the names and in the order given.

    Calling every comparison with an adjusted p of 0.05 or less real keeps the chance of *even
    one* false claim at 5%. Assumes nothing of what the comparisons share, so it holds for
    overlapping slices too.
    Never weaker than Bonferroni's correction. Take it for a gate.

    Args:
        p_values: p-value, 0 to 1, by the name of its comparison; at least one.

    Raises:
        ValueError: there is none, or one is not a number from 0 to 1.

    Source: S. Holm, Scandinavian Journal of Statistics 6 (1979), 65-70; computed by statsmodels.

    >>> {name: round(p, 3) for name, p in holm({"refund": 0.01, "login": 0.04}).items()}
    {'refund': 0.02, 'login': 0.04}
    """
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return Benjamini and Hochberg's adjusted p-values, under the names and in the order given.

    Calling every comparison with an adjusted p of 0.05 or less real keeps the expected *share*
    of false claims among all claims at 5%. Finds more than `holm` and is wrong more often: take
    it to choose where to look next, not for a gate. Assumes that the comparisons are independent
    or positively related, as overlapping slices of one run are.

    Args:
        p_values: p-value, 0 to 1, by the name of its comparison; at least one.

    Raises:
        ValueError: there is none, or one is not a number from 0 to 1.

    Source: Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995),
    289-300; computed by statsmodels.

    >>> {name: round(p, 3) for name, p in benjamini_hochberg({"a": 0.03, "b": 0.04}).items()}
    {'a': 0.04, 'b': 0.04}
    """
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: Mapping[str, float], method: str) -> dict[str, float]:
    from statsmodels.stats.multitest import multipletests

    if not p_values:
        raise ValueError("there is no p-value to adjust: give one for each comparison you made")
    # NaN compares false, so it is refused here; statsmodels would spread it without a word
    wrong = {name: p for name, p in p_values.items() if p is None or not 0 <= p <= 1}
    if wrong:
        name, p = next(iter(wrong.items()))
        raise ValueError(f"a p-value lies between 0 and 1, but that of {name!r} is {p}")
    adjusted = multipletests(list(p_values.values()), method=method)[1]
    return {name: float(p) for name, p in zip(p_values, adjusted, strict=True)}
